"""How fast somebody decides, from the log of operations; the arithmetic is pure.

One interval counts once, however many operations it took: its time runs from the last operation on the interval before
to its own last one. Times come from the clock of the browser, because a decision made offline reaches the server later;
only operations of one visit of one video are compared, so that clocks of two machines never meet. What took longer
than `BREAK_SECONDS` was a break and is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TypeVar

from sqlalchemy.orm import Session

from db.base import now
from db.queries import places as queries
from db.queries.places import OperationAt
from db.session import Database
from webapp.values.sittings import Pace, Sitting

DECIDING = frozenset({"accept", "adjust", "reject", "unsure", "add"})
BREAK_SECONDS = 300.0
SITTING_ENDS_AFTER = timedelta(minutes=30)
NEWEST = 400  # operations that the pace is taken from
MOST_OF_A_SITTING = 20_000


@dataclass(frozen=True)
class Step:
    """One operation as the pace sees it."""

    session: str
    interval_id: str | None
    deciding: bool
    moment: datetime


AnyStep = TypeVar("AnyStep", bound=Step)


def interval_seconds(steps: Sequence[Step]) -> list[float]:
    """Seconds of every decided interval whose beginning is known.

    Args:
        steps: in the order they were made.

    >>> at = lambda second: datetime(2024, 1, 1, 12, 0, second)
    >>> interval_seconds([Step("s", "a", True, at(0)), Step("s", "b", True, at(4)), Step("s", "b", False, at(9))])
    [9.0]
    """
    return [seconds for seconds, _ in decided_visits(steps)]


def decided_visits(steps: Sequence[AnyStep]) -> list[tuple[float, list[AnyStep]]]:
    """Every decided interval whose beginning is known: its seconds, and its operations."""
    found = []
    for before, visit in pairwise(_visits(steps)):
        took = (visit[-1].moment - before[-1].moment).total_seconds()
        known = before[-1].session == visit[0].session and any(step.deciding for step in visit)
        if known and 0 <= took <= BREAK_SECONDS:
            found.append((took, visit))
    return found


def _visits(steps: Sequence[AnyStep]) -> list[list[AnyStep]]:
    """Operations on one interval in a row belong together; those on footage stand alone."""
    visits: list[list[AnyStep]] = []
    for step in steps:
        last = visits[-1][-1] if visits else None
        same = last is not None and step.interval_id is not None
        if same and (last.session, last.interval_id) == (step.session, step.interval_id):
            visits[-1].append(step)
        else:
            visits.append([step])
    return visits


def pace(database: Database, annotator_id: int, study_id: int) -> Pace:
    """The median of this person's newest decisions in a study."""
    with database.read() as session:
        rows = queries.newest_operations(session, annotator_id, study_id, NEWEST)
        return _pace([_step(row) for row in rows])


def sitting(database: Database, annotator_id: int, study_id: int, at: datetime | None = None) -> Sitting:
    """What this person did since the last break of half an hour; nothing where that break lasts until `at` (now)."""
    with database.read() as session:
        rows = _since_the_break(session, annotator_id, study_id, at or now())
        decided = {row.interval_id: row.video_id for row in rows if row.verb in DECIDING}
        return Sitting(
            intervals=len(decided),
            videos=len(set(decided.values())),
            pace=_pace([_step(row) for row in rows]),
            started=rows[0].server_time if rows else None,
            ended=rows[-1].server_time if rows else None,
        )


def _since_the_break(session: Session, annotator_id: int, study_id: int, later: datetime) -> list[OperationAt]:
    """Read piece by piece: a sitting is a few hundred operations, of the tens of thousands that somebody has made."""
    found: list[OperationAt] = []
    before = None
    while len(found) < MOST_OF_A_SITTING:
        piece = queries.newest_operations(session, annotator_id, study_id, NEWEST, before)
        begin = len(piece)
        while begin and later - piece[begin - 1].server_time <= SITTING_ENDS_AFTER:
            later = piece[begin - 1].server_time
            begin -= 1
        found = [*piece[begin:], *found]
        if begin or not piece:
            break
        before = piece[0].sequence
    return found


def _pace(steps: Sequence[Step]) -> Pace:
    seconds = interval_seconds(steps)
    return Pace(round(median(seconds), 2) if seconds else None, len(seconds))


def _step(row: OperationAt) -> Step:
    return Step(row.session, row.interval_id, row.verb in DECIDING, row.client_time or row.server_time)
