"""Known expressions to put into somebody's own footage: an amplitude ladder, where nothing else goes on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spotcore.synthesis.action_units import UNITS
from spotcore.synthesis.mixes import draw_mix, largest_percent
from spotcore.synthesis.plans import PlannedEvent
from spotcore.synthesis.profiles import draw_event

LADDER_PERCENT = (0.5, 1.0, 2.0, 4.0, 8.0)
GAP_SECONDS = 0.4
_SHORTEST = 4  # frames from onset to offset, whatever the rate; see `draw_event`
_SEEDS_OF_A_LADDER = 100_000  # more passes than anybody runs


def plan_spikes(
    count: int, allowed: np.ndarray, fps: float, seed: int, amplitudes: Sequence[float] = LADDER_PERCENT,
    kind: str = "micro", gap_seconds: float = GAP_SECONDS,
) -> list[PlannedEvent]:
    """Place expressions of the ladder's sizes, equally many of each, where nothing else happens.

    Args:
        count: wanted number; fewer come back where there is no room.
        allowed: (T,) bool, frames that may be used: away from proposals, cuts, blinks and lost faces.
        fps: frames per second.
        seed: of place, units and duration.
        amplitudes: per cent of the inter-ocular distance.
        kind: "micro" or "macro", decides the duration.
        gap_seconds: of untouched frames around every event.

    Returns:
        Events in frames, ascending. Units of the jaw are left out: parting lips need a mouth behind them.
    """
    rng = np.random.default_rng([seed, 51])
    free, gap = np.array(allowed, bool), gap_frames(gap_seconds, fps)
    placed: list[PlannedEvent] = []
    for number in range(count):
        if not len(_starts(free, _SHORTEST, gap)):
            break
        amplitude = float(amplitudes[number % len(amplitudes)])
        for _ in range(200):
            mix = draw_mix(rng)
            if largest_percent(mix) < amplitude or any(UNITS[unit].part == "jaw" for unit, _ in mix):
                continue
            event, hold = draw_event(kind, 0, fps, rng)
            starts = _starts(free, event.offset, gap)
            if not len(starts):
                continue
            onset = int(rng.choice(starts))
            units = {f"{unit}/{side}": weight for (unit, side), weight in mix.items()}
            placed.append(PlannedEvent(kind, onset, onset + event.apex, onset + event.offset, hold, amplitude, units))
            free[max(onset - gap, 0) : onset + event.offset + gap + 1] = False
            break
    return sorted(placed, key=lambda e: e.onset)


def plan_passes(
    count: int, allowed: np.ndarray, fps: float, seed: int, amplitudes: Sequence[float] = LADDER_PERCENT,
    kind: str = "micro", gap_seconds: float = GAP_SECONDS,
) -> list[list[PlannedEvent]]:
    """Spread at least `count` expressions over as many passes over the same footage as its room asks for.

    Args:
        count: of events in all passes together, rounded up to the same number of every amplitude.
        allowed, fps, seed, amplitudes, kind, gap_seconds: as `plan_spikes`.

    Returns:
        The events of each pass; [] where there is no room for a single one.
    """
    missing = [float(a) for a in amplitudes] * -(-count // len(amplitudes))
    passes: list[list[PlannedEvent]] = []
    while missing:
        pass_seed = seed * _SEEDS_OF_A_LADDER + len(passes)
        placed = plan_spikes(len(missing), allowed, fps, pass_seed, missing, kind, gap_seconds)
        if not placed:
            return []
        for event in placed:
            missing.remove(event.amplitude)
        passes.append(placed)
    return passes


def gap_frames(gap_seconds: float, fps: float) -> int:
    """Untouched frames on either side of an event, at least one."""
    return max(round(gap_seconds * fps), 1)


def _starts(free: np.ndarray, length: int, gap: int) -> np.ndarray:
    """Onsets at which an event of `length` + 1 frames is free with the gap on both sides."""
    window = length + 2 * gap + 1
    if window > len(free):
        return np.zeros(0, int)
    total = np.concatenate([[0], np.cumsum(free)])
    return np.flatnonzero(total[window:] - total[:-window] == window) + gap
