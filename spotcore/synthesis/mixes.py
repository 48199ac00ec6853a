"""Which action units come together, how unevenly and how large: the vocabulary of synthetic expressions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spotcore.synthesis.action_units import UNITS
from spotcore.synthesis.script import UnitKey

MICRO_PERCENT = (0.3, 3.0)
MACRO_PERCENT = (1.5, 60.0)


@dataclass(frozen=True)
class Expression:
    """A prototype: relative strengths of its units, how often it is drawn, whether it may be one-sided."""

    units: tuple[tuple[str, float], ...]
    frequency: float
    one_sided: bool = False


EXPRESSIONS: tuple[Expression, ...] = (
    Expression((("AU12", 1.0), ("AU6", 0.7)), 1.5),
    Expression((("AU12", 1.0),), 1.2, one_sided=True),
    Expression((("AU12", 1.0), ("AU25", 0.8)), 0.8),
    Expression((("AU1", 1.0), ("AU2", 1.0)), 1.5),
    Expression((("AU1", 1.0),), 0.5),
    Expression((("AU2", 1.0),), 0.6, one_sided=True),
    Expression((("AU4", 1.0),), 1.6),
    Expression((("AU1", 0.7), ("AU4", 0.7)), 0.5),
    Expression((("AU4", 0.6), ("AU15", 1.0)), 0.6),
    Expression((("AU15", 1.0),), 0.6, one_sided=True),
    Expression((("AU15", 0.7), ("AU17", 1.0)), 0.6),
    Expression((("AU17", 1.0),), 0.6),
    Expression((("AU14", 1.0),), 0.8, one_sided=True),
    Expression((("AU9", 1.0), ("AU10", 0.5)), 0.5),
    Expression((("AU10", 1.0),), 0.6, one_sided=True),
    Expression((("AU20", 1.0), ("AU25", 0.5)), 0.5),
    Expression((("AU1", 0.8), ("AU2", 0.6), ("AU4", 0.5), ("AU20", 0.8)), 0.4),
    Expression((("AU18", 1.0),), 0.4),
    Expression((("AU24", 1.0),), 0.5),
    Expression((("AU25", 1.0),), 0.5),
    Expression((("AU26", 1.0),), 0.9),
    Expression((("AU1", 0.8), ("AU2", 0.8), ("AU26", 0.8)), 0.7),
)


def draw_mix(rng: np.random.Generator, expressions: tuple[Expression, ...] = EXPRESSIONS) -> dict[UnitKey, float]:
    """A random expression: relative strengths by (unit, side), in proportion to what each unit can do at most.

    Strengths vary by a third; two sides are never quite equal, in a quarter of the cases clearly not, and some
    movements (one-sided smile, dimple, brow) often happen on one side only.
    """
    odds = np.array([e.frequency for e in expressions])
    expression = expressions[rng.choice(len(expressions), p=odds / odds.sum())]
    draw, side = rng.random(), int(rng.integers(2))
    weaker = 1.0 - abs(rng.normal(0, 0.1))
    if expression.one_sided and draw < 0.4:
        weaker = 0.0
    elif draw < 0.6:
        weaker = rng.uniform(0.4, 0.85)
    sides = {("left", "right")[side]: 1.0, ("left", "right")[1 - side]: max(weaker, 0.0)}
    mix: dict[UnitKey, float] = {}
    for unit, strength in expression.units:
        jitter = rng.uniform(0.7, 1.3) * strength * UNITS[unit].largest
        jaw = UNITS[unit].part == "jaw"
        for name, share in sides.items():
            share = 0.85 + 0.15 * share if jaw else share  # a jaw is nearly symmetric
            if share > 0:
                mix[unit, name] = round(float(jitter * share), 4)
    return mix


def largest_percent(mix: dict[UnitKey, float]) -> float:
    """The largest plausible amplitude of a mix, per cent of the inter-ocular distance."""
    return max(UNITS[unit].largest for unit, _ in mix)


def moves_mouth(mix: dict[UnitKey, float]) -> bool:
    """Whether a mix could be mistaken for speech (and must not overlap it in a corpus)."""
    return any(UNITS[unit].part != "brow" for unit, _ in mix)


def draw_amplitude(kind: str, mix: dict[UnitKey, float], rng: np.random.Generator) -> float:
    """Per cent: micro uniform over its range, macro log-uniform up to what the mix can do (60 for the jaw)."""
    if kind == "micro":
        return float(rng.uniform(*MICRO_PERCENT))
    low, high = MACRO_PERCENT[0], min(MACRO_PERCENT[1], largest_percent(mix))
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
