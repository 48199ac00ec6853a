"""What speaks against freezing a label set, as sentences; blocking ones refuse it. Pure functions over values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from spotcore.intervals import MICRO_MAX_SECONDS
from webapp.services import spans
from webapp.values.label_sets import Finding, LabelledInterval, LabelledVideo
from webapp.values.reviewing import Span

# A tenth of a millisecond forgives rounded timestamps (spotcore.intervals.type_by_duration does the same).
TOLERANCE = 1e-4
# Onset, apex and offset need a frame each; nobody describes expressions of less than a twenty-fifth of a second.
SHORTEST_FRAMES, SHORTEST_SECONDS = 3, 0.04


def findings(
    videos: Sequence[LabelledVideo],
    roles: Mapping[str, str],
    timestamps: Mapping[int, Sequence[float]] | None = None,
) -> list[Finding]:
    """All findings about content and roles, blocking ones first.

    Args:
        videos: what would be frozen.
        roles: subject -> role.
        timestamps: video id -> seconds of every frame where known; else durations come from the nominal rate.
    """
    found = [] if videos else [_blocking("Nothing is reviewed yet: mark at least one video, or a part, as reviewed.")]
    found += sides(_events(videos), roles)
    for video in videos:
        found += overlaps(video)
        found += long_micros(video, (timestamps or {}).get(video.video_id))
        found += too_short(video, (timestamps or {}).get(video.video_id))
    return sorted(found, key=lambda f: not f.blocking)


def _events(videos: Sequence[LabelledVideo]) -> dict[str, int]:
    events = {video.subject: 0 for video in videos}
    for video in videos:
        events[video.subject] += len(video.truth)
    return events


def sides(events: Mapping[str, int], roles: Mapping[str, str]) -> list[Finding]:
    """What speaks against these roles.

    Args:
        events: subject -> number of expressions.
    """
    if not events:
        return []
    found = []
    unknown = sorted({f"{code}: {role}" for code, role in roles.items() if role not in ("train", "validation", "test")})
    if unknown:
        found.append(_blocking(f"Roles are train, validation and test, not {', '.join(unknown)}."))
    for side, use in (("train", "learn from"), ("validation", "choose the best epoch and threshold on")):
        codes = {code for code, role in roles.items() if role == side}
        if not codes:
            found.append(_blocking(_empty_side(side, use, roles)))
        elif not any(events.get(code) for code in codes):
            sentence = f"No subject in the role {side} has an expression, so there is nothing to {use}."
            found.append(_blocking(sentence) if side == "train" else _warning(sentence))
    if "test" not in roles.values():
        found.append(_warning("No subject is in the role test: scores will come from the validation subjects."))
    return found + look_alikes(roles)


def kept_changed(kept: Mapping[str, str], roles: Mapping[str, str]) -> list[Finding]:
    """Subjects that an earlier label set gave another role."""
    return [
        _blocking(f"Subject {code} keeps the role {kept[code]} that an earlier label set gave.")
        for code, role in roles.items()
        if kept.get(code, role) != role
    ]


def nobody(title: str, video_id: int) -> Finding:
    """Reviewed footage of nobody known."""
    message = f"“{title}” has no subject: say who is filmed, on the page of the videos."
    return Finding("blocking", message, video_id)


def _empty_side(side: str, use: str, roles: Mapping[str, str]) -> str:
    if len(roles) == 1:
        return (
            f"The role {side} has no subject. All reviewed videos show the same person ({next(iter(roles))}); review a "
            "video of a second person, so that a model is never judged on somebody it learned from."
        )
    return f"The role {side} has no subject, so there is nothing to {use}: give the role {side} to one of the subjects."


def overlaps(video: LabelledVideo) -> list[Finding]:
    """Expressions of one type that share frames; a micro inside a macro is legal."""
    found = []
    for kind in ("macro", "micro"):
        same = sorted((i for i in video.truth if i.type == kind), key=lambda i: i.onset)
        found += [
            _warning(f"“{video.title}”: two {kind} expressions overlap, {_frames(a)} and {_frames(b)}.", video, b)
            for a, b in pairwise(same)
            if b.onset <= a.offset
        ]
    return found


def long_micros(video: LabelledVideo, timestamps: Sequence[float] | None = None) -> list[Finding]:
    """Micro-expressions that last longer than 0.5 s from onset to offset."""
    found = []
    for i in video.truth:
        seconds = (i.offset - i.onset) / video.fps if timestamps is None else timestamps[i.offset] - timestamps[i.onset]
        if i.type == "micro" and seconds > MICRO_MAX_SECONDS + TOLERANCE:
            sentence = f"“{video.title}”: the micro-expression {_frames(i)} lasts {seconds:.2f} s, longer than 0.5 s."
            found.append(_warning(sentence, video, i))
    return found


def too_short(video: LabelledVideo, timestamps: Sequence[float] | None = None) -> list[Finding]:
    """Expressions of fewer than three frames or less than 0.04 s: mostly slips of the mouse."""
    found = []
    for i in video.truth:
        frames = i.offset - i.onset + 1
        seconds = (i.offset - i.onset) / video.fps if timestamps is None else timestamps[i.offset] - timestamps[i.onset]
        if frames < SHORTEST_FRAMES or seconds < SHORTEST_SECONDS - TOLERANCE:
            length = f"{frames} frame{'' if frames == 1 else 's'}, {1000 * seconds:.0f} ms"
            sentence = f"“{video.title}”: the {i.type}-expression {_frames(i)} is too short to be one ({length})."
            found.append(_warning(sentence, video, i))
    return found


def look_alikes(roles: Mapping[str, str]) -> list[Finding]:
    """Codes that differ only in case, spaces or punctuation and have different roles: perhaps one person on two sides.

    >>> [f.message[:39] for f in look_alikes({"S 1": "train", "s1": "test", "s2": "test"})]
    ['“S 1” (train) and “s1” (test) look like']
    """
    alike: dict[str, list[str]] = {}
    for code in sorted(roles):
        alike.setdefault("".join(c for c in code.casefold() if c.isalnum()), []).append(code)
    return [
        _warning(
            f"{' and '.join(f'“{code}” ({roles[code]})' for code in codes)} look like one person in several roles: "
            "whoever teaches a model must not test it. Give both the same code if they are."
        )
        for key, codes in alike.items()
        if key and len({roles[code] for code in codes}) > 1
    ]


def unreviewed(
    title: str, video_id: int, intervals: Iterable[LabelledInterval], reviewed: Sequence[Span]
) -> list[Finding]:
    """Decided intervals outside of the reviewed footage."""
    outside = [i for i in intervals if not spans.covers(reviewed, (i.onset, i.offset))]
    if not outside:
        return []
    sentence = (
        f"“{title}”: {len(outside)} decided intervals lie outside of the reviewed footage, the first at "
        f"{_frames(outside[0])}; only their own frames count as reviewed."
    )
    return [Finding("warning", sentence, video_id)]


def undecided(title: str, video_id: int, count: int) -> list[Finding]:
    """Proposals inside reviewed footage that nobody decided."""
    if not count:
        return []
    sentence = f"“{title}”: {count} proposals in reviewed footage are undecided and count as “no expression here”."
    return [Finding("warning", sentence, video_id)]


def _frames(interval: LabelledInterval) -> str:
    return f"frames {interval.onset}–{interval.offset}"


def _blocking(message: str) -> Finding:
    return Finding("blocking", message)


def _warning(
    message: str, video: LabelledVideo | None = None, interval: LabelledInterval | None = None
) -> Finding:
    origin = interval and interval.origin
    return Finding("warning", message, video and video.video_id, origin and origin.annotation_id)
