"""Which frames are analysed and how traces come to the analysis rate (METHODS section 1).

Only frame tables and arrays; reading pictures is the business of `video`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ANALYSIS_RATE = 30.0
THIN_ABOVE, RESAMPLE_BELOW = 45.0, 27.0


@dataclass(frozen=True)
class Sampling:
    """How one video is sampled.

    Attributes:
        step: every step-th frame is measured.
        rate: measured frames per second, nominal.
        resampled: traces are interpolated by timestamp to 30 per second afterwards.
    """

    step: int
    rate: float
    resampled: bool


def sampling_of(fps: float, variable_rate: bool, rate: float = ANALYSIS_RATE) -> Sampling:
    """Above 45 fps every k-th frame, k = round(fps / 30); below 27 fps or with variable rate interpolated traces.

    >>> sampling_of(200.0, False).step
    7
    """
    fps = fps if np.isfinite(fps) and fps > 0 else rate
    step = max(1, round(fps / rate)) if fps > THIN_ABOVE else 1
    return Sampling(step=step, rate=fps / step, resampled=variable_rate or fps / step < RESAMPLE_BELOW)


def resample_times(timestamps: np.ndarray, rate: float = ANALYSIS_RATE) -> np.ndarray:
    """Times at `rate` per second from the first to the last timestamp: (S,) float64 seconds."""
    count = int(np.floor((timestamps[-1] - timestamps[0]) * rate + 1e-6)) + 1
    return timestamps[0] + np.arange(count) / rate


def nearest(timestamps: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(S,) index of the nearest of (T,) ascending timestamps for each of (S,) times."""
    after = np.clip(np.searchsorted(timestamps, times), 1, max(len(timestamps) - 1, 1))
    if len(timestamps) == 1:
        return np.zeros(len(times), int)
    before = after - 1
    return np.where(times - timestamps[before] <= timestamps[after] - times, before, after)


def interpolate(timestamps: np.ndarray, values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Linear interpolation along the first axis of (T, ...) values: (S, ...) float32."""
    if len(timestamps) == 1:
        return np.repeat(values, len(times), axis=0).astype(np.float32)
    after = np.clip(np.searchsorted(timestamps, times, side="right"), 1, len(timestamps) - 1)
    before = after - 1
    share = np.clip((times - timestamps[before]) / (timestamps[after] - timestamps[before]), 0, 1)
    share = share.reshape(-1, *[1] * (values.ndim - 1))
    return (values[before] * (1 - share) + values[after] * share).astype(np.float32)
