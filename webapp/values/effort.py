"""What the loop brings: scores against the labels learned from, and work per label against the model that proposed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LearningPoint:
    """One version: what it learned from (its label set's training subjects) and what it scores.

    `low` and `high` are None where one subject, who knows no spread, was scored.
    """

    version_id: int
    version: str
    label_set: str
    intervals: int
    videos: int
    subjects: int
    f1: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class LearningLine:
    """Versions that may stand on one line: the same architecture scored on the same people and footage alike.

    `measured_on` is what the training job wrote: role, subjects, videos, minutes, events.
    """

    architecture: str
    measured_on: Mapping[str, Any]
    false_alarms: float
    points: tuple[LearningPoint, ...]


@dataclass(frozen=True)
class EffortPoint:
    """Curated intervals while one version proposed.

    Attributes:
        intervals: with a known duration; `people` decided them.
        seconds: median, `seconds_low` and `seconds_high` the quartiles.
        counted: of the intervals, those whose keys were counted; `keys` is their median, None without any.
    """

    version_id: int
    version: str
    people: int
    intervals: int
    seconds: float
    seconds_low: float
    seconds_high: float
    counted: int
    keys: float | None
