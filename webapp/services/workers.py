"""Workers: signing on and off, signs of life, who is silent, and the notes on work that was taken up again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db.base import now
from db.models import Retry, Worker
from db.session import Database
from webapp import mapping
from webapp.services.errors import Refused
from webapp.values.work import RetryNote, Work, WorkerCard, WorkerInfo

# The page shows what happened lately, not a history of years.
KEPT = timedelta(days=30)
_STOPPED = "stopped"


def sign_on(database: Database, card: WorkerCard) -> None:
    """Make the name's row this process's: from now on writes of its former holder are refused.

    The caller has made sure that the former holder is gone (`holder`).
    """
    with database.begin() as session:
        row = session.scalar(select(Worker).where(Worker.name == card.name).with_for_update())
        if row is None:
            row = Worker(name=card.name)
            session.add(row)
        for key, value in asdict(card).items():
            setattr(row, key, value)
        row.kinds = list(card.kinds)
        row.state, row.beats, row.started_at, row.seen_at = "working", 0, now(), now()


def check_store(database: Database, card: WorkerCard) -> None:
    """Refuse a worker whose data folder is not the one that the others work on.

    Raises:
        Refused: a working one has another data folder, so its results could not be found by the pages.
    """
    others = [one for one in list_workers(database) if one.state == "working" and one.name != card.name]
    for other in others:
        if other.store != card.store:
            raise Refused(
                f"The worker {other.name} on {other.host} works on another data folder. Workers of one database share "
                "one data folder, mounted wherever GLINT_DATA says, or one store (GLINT_STORE)."
            )


def beat(database: Database, name: str, incarnation: str) -> bool:
    """A sign of life; False where the worker was declared silent or its name is another's now."""
    with database.begin() as session:
        done = session.execute(
            update(Worker)
            .where(Worker.name == name, Worker.incarnation == incarnation, Worker.state == "working")
            .values(beats=Worker.beats + 1, seen_at=now())
        )
        return done.rowcount == 1


def sign_off(database: Database, name: str, incarnation: str) -> None:
    """Say that the worker ends on purpose: others may take over at once."""
    with database.begin() as session:
        session.execute(
            update(Worker)
            .where(Worker.name == name, Worker.incarnation == incarnation, Worker.state == "working")
            .values(state="ended", seen_at=now())
        )


def declare_silent(database: Database, seen: WorkerInfo) -> bool:
    """Take a worker's right to write, unless it gave a sign of life since it was `seen`; whether this call did it."""
    with database.begin() as session:
        row = session.scalar(
            select(Worker)
            .where(
                Worker.name == seen.name,
                Worker.incarnation == seen.incarnation,
                Worker.beats == seen.beats,
                Worker.state == "working",
            )
            .with_for_update()
        )
        if row is None:
            return False
        row.state = "silent"
        return True


def take_over(
    database: Database, name: str, by: str, held: Callable[[], Iterable[Work]],
    resume: Callable[[Sequence[Work]], object], give_up: Callable[[Sequence[Work]], object], most: int,
) -> tuple[Work, ...]:  # fmt: skip
    """Have the work of a worker that is not there resumed, by one survivor at a time; returns what goes on.

    The functions are called while the row is locked: a second survivor comes later and finds nothing left, and the
    worker itself cannot sign on between.

    Args:
        name: whose work; it may be a name without a row.
        by: the survivor.
        held: the work that is still that worker's.
        resume: makes work eligible again.
        give_up: ends work that has taken `most` workers down with it, as far as anybody can tell.
    """
    with database.begin() as session:
        row = session.scalar(select(Worker).where(Worker.name == name).with_for_update())
        if row is not None and row.state == "working":
            return ()
        works = tuple(held())
        hopeless = tuple(work for work in works if _losses(session, work) >= most)
        resumed = tuple(work for work in works if work not in hopeless)
        give_up(hopeless)
        resume(resumed)
        what = _STOPPED if row is not None and row.state == "ended" else "fell silent"
        for work in hopeless:
            note_retry(session, work, f"The worker {name} {what}, once too often; nobody begins it again.", name, by)
        for work in resumed:
            note_retry(session, work, f"The worker {name} {what}; {by} saw to it that the work goes on.", name, by)
        return resumed


def _losses(session: Session, work: Work) -> int:
    """How often this attempt at the work lost its worker; one that was told to stop is nobody's fault."""
    lost = select(func.count()).where(
        Retry.work == work.name, Retry.from_worker != "", ~Retry.reason.contains(f" {_STOPPED};")
    )
    return session.scalar(lost)


def note_retry(session: Session, work: Work, reason: str, from_worker: str = "", by: str = "") -> None:
    """Keep why work was taken up again; work without a row (the example clip) is not noted."""
    if isinstance(work.row_id, int):
        names = {"work": work.name, "from_worker": from_worker, "by": by}
        session.add(Retry(kind=work.kind, row_id=work.row_id, reason=reason, **names))


def note_asked_again(database: Database, kind: str, row_id: int, reason: str = "", by: str = "") -> None:
    """The work of a row was asked for a second time, by a person or because it had got lost.

    Args:
        reason: a sentence; by default that it had got lost.
        by: the person's name, where it was one.
    """
    with database.begin() as session:
        said = reason or "Its work was in no queue any more, so it was asked for again."
        session.add(Retry(kind=kind, row_id=row_id, reason=said, by=by))


def note_restart(database: Database, works: Sequence[Work], name: str) -> None:
    """A worker found its own unfinished work at its start."""
    if works:
        with database.begin() as session:
            for work in works:
                note_retry(session, work, f"The worker {name} was started again and goes on with it.", name, name)


def retries_of(database: Database, rows: Sequence[tuple[str, int]]) -> Mapping[tuple[str, int], tuple[RetryNote, ...]]:
    """Notes of these rows, each (kind, id), oldest first."""
    found: dict[tuple[str, int], list[RetryNote]] = {}
    with database.read() as session:
        for kind in {kind for kind, _ in rows}:
            ids = [number for of_kind, number in rows if of_kind == kind]
            asked = select(Retry).where(Retry.kind == kind, Retry.row_id.in_(ids)).order_by(Retry.id)
            for row in session.scalars(asked):
                found.setdefault((kind, row.row_id), []).append(mapping.from_row(RetryNote, row))
    return {key: tuple(notes) for key, notes in found.items()}


def list_workers(database: Database) -> tuple[WorkerInfo, ...]:
    """Working ones first, then by name; those gone for a month are left out."""
    with database.read() as session:
        rows = session.scalars(select(Worker).where(Worker.seen_at > now() - KEPT).order_by(Worker.name)).all()
        infos = [mapping.from_row(WorkerInfo, row, kinds=tuple(row.kinds)) for row in rows]
    return tuple(sorted(infos, key=lambda info: (info.state != "working", info.name)))


def holder(database: Database, name: str) -> WorkerInfo | None:
    """Who has the name, None where nobody ever had it."""
    return next((info for info in list_workers(database) if info.name == name), None)
