"""Cells added up: the value of every figure under every condition, its interval, and what differs from the reference.

Intervals come from drawing subjects and seeds with replacement, the same draws under every condition, so that
differences are paired: a hard subject is hard everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spotcore.experiments.experiment import Experiment, Figure, Level, Sums

REPEATS = 2000
CONFIDENCE = 0.95
NO_DIFFERENCE = "no difference that this corpus can show"


def compare(experiment: Experiment, cells: Mapping[tuple[str, int], Sums]) -> list[dict[str, Any]]:
    """One row per condition, in the order of the experiment.

    Args:
        cells: (label of the level, seed) -> sums by subject; the same seeds and subjects under every condition.

    Returns:
        Rows with "name", "series", "reference", "figures" (name -> value, low, high, by_seed) and, unless reference,
        "difference" (name -> value, low, high, verdict).
    """
    seeds = sorted({seed for _, seed in cells})
    subjects = sorted({subject for sums in cells.values() for subject in sums})
    rng = np.random.default_rng(0)
    draws = rng.multinomial(len(subjects), np.full(len(subjects), 1 / len(subjects)), REPEATS)  # (repeats, subjects)
    chosen = rng.integers(0, len(seeds), (REPEATS, len(seeds)))  # (repeats, seeds)
    drawn: dict[tuple[str, str], np.ndarray] = {}
    rows = []
    for level in experiment.levels:
        row: dict[str, Any] = {"name": level.name, "series": level.series, "reference": level.reference, "figures": {}}
        tables = [cells[level.label, seed] for seed in seeds]
        for figure in experiment.figures:
            by_seed = [float(_value(figure, _matrix(figure, sums, subjects).sum(axis=0))) for sums in tables]
            resampled = np.stack([_value(figure, draws @ _matrix(figure, sums, subjects)) for sums in tables], axis=1)
            values = np.take_along_axis(resampled, chosen, axis=1).mean(axis=1)  # (repeats,)
            drawn[level.label, figure.name] = values
            row["figures"][figure.name] = {"value": float(np.mean(by_seed)), **_interval(values), "by_seed": by_seed}
        rows.append(row)
    for row, level in zip(rows, experiment.levels, strict=True):
        if not level.reference:
            row["difference"] = _differences(experiment, level, rows, drawn)
    return rows


def _differences(experiment: Experiment, level: Level, rows, drawn) -> dict[str, dict[str, Any]]:
    at, reference = next((n, x) for n, x in enumerate(experiment.levels) if x.series == level.series and x.reference)
    here = rows[experiment.levels.index(level)]
    found = {}
    for figure in experiment.figures:
        values = drawn[level.label, figure.name] - drawn[reference.label, figure.name]
        value = here["figures"][figure.name]["value"] - rows[at]["figures"][figure.name]["value"]
        interval = _interval(values)
        verdict = NO_DIFFERENCE
        if interval["low"] > 0 or interval["high"] < 0:
            verdict = "better" if (value > 0) == (figure.better == "higher") else "worse"
        found[figure.name] = {"value": value, **interval, "verdict": verdict}
    return found


def _matrix(figure: Figure, sums: Sums, subjects: Sequence[str]) -> np.ndarray:
    """(subjects, 2): what each contributes to the figure's top and bottom."""

    def weighted(fields: Mapping[str, float], given: Mapping[str, float]) -> float:
        return sum(weight * given.get(name, 0.0) for name, weight in fields.items())

    given = [sums.get(subject, {}) for subject in subjects]
    return np.array([[weighted(figure.top, g), weighted(figure.bottom, g)] for g in given])


def _value(figure: Figure, pairs: np.ndarray) -> np.ndarray:
    """(..., 2) top and bottom -> (...) quotient, 0 where there is nothing to divide by."""
    top, bottom = pairs[..., 0], pairs[..., 1]
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1), 0.0)


def _interval(values: np.ndarray) -> dict[str, float]:
    edge = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [edge, 1 - edge])
    return {"low": float(low), "high": float(high)}
