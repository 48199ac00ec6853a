"""Known expressions to put into somebody's own footage: an amplitude ladder, where nothing else goes on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spotcore.synthesis.action_units import UNITS
from spotcore.synthesis.mixes import draw_mix, largest_percent
from spotcore.synthesis.plans import PlannedEvent
from spotcore.synthesis.profiles import draw_event

LADDER_PERCENT = (0.5, 1.0, 2.0, 4.0, 8.0)


def plan_spikes(
    count: int, allowed: np.ndarray, fps: float, seed: int, amplitudes: Sequence[float] = LADDER_PERCENT,
    kind: str = "micro", gap_seconds: float = 0.4,
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
    free, gap = np.array(allowed, bool), max(round(gap_seconds * fps), 1)
    placed: list[PlannedEvent] = []
    for number in range(count):
        amplitude = float(amplitudes[number % len(amplitudes)])
        for _ in range(200):
            mix = draw_mix(rng)
            if largest_percent(mix) < amplitude or any(UNITS[unit].part == "jaw" for unit, _ in mix):
                continue
            event, hold = draw_event(kind, 0, fps, rng)
            reach = event.offset + 2 * gap
            starts = np.flatnonzero(np.convolve(free, np.ones(reach + 1), "valid") > reach + 0.5) + gap
            if not len(starts):
                continue
            onset = int(rng.choice(starts))
            units = {f"{unit}/{side}": weight for (unit, side), weight in mix.items()}
            placed.append(PlannedEvent(kind, onset, onset + event.apex, onset + event.offset, hold, amplitude, units))
            free[max(onset - gap, 0) : onset + event.offset + gap + 1] = False
            break
    return sorted(placed, key=lambda e: e.onset)
