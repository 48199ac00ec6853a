"""What a score is worth: expected false alarms a minute, measured on footage without expressions.

Measuring takes the proposals of such footage; the tables measured for shipped models stand in `data/`. Torch-free.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import numpy as np

from spotcore.errors import InvalidFile
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.probabilities import Calibration

DATA = Path(__file__).parent / "data"
CALIBRATION_FORMAT = "glint-calibration/1"


def measure_calibration(false_proposals: Iterable[Interval], minutes: float, source: str) -> Calibration:
    """Table of score against false alarms a minute.

    Args:
        false_proposals: every proposal found at the loosest setting in footage without expressions, with scores.
        minutes: length of that footage.
        source: what the footage was, for people.

    Returns:
        A calibration whose last step claims what remains uncertain beyond the highest score seen: half an alarm over
        the footage, and below it the counted rates.

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
        counted = (len(seen) - np.arange(len(seen))) / minutes
        ceiling = float(seen[-1]) if len(seen) else 0.0
        steps = np.append(seen, np.nextafter(ceiling, np.inf) if len(seen) else 0.0)
        scores[kind] = tuple(float(v) for v in steps)
        rates[kind] = tuple(float(v) for v in np.append(counted, 0.5 / minutes))
    return Calibration(scores, rates, source)


def thin(calibration: Calibration, points: int = 64) -> Calibration:
    """The same table with at most `points` steps per type, evenly spaced in the logarithm of the rate."""
    scores, rates = {}, {}
    for kind in EXPRESSION_TYPES:
        s, r = np.asarray(calibration.scores[kind]), np.asarray(calibration.false_alarms[kind])
        if len(s) > points:
            wanted = np.geomspace(r[0], r[-1], points)
            keep = np.unique(np.searchsorted(-r, -wanted).clip(0, len(r) - 1))
            s, r = s[keep], r[keep]
        scores[kind], rates[kind] = tuple(s.tolist()), tuple(r.tolist())
    return Calibration(scores, rates, calibration.source)


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
