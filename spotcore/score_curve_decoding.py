"""From one score per frame to intervals: peaks of a smoothed curve, edges from their prominence.

For curves of networks that only say how much expression a frame shows, as SL-Swin and MEAN-Spot do; networks that
name onset and offset are decoded in `boundary_apex`. Which settings and thresholds to take is chosen in
`nested_decoding`. Arrays in, intervals out; torch-free.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks, peak_prominences, peak_widths

from spotcore.config import Settings, setting
from spotcore.intervals import Interval

RANKINGS = ("share", "prominence")
NEIGHBOURHOOD = 20  # half lengths in which a peak's foot is looked for: farther away is another scene
SHORTEST = 2.0  # frames between onset and offset


@dataclass(frozen=True)
class CurveSettings(Settings):
    """How a score curve is decoded. Lengths in units of k, half the mean duration of the type.

    Attributes:
        smoothing: standard deviation of the Gaussian.
        level: how far below its peak, as a share of the prominence, an expression begins and ends.
        fixed_share: weight of the fixed edges peak - k and peak + k against the edges at `level`; 1 is fixed only.
        pair_distance: frames between the two pictures whose difference a score describes. Score t then belongs to
            the middle of t and t + pair_distance. 0 takes score t as the score of frame t.
        ranking: what a proposal's score is. "share": where the smoothed peak lies between the video's mean (0) and
            maximum (1), so every video has a proposal of score 1. "prominence": comparable between videos as far
            as the curves are.
    """

    smoothing: float = setting(0.75, "Gaussian standard deviation, in half durations", low=0.01)
    level: float = setting(0.5, "share of the prominence at which the edges lie", low=0.05, high=0.99)
    fixed_share: float = setting(0.5, "weight of fixed edges against measured ones", low=0.0, high=1.0)
    pair_distance: float = setting(1.0, "frames between the pictures of a score, in half durations", low=0.0)
    ranking: str = setting("prominence", "what a proposal's score is", choices=RANKINGS)


def decode_score_curve(
    scores: np.ndarray, kind: str, half_length: float, settings: CurveSettings | None = None
) -> list[Interval]:
    """Every peak of the smoothed curve as an interval, without any threshold.

    Args:
        scores: (T,) score per frame of one video, any unit, larger is surer.
        kind: expression type of the curve.
        half_length: k, half the mean duration of the type in frames.
        settings: default `CurveSettings()`.

    Returns:
        Intervals by onset. Nothing where the curve has no peak inside: a plateau or an edge is none.
    """
    settings = settings or CurveSettings()
    smoothed = smooth(scores, half_length * settings.smoothing)
    peaks, _ = find_peaks(smoothed)
    if not len(peaks):
        return []
    window = int(NEIGHBOURHOOD * half_length) | 1  # scipy wants it odd
    feet = peak_prominences(smoothed, peaks, wlen=window)
    _, _, left, right = peak_widths(smoothed, peaks, settings.level, prominence_data=feet)
    pair = half_length * settings.pair_distance
    share = settings.fixed_share
    onset = (1 - share) * left + share * (peaks - half_length) + pair / 2
    offset = (1 - share) * right + share * (peaks + half_length) + pair / 2
    # A curve of pair scores is shorter than its video by the distance of the pair.
    onset, offset = np.maximum(onset, 0).round(), np.minimum(offset, len(smoothed) - 1 + pair).round()
    rank = feet[0] if settings.ranking == "prominence" else share_of_range(smoothed, peaks)
    return [
        Interval(int(first), int(last), kind, score=float(score))
        for first, last, score in zip(onset, offset, rank, strict=True)
        if last - first >= SHORTEST
    ]


def smooth(scores: np.ndarray, deviation: float) -> np.ndarray:
    """(T,) float64: Gaussian of this standard deviation in frames; beyond its ends the curve stays what it was."""
    return gaussian_filter1d(np.asarray(scores, np.float64), deviation, mode="nearest")


def share_of_range(smoothed: np.ndarray, peaks: np.ndarray) -> np.ndarray:
    """(P,) where the peaks lie between the mean of the curve (0) and its maximum (1)."""
    mean, top = smoothed.mean(), smoothed.max()
    return (smoothed[peaks] - mean) / max(top - mean, np.finfo(float).tiny)
