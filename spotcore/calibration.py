"""What a score is worth: expected false alarms a minute, measured on footage without expressions.

Measuring takes the proposals of such footage; the tables measured for shipped models stand in `data/`. Torch-free.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from spotcore.errors import InvalidFile
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.probabilities import Calibration

DATA = Path(__file__).parent / "data"
CALIBRATION_FORMAT = "glint-calibration/1"
# Scores that the tail of a table is fitted to, steps it is written with, and how far it goes (share of its beginning).
TAIL, TAIL_STEPS, LOWEST_SHARE = 12, 16, 0.002


def measure_calibration(false_proposals: Iterable[Interval], minutes: float, source: str) -> Calibration:
    """Table of score against false alarms a minute.

    Args:
        false_proposals: every proposal found at the loosest setting in footage without expressions, with scores.
        minutes: length of that footage.
        source: what the footage was, for people.

    Returns:
        Counted rates down to the `TAIL` highest scores; beyond them an exponential tail fitted to those, because a few
        minutes of footage cannot count rates below one in its own length.

    Raises:
        ValueError: no footage.
    """
    if not minutes > 0:
        raise ValueError(f"expected footage of more than 0 minutes, got {minutes}")
    scores: dict[str, tuple[float, ...]] = {}
    rates: dict[str, tuple[float, ...]] = {}
    proposals = list(false_proposals)
    for kind in EXPRESSION_TYPES:
        seen = np.sort([p.score for p in proposals if p.type == kind and p.score is not None])
        head, tail = seen[:-TAIL], seen[-TAIL:]
        counted = (len(seen) - np.arange(len(head))) / minutes
        if len(tail) < TAIL:  # hardly anything seen: what was not seen may still come half a time
            scores[kind] = (0.0, *tail.tolist())
            rates[kind] = tuple(((len(tail) + 0.5 - np.arange(len(tail) + 1)) / minutes).tolist())
            continue
        # Mean excess is the scale of an exponential tail; the lowest of its scores is where it begins.
        scale = max(float((tail - tail[0]).mean()) * TAIL / (TAIL - 1), 1e-4)
        steps = np.linspace(0, np.log(LOWEST_SHARE), TAIL_STEPS)
        scores[kind] = tuple(np.concatenate([head, tail[0] - scale * steps]).tolist())
        rates[kind] = tuple(np.concatenate([counted, TAIL / minutes * np.exp(steps)]).tolist())
    return Calibration(scores, rates, source)


def pessimistic(calibrations: Iterable[Calibration], points: int = 64) -> Calibration:
    """At every score the highest rate that any of the calibrations expects: a table of `points` steps per type.

    Kinds of footage are not averaged: how much of each a user films is unknown, and a promise of at most six false
    proposals a minute should hold on the worse kind.
    """
    several = list(calibrations)
    scores, rates = {}, {}
    for kind in EXPRESSION_TYPES:
        every = np.unique(np.concatenate([c.scores[kind] for c in several]))
        worst = np.max([np.interp(every, c.scores[kind], c.false_alarms[kind]) for c in several], axis=0)
        worst = np.minimum.accumulate(worst)
        wanted = np.geomspace(worst[0], worst[-1], points)
        keep = np.unique(np.searchsorted(-worst, -wanted).clip(0, len(worst) - 1))
        scores[kind], rates[kind] = tuple(every[keep].tolist()), tuple(worst[keep].tolist())
    return Calibration(scores, rates, "at every score the worse of: " + " | ".join(c.source for c in several))


def average(calibrations: Sequence[Calibration], weights: Sequence[float]) -> Calibration:
    """At every score the weighted mean of the rates that the calibrations expect: a mixture of kinds of footage."""
    scores, rates = {}, {}
    for kind in EXPRESSION_TYPES:
        every = np.unique(np.concatenate([c.scores[kind] for c in calibrations]))
        each = [np.interp(every, c.scores[kind], c.false_alarms[kind]) for c in calibrations]
        mean = np.minimum.accumulate(np.average(each, axis=0, weights=weights))
        scores[kind], rates[kind] = tuple(every.tolist()), tuple(mean.tolist())
    parts = (f"{weight:g} x {c.source}" for weight, c in zip(weights, calibrations, strict=True))
    return Calibration(scores, rates, "mean of: " + " | ".join(parts))


def mixture(known: Calibration, measured: Calibration | None, minutes: float, trusted: float) -> Calibration:
    """A known table and one measured on `minutes` of new footage, the known one counting as `trusted` minutes."""
    if measured is None:
        return known
    share = minutes / (minutes + trusted)
    both = average([known, measured], [1 - share, share])
    source = f"{1 - share:.2f} x what its start was calibrated on, {share:.2f} x {measured.source}"
    return replace(_thinned(both), source=source)


def _thinned(calibration: Calibration, points: int = 64) -> Calibration:
    """At most `points` steps per type, evenly spread over the rates: tables would grow with every retraining."""
    scores, rates = {}, {}
    for kind in EXPRESSION_TYPES:
        every, falling = np.array(calibration.scores[kind]), np.array(calibration.false_alarms[kind])
        wanted = np.geomspace(falling[0], max(falling[-1], falling[0] * 1e-6), points)
        keep = np.unique(np.searchsorted(-falling, -wanted).clip(0, len(falling) - 1))
        scores[kind], rates[kind] = tuple(every[keep].tolist()), tuple(falling[keep].tolist())
    return Calibration(scores, rates, calibration.source)


def one_scale(calibration: Calibration, points: int = 64) -> Calibration:
    """The same threshold for both types at every rate, for scores that mean the same for both.

    Each type is then granted half of what both make together at a score, in a table of `points` steps.
    """
    every = np.unique(np.concatenate([calibration.scores[kind] for kind in EXPRESSION_TYPES]))
    each = [np.interp(every, calibration.scores[k], calibration.false_alarms[k]) for k in EXPRESSION_TYPES]
    half = np.minimum.accumulate(np.sum(each, axis=0) / 2)
    keep = np.unique(np.searchsorted(-half, -np.geomspace(half[0], half[-1], points)).clip(0, len(half) - 1))
    scores, rates = tuple(every[keep].tolist()), tuple(half[keep].tolist())
    source = f"one threshold for both types; {calibration.source}"
    return Calibration(dict.fromkeys(EXPRESSION_TYPES, scores), dict.fromkeys(EXPRESSION_TYPES, rates), source)


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write as JSON, atomically."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "format": CALIBRATION_FORMAT,
        "source": calibration.source,
        "scores": {kind: [round(v, 5) for v in values] for kind, values in calibration.scores.items()},
        "false_alarms": {kind: [round(v, 4) for v in values] for kind, values in calibration.false_alarms.items()},
    }
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(content, indent=1) + "\n")
    part.replace(path)


def load_calibration(path: Path) -> Calibration:
    """Inverse of `save_calibration`.

    Raises:
        InvalidFile: not such a file.
    """
    try:
        content: Mapping = json.loads(Path(path).read_text())
        if content.get("format") != CALIBRATION_FORMAT:
            raise InvalidFile(f"{path}: expected the format {CALIBRATION_FORMAT}, got {content.get('format')!r}")
        return Calibration(
            {kind: tuple(values) for kind, values in content["scores"].items()},
            {kind: tuple(values) for kind, values in content["false_alarms"].items()},
            content["source"],
        )
    except InvalidFile:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidFile(f"{path}: expected a calibration table, reading it failed: {error}") from error


@cache
def shipped_calibration(model: str) -> Calibration | None:
    """The table that ships with a model's name, or None where nobody measured one."""
    path = DATA / f"{model}_calibration.json"
    return load_calibration(path) if path.exists() else None
