"""What a network should answer in every frame, made from intervals: the inverse of `boundary_apex`.

Frames here are sample numbers of one trace (analysis rate); `to_samples` brings original frame numbers there. No
torch: training turns these arrays into tensors. Numbers from METHODS section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.probabilities import CHANNELS

BOUNDARY_WIDTH = {"micro": 1, "macro": 3}  # frames on each side of onset, offset and apex that carry the label
ONSET, OFFSET, NONE = 0, 1, 2
NEUTRAL, MACRO, MICRO = 0, 1, 2


@dataclass(frozen=True)
class Targets:
    """Targets of one video; K is the order of `EXPRESSION_TYPES`.

    Attributes:
        boundary: (K, T) int64, 0 onset, 1 offset, 2 none; offset wins where both claim a frame.
        apex: (K, T) float32, 1 at the apex, exp(-j^2 / 32) j frames beside it, 0 elsewhere.
        action: (K, T) float32, 1 from onset to offset inclusive.
        group: (T,) int64 for the contrastive loss, 0 neutral, 1 macro, 2 micro; macro overwrites micro.
    """

    boundary: np.ndarray
    apex: np.ndarray
    action: np.ndarray
    group: np.ndarray


def make_targets(intervals: Sequence[Interval], count: int) -> Targets:
    """Targets of a trace of `count` samples T.

    An unknown apex takes the middle of its interval. Intervals may leave the trace at its end; what lies outside is
    cut off.
    """
    kinds = len(EXPRESSION_TYPES)
    boundary = np.full((kinds, count), NONE, np.int64)
    apex = np.zeros((kinds, count), np.float32)
    action = np.zeros((kinds, count), np.float32)
    for row, kind in enumerate(EXPRESSION_TYPES):
        width = BOUNDARY_WIDTH[kind]
        mine = [interval for interval in intervals if interval.type == kind]
        for interval in mine:
            boundary[row, _around(interval.onset, width, count)] = ONSET
            action[row, interval.onset : interval.offset + 1] = 1
            peak = middle(interval)
            near = np.arange(max(peak - width, 0), min(peak + width + 1, count))
            bell = np.exp(-((near - peak) ** 2) / 32).astype(np.float32)
            apex[row, near] = np.maximum(apex[row, near], bell)
        for interval in mine:  # after all onsets, so that offset wins ties between neighbours too
            boundary[row, _around(interval.offset, width, count)] = OFFSET
    group = np.full(count, NEUTRAL, np.int64)
    group[action[EXPRESSION_TYPES.index("micro")] > 0] = MICRO
    group[action[EXPRESSION_TYPES.index("macro")] > 0] = MACRO
    return Targets(boundary, apex, action, group)


def middle(interval: Interval) -> int:
    """The apex, or the middle frame where nobody knows it."""
    return (interval.onset + interval.offset) // 2 if interval.apex is None else interval.apex


def _around(frame: int, width: int, count: int) -> slice:
    return slice(max(frame - width, 0), min(frame + width + 1, count))


def to_samples(intervals: Sequence[Interval], frames: np.ndarray) -> list[Interval]:
    """Intervals in sample numbers of a trace.

    Args:
        intervals: in original frame numbers.
        frames: (T,) ascending original frame number of each sample.

    Returns:
        Each onset, apex and offset at the nearest sample (the earlier of two equally near ones); empty without samples.
    """
    if len(frames) == 0:
        return []
    return [
        Interval(
            nearest_sample(frames, i.onset),
            nearest_sample(frames, i.offset),
            i.type,
            None if i.apex is None else nearest_sample(frames, i.apex),
            i.score,
        )
        for i in intervals
    ]


def nearest_sample(frames: np.ndarray, frame: int) -> int:
    """Index of the sample whose original frame number is nearest to `frame`."""
    right = int(np.clip(np.searchsorted(frames, frame), 0, len(frames) - 1))
    left = max(right - 1, 0)
    return left if abs(int(frames[left]) - frame) <= abs(int(frames[right]) - frame) else right


def target_channels(targets: Targets) -> dict[str, np.ndarray]:
    """The curves of a network that answers exactly its targets: channel name -> (T,) float32 in 0..1."""
    channels: dict[str, np.ndarray] = {}
    for row, kind in enumerate(EXPRESSION_TYPES):
        for value, name in ((ONSET, "onset"), (OFFSET, "offset"), (NONE, "none")):
            channels[f"{kind}_{name}"] = (targets.boundary[row] == value).astype(np.float32)
        channels[f"{kind}_apex"] = targets.apex[row]
        channels[f"{kind}_action"] = targets.action[row]
    return {name: channels[name] for name in CHANNELS}
