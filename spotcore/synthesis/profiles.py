"""How strong an expression is in every frame: fast in, slow out, with or without a plateau.

Only time courses; what moves stands in `action_units`, which events a clip gets in `corpus`.
"""

from __future__ import annotations

import numpy as np

from spotcore.intervals import MICRO_MAX_SECONDS, Interval

# Strength at the labelled first and last frame. People mark the first *visible* change, not the mathematical start.
BOUNDARY_STRENGTH = 0.05
_BOUNDARY_PHASE = 0.1353  # smooth_step(_BOUNDARY_PHASE) == BOUNDARY_STRENGTH


def smooth_step(phase: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, with zero slope at both ends: u²(3 - 2u)."""
    u = np.clip(phase, 0.0, 1.0)
    return u * u * (3.0 - 2.0 * u)


def profile(frame_count: int, event: Interval, hold: int = 0) -> np.ndarray:
    """Strength of one event in every frame.

    Rises from the onset to the apex, stays for `hold` frames (the plateau), falls until the offset. At onset and
    offset the strength is BOUNDARY_STRENGTH, so the movement starts a little before the first labelled frame.

    Args:
        frame_count: T.
        event: onset, apex and offset in frames; the apex is the first frame of the plateau.
        hold: frames after the apex that stay at full strength; less than offset - apex.

    Returns:
        (T,) float64 in 0..1, exactly 1 at the apex.
    """
    if event.apex is None or not event.onset < event.apex or not event.apex + hold < event.offset:
        raise ValueError(f"expected onset < apex and apex + hold < offset, got {event} with hold {hold}")
    t = np.arange(frame_count, dtype=np.float64)
    span = 1.0 - _BOUNDARY_PHASE
    rising = _BOUNDARY_PHASE + span * (t - event.onset) / (event.apex - event.onset)
    falling = _BOUNDARY_PHASE + span * (event.offset - t) / (event.offset - event.apex - hold)
    return np.minimum(smooth_step(rising), smooth_step(falling))


# Shortest and longest event of a type.
SECONDS = {"micro": (0.2, MICRO_MAX_SECONDS), "macro": (0.57, 4.0)}


def seconds_of_event(kind: str, rng: np.random.Generator) -> float:
    """A duration as published: micro median about 0.43 s, macro median 1.15 s, within SECONDS."""
    drawn = rng.normal(0.43, 0.09) if kind == "micro" else 1.15 * np.exp(rng.normal(0.0, 0.45))
    return float(np.clip(drawn, *SECONDS[kind]))


def draw_event(kind: str, onset: int, fps: float, rng: np.random.Generator) -> tuple[Interval, int]:
    """An event that starts at `onset`, fast in and slow out, with its plateau in frames (often 0).

    Returns:
        (interval, hold).
    """
    length = max(round(seconds_of_event(kind, rng) * fps), 4)
    longest_micro = int(MICRO_MAX_SECONDS * fps + 1e-6)
    length = min(length, longest_micro) if kind == "micro" else max(length, longest_micro + 1)
    rise = int(np.clip(round(length * rng.uniform(0.25, 0.45)), 2, length - 2))
    hold = 0
    if rng.random() < (0.25 if kind == "micro" else 0.5):
        hold = int(rng.uniform(0.1, 0.5) * (length - rise))
        hold = min(hold, length - rise - 2)
    return Interval(onset, onset + length, kind, onset + rise), max(hold, 0)
