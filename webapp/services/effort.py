"""Learning curve and effort curve: does each round of labels make the next model better and the next label cheaper?"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from db.queries import effort as queries
from db.queries import registry, spotting
from db.session import Database
from webapp.services.pace import DECIDING, Step, decided_visits
from webapp.values.effort import EffortPoint, LearningLine, LearningPoint

NEWEST = 20_000  # operations that the effort is taken from


def learning_curves(database: Database, study_id: int) -> tuple[LearningLine, ...]:
    """Lines of versions trained on this study's label sets, the one with the newest version first.

    Scores stand on one line only where they are comparable: the same architecture, scored on the same people in the
    same amount of footage with the same number of expressions, at the same sensitivity.
    """
    with database.read() as session:
        taught = queries.taught_from(session, study_id)
        versions = [(row, name) for row, name, _ in registry.versions(session) if row.label_set_id in taught]
    lines: dict[str, list[LearningPoint]] = {}
    about: dict[str, tuple[str, Mapping[str, Any], float]] = {}
    for row, label_set in versions:
        score = row.scores.get("held_out", {}).get("overall", {})
        on = row.scores.get("measured_on")
        if not on or score.get("f1") is None:
            continue
        rate = row.scores.get("false_alarms")
        key = json.dumps([row.architecture, on, rate], sort_keys=True)
        about[key] = (row.architecture, on, rate)
        spread = len(on.get("subjects", ())) > 1
        lines.setdefault(key, []).append(LearningPoint(
            row.id, row.name, label_set, *taught[row.label_set_id], f1=score["f1"],
            low=score.get("f1_low") if spread else None, high=score.get("f1_high") if spread else None,
        ))  # fmt: skip
    return tuple(
        LearningLine(*about[key], tuple(sorted(points, key=lambda p: (p.intervals, p.version_id))))
        for key, points in lines.items()
    )


@dataclass(frozen=True)
class CountedStep(Step):
    """An operation with who made it, what it cost and who had proposed."""

    annotator_id: int
    keys: int | None
    model_version_id: int | None


def effort_curve(database: Database, study_id: int) -> tuple[EffortPoint, ...]:
    """One point per version that proposed while people decided, oldest first, from the newest `NEWEST` operations."""
    with database.read() as session:
        rows = queries.newest_operations(session, study_id, NEWEST)
        names = spotting.model_names(session)
    steps = [
        CountedStep(r.session, r.interval_id, r.verb in DECIDING, r.client_time or r.server_time, r.annotator_id,
                    r.keys, r.model_version_id)
        for r in rows
    ]  # fmt: skip
    return effort_points(steps, names)


def effort_points(steps: Iterable[CountedStep], names: Mapping[int, str]) -> tuple[EffortPoint, ...]:
    """The arithmetic of `effort_curve`.

    An interval belongs to the version that had proposed when it was decided last; its keys are those of all
    operations on it in a row, and known only where all of them were counted.

    Args:
        steps: in the order they were made.
        names: of the versions; others are left out.
    """
    by_person: dict[int, list[CountedStep]] = defaultdict(list)
    for step in steps:
        by_person[step.annotator_id].append(step)
    found: dict[int, list[tuple[float, int | None, int]]] = defaultdict(list)
    for person, own in by_person.items():
        for seconds, visit in decided_visits(own):
            version_id = visit[-1].model_version_id
            if version_id in names:
                counts = [step.keys for step in visit]
                keys = None if None in counts else sum(counts)
                found[version_id].append((seconds, keys, person))
    return tuple(_point(version_id, names[version_id], found[version_id]) for version_id in sorted(found))


def _point(version_id: int, name: str, visits: Sequence[tuple[float, int | None, int]]) -> EffortPoint:
    seconds = [visit[0] for visit in visits]
    keys = [visit[1] for visit in visits if visit[1] is not None]
    low, _, high = quantiles(seconds, n=4, method="inclusive") if len(seconds) > 1 else (seconds[0],) * 3
    return EffortPoint(
        version_id=version_id,
        version=name,
        people=len({visit[2] for visit in visits}),
        intervals=len(visits),
        seconds=median(seconds),
        seconds_low=low,
        seconds_high=high,
        counted=len(keys),
        keys=median(keys) if keys else None,
    )
