"""What one label set holds and another does not. Pure functions over values; `differ` loads two sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from db.session import Database
from spotcore.intervals import Interval, iou
from webapp.services.label_sets import get_label_set
from webapp.values.label_changes import IntervalChange, LabelSetDifference
from webapp.values.label_sets import LabelledInterval, LabelledVideo

SAME_IOU = 0.5  # labels without a common decision are one and the same where they overlap so much


def differ(database: Database, first_id: int, second_id: int) -> LabelSetDifference:
    """From the first set to the second; NotFound where there is no such set."""
    first, second = (get_label_set(database, set_id).videos for set_id in (first_id, second_id))
    return difference(first, second)


def difference(first: Sequence[LabelledVideo], second: Sequence[LabelledVideo]) -> LabelSetDifference:
    """Videos are the same where their content is; labels where they come from one decision, else by overlap."""
    roles = [{video.subject: video.role for video in side} for side in (first, second)]
    before, after = ({video.sha256: video for video in side} for side in (first, second))
    both = sorted(before.keys() & after.keys(), key=lambda key: after[key].title)
    changes, unchanged = [], 0
    for key in both:
        found, same = interval_changes(before[key], after[key])
        changes += found
        unchanged += same
    return LabelSetDifference(
        subjects_added=tuple(sorted(roles[1].keys() - roles[0].keys())),
        subjects_removed=tuple(sorted(roles[0].keys() - roles[1].keys())),
        role_conflicts=tuple(
            (code, roles[0][code], roles[1][code])
            for code in sorted(roles[0].keys() & roles[1].keys())
            if roles[0][code] != roles[1][code]
        ),
        videos_added=tuple(sorted(after[key].title for key in after.keys() - before.keys())),
        videos_removed=tuple(sorted(before[key].title for key in before.keys() - after.keys())),
        footage_changed=tuple(after[key].title for key in both if before[key].reviewed != after[key].reviewed),
        intervals=tuple(changes),
        unchanged=unchanged,
    )


def interval_changes(before: LabelledVideo, after: LabelledVideo) -> tuple[list[IntervalChange], int]:
    """Labels of one video that differ, by frame, and how many do not."""
    left, right = list(before.intervals), list(after.intervals)
    pairs = _pairs(left, right)
    taken = {b for _, b in pairs}
    changes = [
        IntervalChange(after.video_id, after.title, left[a], right[b])
        for a, b in pairs
        if _plain(left[a]) != _plain(right[b])
    ]
    unchanged = len(pairs) - len(changes)
    lost = {a for a, _ in pairs}
    changes += [IntervalChange(after.video_id, after.title, i, None) for n, i in enumerate(left) if n not in lost]
    changes += [IntervalChange(after.video_id, after.title, None, i) for n, i in enumerate(right) if n not in taken]
    return sorted(changes, key=lambda c: ((c.after or c.before).onset, c.kind)), unchanged


def _plain(interval: LabelledInterval) -> LabelledInterval:
    """What is said, not when it was decided."""
    return replace(interval, origin=None)


def _pairs(left: Sequence[LabelledInterval], right: Sequence[LabelledInterval]) -> list[tuple[int, int]]:
    """Places of labels that are one and the same: one decision, else said alike, else the largest overlaps."""
    pairs: list[tuple[int, int]] = []
    free_left, free_right = set(range(len(left))), set(range(len(right)))

    def join(a: int, b: int) -> None:
        if a in free_left and b in free_right:
            pairs.append((a, b))
            free_left.discard(a)
            free_right.discard(b)

    for name in (_decision, _plain):
        known = {}
        for b in sorted(free_right):
            known.setdefault(name(right[b]), []).append(b)
        for a in sorted(free_left):
            places = known.get(name(left[a]))
            if name(left[a]) is not None and places:
                join(a, places.pop(0))
    overlaps = [
        (-value, a, b)
        for a in free_left
        for b in free_right
        if (value := iou(_interval(left[a]), _interval(right[b]))) >= SAME_IOU
    ]
    for _, a, b in sorted(overlaps):
        join(a, b)
    return sorted(pairs)


def _decision(interval: LabelledInterval) -> str | None:
    return interval.origin and interval.origin.annotation_id


def _interval(interval: LabelledInterval) -> Interval:
    return Interval(interval.onset, interval.offset, interval.type, interval.apex)
