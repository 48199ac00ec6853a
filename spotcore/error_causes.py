"""Why proposals are false and expressions are missed: by what overlaps them, else by what the traces show there.

A cause is what was there, not proof that it was to blame: the same signs are counted for hits, for comparison. Torch-
free, no files; counts of hits stand in `evaluation`, precision against recall in `error_analysis`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from spotcore.config import Settings, setting
from spotcore.evaluation import Videos
from spotcore.feature_files import Traces
from spotcore.intervals import Interval, iou
from spotcore.matching import match
from spotcore.signs import NOT_MEASURED, SIGNS, SignSettings, find_signs

OVERLAPS = ("wrong type", "boundary", "rival of a hit")
CAUSES = (*OVERLAPS, *SIGNS, "none of these", NOT_MEASURED)
SIDES = ("false", "missed", "hits")


@dataclass(frozen=True)
class OverlapSettings(Settings):
    """From which overlap on it explains an error."""

    hit_iou: float = setting(0.5, "intersection over union of a hit", low=0.01, high=1.0)
    touch_iou: float = setting(0.1, "from here to `hit_iou` the boundaries are to blame", low=0.0, high=1.0)


def error_causes(
    truth: Videos, proposals: Videos, traces: Mapping[str, Traces] | None = None, settings: SignSettings | None = None
) -> dict[str, dict[str, int]]:
    """Side ("false", "missed", "hits") -> cause -> how many; every interval has one cause, the first that applies.

    Args:
        truth, proposals: video -> intervals in original frames.
        traces: video -> its traces. Intervals of a video without them are "not measured" unless an overlap explains
            them. None: of no video.
    """
    settings, traces = settings or SignSettings(), traces or {}
    table = {side: dict.fromkeys(CAUSES, 0) for side in SIDES}
    for video in sorted({*truth, *proposals}):
        true, found = truth.get(video, ()), proposals.get(video, ())
        hits = match(true, found)
        hit_truths, hit_proposals = {hit.truth for hit in hits}, {hit.proposal for hit in hits}
        sign = _signs(traces.get(video), settings)
        for index, proposal in enumerate(found):
            if index in hit_proposals:
                table["hits"][sign(proposal)] += 1
            else:
                table["false"][overlap_cause(proposal, true) or sign(proposal)] += 1
        for index, interval in enumerate(true):
            if index not in hit_truths:
                table["missed"][overlap_cause(interval, found) or sign(interval)] += 1
    return table


def _signs(traces: Traces | None, settings: SignSettings) -> Callable[[Interval], str]:
    if traces is None:
        return lambda interval: NOT_MEASURED
    return lambda interval: next(iter(signs(traces, interval, settings)), "none of these")


def overlap_cause(
    interval: Interval, others: Sequence[Interval], settings: OverlapSettings | None = None
) -> str | None:
    """What the other side has in the place of an interval that is no hit: one of `OVERLAPS`, or None.

    >>> overlap_cause(Interval(10, 19, "micro"), [Interval(10, 19, "macro")])
    'wrong type'
    >>> overlap_cause(Interval(10, 19, "micro"), [Interval(15, 24, "micro")])
    'boundary'
    """
    settings = settings or OverlapSettings()
    best = {True: 0.0, False: 0.0}  # same type or not -> largest overlap
    for other in others:
        same = other.type == interval.type
        best[same] = max(best[same], iou(interval, other))
    if best[True] >= settings.hit_iou:
        return "rival of a hit"  # its partner went to a better one
    if best[False] >= settings.hit_iou:
        return "wrong type"
    return "boundary" if best[True] >= settings.touch_iou else None


def signs(traces: Traces, interval: Interval, settings: SignSettings | None = None) -> Iterable[str]:
    """Names of the signs that the traces show in an interval (original frames), "not measured" where they hold none."""
    return [sign.name for sign in find_signs(traces, interval, settings)]
