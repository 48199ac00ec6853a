"""Traces with known bumps on measured-like noise; numbers only, no pictures."""

from __future__ import annotations

import numpy as np

from spotcore.feature_files import Traces
from spotcore.regions import FEATURE_KIND, REGIONS
from tests.spotcore.moving_faces import course

Event = tuple[str, tuple[float, float], int, int, int]  # region, per cent, onset, apex, offset


def traces_with(events: list[Event], count: int = 600, seed: int = 0, noise: float = 0.05, step: int = 1) -> Traces:
    """`count` samples at 30 per second; the mesh signals repeat the displacement."""
    rng = np.random.default_rng(seed)
    displacement = rng.normal(0, noise, (count, len(REGIONS), 2))
    displacement += np.cumsum(rng.normal(0, 0.01, displacement.shape), axis=0)
    for region, vector, onset, apex, offset in events:
        displacement[:, REGIONS.index(region)] += course(count, onset, apex, offset)[:, None] * np.array(vector)
    displacement = displacement.astype(np.float32)
    signals = {
        f"mesh/{region}/{axis}": displacement[:, r, c].copy()
        for r, region in enumerate(REGIONS)
        for c, axis in enumerate("xy")
    }
    return Traces(
        frames=np.arange(count, dtype=np.int64) * step,
        timestamps=np.arange(count) / 30.0,
        displacement=displacement,
        found=np.ones(count, bool),
        analysable=np.ones(count, bool),
        anchor=np.zeros(count, np.int32),
        head_motion=np.zeros((count, 6), np.float32),
        eye_openness=np.full(count, 0.3, np.float32),
        mouth_activity=np.zeros(count, np.float32),
        noise_floor=np.full(count, 0.1, np.float32),
        kind=FEATURE_KIND,
        source={"step": step},
        signals=signals,
    )
