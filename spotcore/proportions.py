"""Shares of a few dozen trials with honest ranges, and where a rising share crosses a level. Torch-free.

Counting hits stands in `matching`; ranges over subjects (bootstrap) in `evaluation`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Z_95 = 1.959964


@dataclass(frozen=True)
class Share:
    """`hits` of `trials` with the 95 % Wilson interval; without trials nothing is known: 0 to 1."""

    hits: int
    trials: int

    @property
    def rate(self) -> float | None:
        return self.hits / self.trials if self.trials else None

    @property
    def low(self) -> float:
        return wilson(self.hits, self.trials)[0]

    @property
    def high(self) -> float:
        return wilson(self.hits, self.trials)[1]

    def as_dict(self) -> dict[str, float | int | None]:
        return {"hits": self.hits, "trials": self.trials, "rate": self.rate, "low": self.low, "high": self.high}


def wilson(hits: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927), which stays within 0..1 and is no point at 0 or all hits.

    >>> low, high = wilson(0, 10)
    >>> round(low, 4), round(high, 4)
    (0.0, 0.2775)
    """
    if not 0 <= hits <= trials:
        raise ValueError(f"expected 0 <= hits <= trials, got {hits} of {trials}")
    if not trials:
        return 0.0, 1.0
    share, square = hits / trials, z * z / trials
    middle = (share + square / 2) / (1 + square)
    half = z * np.sqrt(share * (1 - share) / trials + square / (4 * trials)) / (1 + square)
    # At the ends rounding must not push the bound past the share itself.
    return float(min(max(middle - half, 0.0), share)), float(max(min(middle + half, 1.0), share))


def difference(more: Share, less: Share) -> tuple[float, float, float]:
    """`more.rate - less.rate` with its 95 % range from the two Wilson intervals (Newcombe 1998, method 10).

    Returns:
        (difference, low, high); both shares need trials.
    """
    change = more.rate - less.rate
    low = change - np.hypot(more.rate - more.low, less.high - less.rate)
    high = change + np.hypot(more.high - more.rate, less.rate - less.low)
    return change, float(low), float(high)


def rising(values: Sequence[float], weights: Sequence[float] | None = None) -> np.ndarray:
    """The closest never falling values (isotonic regression by pooling neighbours that are out of order).

    >>> rising([0.0, 0.6, 0.4, 1.0]).tolist()
    [0.0, 0.5, 0.5, 1.0]
    """
    weights = np.ones(len(values)) if weights is None else np.asarray(weights, float)
    blocks: list[tuple[float, float, int]] = []  # mean, weight, number of values
    for value, weight in zip(values, weights, strict=True):
        blocks.append((float(value), float(weight), 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, wa, na), (b, wb, nb) = blocks[-2:]
            blocks[-2:] = [((a * wa + b * wb) / (wa + wb), wa + wb, na + nb)]
    return np.concatenate([np.full(n, mean) for mean, _, n in blocks]) if blocks else np.zeros(0)


@dataclass(frozen=True)
class Crossing:
    """Where a rising share reaches a level: `relation` "at" `place`, or "below" / "above" the places measured."""

    relation: str
    place: float

    def __str__(self) -> str:
        text = f"{self.place:.2g}"
        return text if self.relation == "at" else f"{self.relation} {text}"


def crossing(
    places: Sequence[float], values: Sequence[float], weights: Sequence[float] | None = None, level: float = 0.5
) -> Crossing:
    """First place at which never falling values reach a level, interpolated in the logarithm of the place.

    Args:
        places: ascending, positive.
        values: measured there; made rising first (`rising`).
        weights: number of trials of each.
        level: to reach.

    >>> str(crossing([0.5, 1, 2, 4, 8], [0, 0, 0.25, 0.75, 1])), str(crossing([1, 2], [0, 0.2]))
    ('2.8', 'above 2')
    """
    fitted = rising(values, weights)
    reached = np.flatnonzero(fitted >= level - 1e-12)
    if not len(reached):
        return Crossing("above", float(places[-1]))
    at = int(reached[0])
    if at == 0:
        return Crossing("below" if fitted[0] > level else "at", float(places[0]))
    share = (level - fitted[at - 1]) / (fitted[at] - fitted[at - 1])
    low, high = np.log(places[at - 1]), np.log(places[at])
    return Crossing("at", float(np.exp(low + share * (high - low))))
