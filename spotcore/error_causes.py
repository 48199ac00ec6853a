"""Why proposals are false and expressions are missed: by what overlaps them, else by what the traces show there.

A cause is what was there, not proof that it was to blame: the same signs are counted for hits, for comparison. Torch-
free, no files; counts of hits stand in `evaluation`, precision against recall in `error_analysis`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spotcore.config import Settings, setting
from spotcore.evaluation import Videos
from spotcore.feature_files import Traces
from spotcore.intervals import Interval, iou
from spotcore.matching import match

OVERLAPS = ("wrong type", "boundary", "rival of a hit")
SIGNS = ("blink", "head", "speech", "noisy flow")
CAUSES = (*OVERLAPS, *SIGNS, "none of these", "not measured")
SIDES = ("false", "missed", "hits")


@dataclass(frozen=True)
class SignSettings(Settings):
    """What counts as a sign; a choice of ours throughout, looked at on a handful of clips and not tuned."""

    hit_iou: float = setting(0.5, "intersection over union of a hit", low=0.01, high=1.0)
    touch_iou: float = setting(0.1, "from here to `hit_iou` the boundaries are to blame", low=0.0, high=1.0)
    # The mesh follows lids poorly: blinks that anyone sees close its eyes by 0.10 to 0.30, expressions by up to 0.06.
    eye_closure: float = setting(0.09, "blink: share by which the eyes close against the seconds around", low=0.0)
    eye_seconds: float = setting(1.5, "blink: time before and after that says how open they usually are", low=0.0)
    head_shift: float = setting(10.0, "head: it moves this far, or changes this much in size, in per cent", low=0.0)
    head_turn: float = setting(5.0, "head: it turns this far about any axis, in degrees", low=0.0)
    lip_speed: float = setting(0.6, "speech: usual speed of the lips, per cent a frame at 30 fps", low=0.0)
    around_seconds: float = setting(0.5, "speech: time before and after that must be as lively", low=0.0)
    noise_ratio: float = setting(3.0, "noisy flow: the largest movement is below this times the floor", low=0.0)
    unusable_share: float = setting(0.25, "noisy flow: or this share of the frames could not be analysed", low=0.0)


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
                table["false"][overlap_cause(proposal, true, settings) or sign(proposal)] += 1
        for index, interval in enumerate(true):
            if index not in hit_truths:
                table["missed"][overlap_cause(interval, found, settings) or sign(interval)] += 1
    return table


def _signs(traces: Traces | None, settings: SignSettings) -> Callable[[Interval], str]:
    if traces is None:
        return lambda interval: "not measured"
    return lambda interval: next(iter(signs(traces, interval, settings)), "none of these")


def overlap_cause(interval: Interval, others: Sequence[Interval], settings: SignSettings | None = None) -> str | None:
    """What the other side has in the place of an interval that is no hit: one of `OVERLAPS`, or None.

    >>> overlap_cause(Interval(10, 19, "micro"), [Interval(10, 19, "macro")])
    'wrong type'
    >>> overlap_cause(Interval(10, 19, "micro"), [Interval(15, 24, "micro")])
    'boundary'
    """
    settings = settings or SignSettings()
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
    """Those of `SIGNS` that the traces show in an interval, in that order; "not measured" where they hold none of it.

    Args:
        interval: in original frames.
    """
    settings = settings or SignSettings()
    first, end = np.searchsorted(traces.frames, [interval.onset, interval.offset + 1]).tolist()
    if first == end < len(traces):
        end += 1  # shorter than the step between analysed frames
    if first == end or not traces.found[first:end].any():
        return ["not measured"]
    inside = slice(first, end)
    shown = {
        "blink": eyes_close(traces, inside, settings),
        "head": head_moves(traces.head_motion[inside], settings),
        "speech": lips_are_lively(traces, inside, settings),
        "noisy flow": flow_is_noisy(traces, inside, settings),
    }
    return [name for name in SIGNS if shown[name]]


def eyes_close(traces: Traces, inside: slice, settings: SignSettings) -> bool:
    """Whether the eyes are less open somewhere within than they usually are within and around."""
    first, end = np.searchsorted(
        traces.timestamps,
        [
            traces.timestamps[inside.start] - settings.eye_seconds,
            traces.timestamps[inside.stop - 1] + settings.eye_seconds,
        ],
    )
    usual = float(np.median(traces.eye_openness[first : end + 1]))
    return bool(traces.eye_openness[inside].min() < (1 - settings.eye_closure) * usual)


def head_moves(motion: np.ndarray, settings: SignSettings) -> bool:
    """Whether (N, 6) head motion (x, y per cent; roll degrees; scale per cent; yaw, pitch degrees) spans much."""
    x, y, roll, scale, yaw, pitch = np.ptp(motion, axis=0).tolist()
    return max(x, y, scale) >= settings.head_shift or max(roll, yaw, pitch) >= settings.head_turn


def lips_are_lively(traces: Traces, inside: slice, settings: SignSettings) -> bool:
    """Whether the lips are as quick before and after as within: an expression is over then, speech goes on."""
    rows = np.arange(len(traces))
    seconds = traces.timestamps
    before = (rows < inside.start) & (seconds >= seconds[inside.start] - settings.around_seconds)
    after = (rows >= inside.stop) & (seconds <= seconds[inside.stop - 1] + settings.around_seconds)
    parts = [traces.mouth_activity[part] for part in (before, inside, after)]
    return all(np.median(part) >= settings.lip_speed for part in parts if len(part))


def flow_is_noisy(traces: Traces, inside: slice, settings: SignSettings) -> bool:
    """Whether nothing moves clearly beyond the repeatability floor, or much of it could not be analysed."""
    if 1 - traces.analysable[inside].mean() >= settings.unusable_share:
        return True
    moved = traces.displacement[inside] - traces.displacement[inside][:1]  # (N, R, 2)
    largest = float(np.linalg.norm(moved, axis=2).max())
    return largest < settings.noise_ratio * float(traces.noise_floor[inside].mean())
