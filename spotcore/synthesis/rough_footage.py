"""What natural footage does to traces beyond the test corpus: large head movements, hands, repeated frames.

A network that never saw them proposes them: first trials on real footage gave thirty false proposals a minute. Only
for trace spiking; the plans and truth of a clip stay as they are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from spotcore.feature_files import Traces
from spotcore.features import mouth_activity
from spotcore.synthesis.profiles import smooth_step
from spotcore.synthesis.script import ClipScript

# Largest movement of a free head: x, y (inter-ocular distances), roll (degrees), scale (share), yaw, pitch (degrees).
FREE_HEAD = np.array([0.6, 0.35, 10.0, 0.3, 18.0, 12.0])


def add_free_head(script: ClipScript, rng: np.random.Generator) -> None:
    """Two to five movements of the whole head in any direction; some come back, some stay."""
    t = np.arange(script.frame_count, dtype=np.float64)
    for _ in range(int(rng.integers(2, 6))):
        first, rise = rng.uniform(0, script.frame_count), rng.uniform(0.2, 1.5) * script.fps
        course = smooth_step((t - first) / rise)
        if rng.random() < 0.7:
            stay, back = rng.uniform(0, 1.5) * script.fps, rng.uniform(0.2, 1.5) * script.fps
            course *= smooth_step((first + rise + stay + back - t) / back)
        weight = rng.normal(0, 1, 6) * (rng.random(6) < 0.5) * rng.uniform(0.1, 0.6)
        script.pose += course[:, None] * np.clip(weight, -1, 1) * FREE_HEAD


def roughen(traces: Traces, pose: np.ndarray, rng: np.random.Generator) -> Traces:
    """Traces of a clip as worse footage would give them.

    Args:
        traces: measured from a script; left as they are.
        pose: (T, 6) true head movement, see `ClipScript.pose`.
        rng: draws everything.

    Returns:
        New traces: head movement leaks into every region in a way of its own, and the flow loses its way in fast
        movement; in some clips a hand passes or frames are repeated.
    """
    rate, (count, regions, _) = traces.kind.rate, traces.displacement.shape
    head = (pose - pose[:1]) * np.array([100, 100, 1, 100, 1, 1])  # per cent, degrees
    leak = rng.normal(0, 1, (6, regions, 2)) + 0.7 * rng.normal(0, 1, (6, 1, 2))
    leak *= np.array([0.04, 0.04, 0.15, 0.06, 0.2, 0.2])[:, None, None] * rng.uniform(0.2, 1.2)
    values = traces.displacement + np.einsum("ta,arc->trc", head, leak)
    speed = np.abs(np.gradient(head[:, [0, 1, 3]], axis=0)).sum(1)[:, None, None]  # per cent a frame
    lost = gaussian_filter1d(rng.standard_normal(values.shape), rng.uniform(0.5, 2.5), axis=0)
    values = values + rng.uniform(0.1, 0.5) * np.minimum(speed, 6) * lost
    stumble = 0.08 * np.minimum(speed, 6) * rng.standard_normal(values.shape)  # errors that stay
    values = values + np.cumsum(stumble, axis=0) * rng.uniform(0, 1)
    if rng.random() < 0.35:
        values = values + _hand(count, regions, rate, rng)
    if rng.random() < 0.25:
        values = values[_repeated(count, rng)]
    values = (values - values[:1]).astype(np.float32)
    return replace(traces, displacement=values, mouth_activity=mouth_activity(values, rate))


def _hand(count: int, regions: int, rate: float, rng: np.random.Generator) -> np.ndarray:
    """(T, R, 2) of one to three passes over part of the face: every covered region goes its own way."""
    added = np.zeros((count, regions, 2))
    t = np.arange(count)
    for _ in range(int(rng.integers(1, 4))):
        first, length = rng.uniform(0, count), rng.uniform(0.3, 2.0) * rate
        inside = np.minimum(smooth_step((t - first) / (0.1 * rate)), smooth_step((first + length - t) / (0.1 * rate)))
        covered = rng.random(regions) < rng.uniform(0.2, 0.9)
        course = gaussian_filter1d(rng.standard_normal(added.shape), rng.uniform(0.05, 0.2) * rate, axis=0)
        size = np.exp(rng.uniform(np.log(1.0), np.log(15.0)))
        course *= size / max(float(np.abs(course).mean()), 1e-9)
        added += inside[:, None, None] * covered[:, None] * course
        after = smooth_step((t - first - length) / (0.1 * rate))[:, None, None]
        added += after * covered[:, None] * rng.normal(0, 0.3 * size, (regions, 2))  # found again somewhere else
    return added


def _repeated(count: int, rng: np.random.Generator) -> np.ndarray:
    """(T,) sample numbers of a video in which every second frame, or nearly, is shown twice."""
    fresh = rng.random(count) < rng.uniform(0.35, 0.8)
    fresh[0] = True
    return np.maximum.accumulate(np.where(fresh, np.arange(count), 0))
