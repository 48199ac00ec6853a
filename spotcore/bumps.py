"""Decoder of the training-free detector: scored bumps in stored curves to proposals.

The detector (`baseline`) leaves at every sample its best bump of each type: a score and where it begins, peaks and
ends. Decoding picks the best ones, so that another rate of false alarms needs no features and no video. Torch-free.
"""

from __future__ import annotations

import numpy as np

from spotcore.intervals import EXPRESSION_TYPES, Interval, iou
from spotcore.nms import suppress
from spotcore.probabilities import Curves

# Channels hold 0..1, bumps hold seconds: ten seconds are more than any window the detector tries.
SECONDS_SCALE = 10.0
SHAPE_CHANNELS = ("before", "rise", "length")
TIE = 0.97
SAME_EVENT = 0.6  # intersection over union from which a micro and a macro are one movement seen twice


def shape_channel(kind: str, name: str) -> str:
    """Name of a channel with a bump's shape: seconds / 10 from onset to this sample, to the apex, to the offset."""
    return f"{kind}_{name}"


def peaks(score: np.ndarray) -> np.ndarray:
    """(P,) samples where (T,) scores are above 0 and no neighbour is higher; the first of a plateau."""
    if len(score) == 0:
        return np.zeros(0, int)
    before = np.concatenate([[-np.inf], score[:-1]])
    after = np.concatenate([score[1:], [-np.inf]])
    return np.flatnonzero((score > 0) & (score > before) & (score >= after))


def decode_bumps(curves: Curves) -> list[Interval]:
    """All bumps of the curves as intervals in original frame numbers, best first, overlaps of one type removed."""
    found = []
    for kind in EXPRESSION_TYPES:
        score = curves.channels[f"{kind}_apex"]
        before, rise, length = (curves.channels[shape_channel(kind, name)] for name in SHAPE_CHANNELS)
        for sample in peaks(score):
            onset = curves.timestamps[sample] - before[sample] * SECONDS_SCALE
            times = onset + np.array([0.0, rise[sample], length[sample]]) * SECONDS_SCALE
            first, apex, last = (int(f) for f in curves.frames[_nearest(curves.timestamps, times)])
            found.append(Interval(first, last, kind, apex=min(max(apex, first), last), score=float(score[sample])))
    return one_per_event(suppress(found, float(curves.settings.get("overlap", 0.3))))


def one_per_event(proposals: list[Interval]) -> list[Interval]:
    """Of a micro and a macro over nearly the same frames the surer; a short micro inside a macro stays.

    Boundaries at a tenth of the peak cut a little from both ends, so where the two are about as sure it is the longer.
    """

    def worth(proposal: Interval) -> float:
        return proposal.score * (1.0 if proposal.type == "macro" else TIE)

    kept: list[Interval] = []
    for proposal in sorted(proposals, key=lambda p: (-worth(p), p.onset, p.type)):
        if all(other.type == proposal.type or iou(other, proposal) < SAME_EVENT for other in kept):
            kept.append(proposal)
    return kept


def _nearest(timestamps: np.ndarray, times: np.ndarray) -> np.ndarray:
    after = np.clip(np.searchsorted(timestamps, times), 0, len(timestamps) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(np.abs(times - timestamps[before]) <= np.abs(timestamps[after] - times), before, after)
