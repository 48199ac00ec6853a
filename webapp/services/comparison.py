"""Two model versions side by side: settings, scores, and their proposals interval by interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from db.queries import library, spotting
from db.queries import registry as queries
from db.session import Database
from spotcore.intervals import Interval, iou
from webapp import mapping
from webapp.services.errors import NotFound
from webapp.services.matching import DECIDED_IOU
from webapp.values.registry import ModelComparison, ModelVersion, ProposalDifference, ScoreDifference


def compare(database: Database, first_id: int, second_id: int) -> ModelComparison:
    """Differences of two versions; videos are those that both have spotted, with the newest set of each.

    Raises:
        NotFound: one of them does not exist.
    """
    with database.read() as session:
        found = {row.id: (row, name, job_id) for row, name, job_id in queries.versions(session)}
        missing = {first_id, second_id} - set(found)
        if missing:
            raise NotFound(f"There is no model version {missing.pop()}.")
        names = queries.aliases(session)
        first, second = (mapping.model_version(*found[i], names.get(i, ())) for i in (first_id, second_id))
        videos = tuple(
            _difference(session, video_id, sets[0], sets[1]) for video_id, sets in _shared(session, first, second)
        )
    numbers, others = _flat(first.scores), _flat(second.scores)
    return ModelComparison(
        first=first,
        second=second,
        settings=_different(first.settings, second.settings),
        scores=tuple(ScoreDifference(n, numbers.get(n), others.get(n)) for n in sorted({*numbers, *others})),
        videos=videos,
    )


def _shared(session: Session, first: ModelVersion, second: ModelVersion) -> list[tuple[int, tuple[int, int]]]:
    sets = []
    for version in (first, second):
        runs = spotting.newest_runs_of_version(session, version.id)
        sets.append(spotting.newest_set_ids(session, runs.values()))
    return [(video_id, (sets[0][video_id], sets[1][video_id])) for video_id in sorted(set(sets[0]) & set(sets[1]))]


def _difference(session: Session, video_id: int, first_set: int, second_set: int) -> ProposalDifference:
    first, second = (
        [mapping.proposal_interval(row) for row in spotting.proposals_in(session, [s])] for s in (first_set, second_set)
    )
    both = pair(first, second)
    title = library.video(session, video_id).title
    return ProposalDifference(video_id, title, both, len(first) - both, len(second) - both)


def pair(first: Sequence[Interval], second: Sequence[Interval]) -> int:
    """How many intervals of the two lists pair up; see `partners`."""
    return len(partners(first, second))


def partners(first: Sequence[Interval], second: Sequence[Interval]) -> dict[int, tuple[int, float]]:
    """Place in the first list -> (place in the second, IoU): one to one, same type, IoU at least 0.5, best first."""
    overlaps = (
        (iou(a, b), i, j) for i, a in enumerate(first) for j, b in enumerate(second)
        if a.type == b.type and a.onset <= b.offset and b.onset <= a.offset
    )  # fmt: skip
    found: dict[int, tuple[int, float]] = {}
    used: set[int] = set()
    for overlap, i, j in sorted(overlaps, key=lambda o: (-o[0], o[1], o[2])):
        if overlap >= DECIDED_IOU and i not in found and j not in used:
            found[i] = (j, overlap)
            used.add(j)
    return found


def _different(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = sorted({*first, *second})
    return {n: (first.get(n), second.get(n)) for n in names if first.get(n) != second.get(n)}


def _flat(scores: Mapping[str, Any], before: str = "") -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in scores.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{before}{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[f"{before}{name}"] = float(value)
    return found
