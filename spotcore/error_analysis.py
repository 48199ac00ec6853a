"""What stands beside F1: precision against recall, and which types are taken for which, above all near boundaries.

Torch-free, no files. Why a proposal is false stands in `error_causes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spotcore.error_causes import error_causes
from spotcore.evaluation import Videos, hit_quality, iou_sweep
from spotcore.feature_files import Traces
from spotcore.intervals import EXPRESSION_TYPES, MICRO_MAX_SECONDS, Interval
from spotcore.matching import MatchingRule, match

FRAME_CLASSES = ("neutral", *EXPRESSION_TYPES)
NEAR_FRAMES = 6  # 0.2 s at 30 fps
NEAR_SECONDS = 0.2
DURATION_EDGES = (0.0, 0.3, MICRO_MAX_SECONDS, 0.7, 1.0)  # seconds; the field's border between the types is one


def secondary_figures(
    truth: Videos,
    proposals: Videos,
    rates: Mapping[str, float] | None = None,
    traces: Mapping[str, Traces] | None = None,
    ranked: Videos | None = None,
) -> dict[str, Any]:
    """Everything METHODS section 7 wants beside precision, recall and F1, as plain values for a report.

    Args:
        rates: video -> frames per second; without them nothing is told by duration.
        traces: video -> its traces, for the causes of errors.
        ranked: proposals before any threshold, for the curve of precision against recall; default `proposals`.
    """
    rates = rates or {}
    quality = hit_quality(truth, proposals)
    sweep = iou_sweep(truth, proposals)
    near = {video: round(NEAR_SECONDS * rate) for video, rate in rates.items()}
    return {
        "iou_sweep": {f"{iou:g}": {kind: s["f1"] for kind, s in at.as_dict().items()} for iou, at in sweep.items()},
        "mean_iou_of_hits": quality.mean_iou,
        "apex_error_frames": quality.apex_error,
        "type_confusion": type_confusion(truth, proposals),
        "confusion_by_duration": duration_confusion(truth, proposals, rates) if rates else None,
        "confusion_near_boundaries": frame_confusion(truth, proposals, near),
        "precision_recall": {kind: precision_recall(truth, ranked or proposals, kind) for kind in EXPRESSION_TYPES},
        "error_causes": error_causes(truth, proposals, traces),
    }


def precision_recall(truth: Videos, proposals: Videos, kind: str | None = None) -> list[dict[str, float]]:
    """The curve over falling scores: one entry per distinct score, keys threshold, precision, recall.

    Args:
        kind: one expression type, or None for both pooled.
    """
    marked: list[tuple[float, bool]] = []
    events = 0
    for video in sorted({*truth, *proposals}):
        true = [i for i in truth.get(video, ()) if kind in (None, i.type)]
        found = [p for p in proposals.get(video, ()) if kind in (None, p.type)]
        events += len(true)
        hits = {hit.proposal for hit in match(true, found)}
        marked += [(float(p.score or 0.0), index in hits) for index, p in enumerate(found)]
    marked.sort(reverse=True)
    curve, hit_count = [], 0
    for count, (score, hit) in enumerate(marked, start=1):
        hit_count += hit
        if count == len(marked) or marked[count][0] < score:
            recall = hit_count / events if events else 0.0
            curve.append({"threshold": score, "precision": hit_count / count, "recall": recall})
    return curve


def type_confusion(truth: Videos, proposals: Videos, iou: float = 0.5) -> dict[str, dict[str, int]]:
    """True type -> proposed type -> hits when types are ignored; "missed" and "false" complete rows and columns."""
    table = {row: dict.fromkeys((*EXPRESSION_TYPES, "missed"), 0) for row in EXPRESSION_TYPES}
    table["false"] = dict.fromkeys(EXPRESSION_TYPES, 0)
    rule = MatchingRule(iou=iou, by_type=False)
    for video in sorted({*truth, *proposals}):
        true, found = truth.get(video, ()), proposals.get(video, ())
        hits = match(true, found, rule)
        partner = {hit.truth: found[hit.proposal].type for hit in hits}
        for index, interval in enumerate(true):
            table[interval.type][partner.get(index, "missed")] += 1
        used = {hit.proposal for hit in hits}
        for index, proposal in enumerate(found):
            if index not in used:
                table["false"][proposal.type] += 1
    return table


def duration_confusion(
    truth: Videos, proposals: Videos, rates: Mapping[str, float], edges: Sequence[float] = DURATION_EDGES
) -> list[dict[str, Any]]:
    """What true expressions of each duration were taken for when types are ignored: the types meet at 0.5 s.

    Args:
        rates: video -> frames per second; videos without one are left out.
        edges: lower ends of the duration bins in seconds; a duration of exactly 0.5 s is still micro, so a bin holds
            its upper end, not its lower one.

    Returns:
        One entry per bin: "above" and "up_to" seconds (None: no end), hits as "macro" and "micro", "missed".
    """
    bins = [{"above": low, "up_to": high, **dict.fromkeys((*EXPRESSION_TYPES, "missed"), 0)}
            for low, high in zip(edges, (*edges[1:], None), strict=True)]  # fmt: skip
    rule = MatchingRule(by_type=False)
    for video in sorted({*truth} & {*rates}):
        found = proposals.get(video, ())
        partner = {hit.truth: found[hit.proposal].type for hit in match(truth[video], found, rule)}
        for index, interval in enumerate(truth[video]):
            seconds = (interval.offset - interval.onset) / rates[video]
            # Rounded as timestamps are: 15 frames at 30 fps are 0.5 s and not a hair more.
            number = max(int(np.searchsorted(edges, round(seconds, 4), side="left")) - 1, 0)
            bins[number][partner.get(index, "missed")] += 1
    return bins


def frame_confusion(
    truth: Videos, proposals: Videos, near: Mapping[str, int] | None = None
) -> dict[str, dict[str, int]]:
    """True class -> proposed class -> frames, counted around the onsets and offsets of true expressions.

    Args:
        near: video -> frames on either side of a boundary that count; `NEAR_FRAMES` where it says nothing.

    Returns:
        3 x 3 over neutral, macro and micro; a micro within a macro counts as micro.
    """
    near = near or {}
    counts = np.zeros((3, 3), int)
    for video, true in sorted(truth.items()):
        reach = near.get(video, NEAR_FRAMES)
        found = proposals.get(video, ())
        length = max((i.offset for i in (*true, *found)), default=0) + reach + 1
        counted = np.zeros(length, bool)
        for boundary in (frame for i in true for frame in (i.onset, i.offset)):
            counted[max(boundary - reach, 0) : boundary + reach + 1] = True
        np.add.at(counts, (_classes(true, length)[counted], _classes(found, length)[counted]), 1)
    return {
        row: dict(zip(FRAME_CLASSES, line, strict=True))
        for row, line in zip(FRAME_CLASSES, counts.tolist(), strict=True)
    }


def _classes(intervals: Sequence[Interval], length: int) -> np.ndarray:
    """(length,) int64 indices into `FRAME_CLASSES`."""
    classes = np.zeros(length, np.int64)
    for kind in EXPRESSION_TYPES:  # micro last: the shorter one is seen within the longer
        for interval in intervals:
            if interval.type == kind:
                classes[interval.onset : interval.offset + 1] = FRAME_CLASSES.index(kind)
    return classes
