"""Decoding recipes of published releases, each a named function, for comparison with our own decoding only.

Arrays in, plain frame pairs out; scoring stands in `evaluation` and `matching`.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import find_peaks

from spotcore.intervals import Interval

SL_SWIN_HALF_LENGTH = {"macro": 18, "micro": 6}
SL_SWIN_SHARE = 0.60


def decode_sl_swin(scores: np.ndarray, kind: str, share: float = SL_SWIN_SHARE) -> list[Interval]:
    """SL-Swin's decoding (eddiehe99/pytorch-expression-spotting), on CAS(ME)^2 at 30 fps.

    With k half the mean duration of the type: moving mean over the valid windows x .. x+2k-1, threshold
    mean + share * (max - mean) over the video, peaks at least k apart, a peak at x becomes [x, x + 2k] (inclusive
    frame numbers; the release measures lengths as offset - onset). A video without a peak adds one dummy interval
    (0, 0), which can only be false.

    Args:
        scores: (T,) score per frame of one video.
        kind: expression type.
        share: where the threshold lies between mean and maximum.

    Returns:
        Intervals by onset, scored by the smoothed value at their peak.
    """
    k = SL_SWIN_HALF_LENGTH[kind]
    dummy = [Interval(0, 0, kind, score=0.0)]
    if len(scores) < 2 * k:
        return dummy
    smoothed = np.convolve(np.asarray(scores, np.float64), np.ones(2 * k) / (2 * k), mode="valid")  # (T - 2k + 1,)
    threshold = smoothed.mean() + share * (smoothed.max() - smoothed.mean())
    peaks, _ = find_peaks(smoothed, height=threshold, distance=k)
    found = [Interval(int(x), int(x) + 2 * k, kind, score=float(smoothed[x])) for x in peaks]
    return found or dummy
