"""What runs and waits in the queues, for people: what it is about, who does it, its place, and when it may be done.

The queues know names and workers, the tables know titles and how long such work took before. Estimates come from this
installation's own history only; without any there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.base import now
from db.models import Job, LabelSet, ModelVersion, SpottingRun, TrainingJob, Video
from db.session import Database
from webapp.services import workers
from webapp.values.jobs import KIND_NAMES
from webapp.values.work import QueueRow, QueueState, Work, WorkerInfo

# So many of the newest finished works say how long the next will take.
HISTORY = 30


@dataclass(frozen=True)
class About:
    """A row behind work.

    Attributes:
        like: works of the same word take about the same time per `size`.
        size: minutes of video, or 1 where a work is a work.
    """

    title: str
    progress: float
    message: str
    like: str
    size: float = 1.0


@dataclass(frozen=True)
class Source:
    """Where one kind of work is described.

    Attributes:
        describe: (session, ids) -> About of each row.
        history: (session) -> (like, seconds, size) of finished works, newest first.
        unfinished: (session) -> how many rows wait or run.
    """

    describe: Callable[[Session, Collection[int]], Mapping[int, About]]
    history: Callable[[Session], Sequence[tuple[str, float, float]]]
    unfinished: Callable[[Session], int]


def queue_state(database: Database, work: Sequence[Work], at: datetime | None = None) -> QueueState:
    """The queues as a page shows them.

    Args:
        work: from `queueing.list_work`: running work first, then waiting in the order of its beginning.
        at: the present; now by default.
    """
    infos = workers.list_workers(database)
    rows: list[QueueRow] = []
    unfinished = 0
    with database.read() as session:
        for kind, source in SOURCES.items():
            mine = [one for one in work if one.kind == kind]
            unfinished += source.unfinished(session)
            if mine:
                known = source.describe(session, [one.row_id for one in mine if isinstance(one.row_id, int)])
                paces = pace(source.history(session))
                rows += _rows(kind, mine, known, paces, infos, at or now())
    notes = workers.retries_of(database, [(row.kind, row.row_id) for row in rows if isinstance(row.row_id, int)])
    rows = [replace(row, retries=notes.get((row.kind, row.row_id), ())) for row in rows]
    rows.sort(key=lambda row: row.state != "running")
    shown = sum(isinstance(row.row_id, int) for row in rows)
    return QueueState(tuple(rows), max(0, unfinished - shown))


def pace(history: Sequence[tuple[str, float, float]]) -> dict[str, float]:
    """Median seconds per size of each `like`, and under "" of all together."""
    found: dict[str, list[float]] = {}
    for like, seconds, size in history:
        if seconds > 0 and size > 0:
            found.setdefault(like, []).append(seconds / size)
            found.setdefault("", []).append(seconds / size)
    return {like: median(values) for like, values in found.items()}


def _rows(
    kind: str,
    works: Sequence[Work],
    known: Mapping[int, About],
    paces: Mapping[str, float],
    infos: Sequence[WorkerInfo],
    at: datetime,
) -> list[QueueRow]:
    """Running rows with what remains of each, then waiting rows with what stands before them divided by the workers."""
    hands = sum(info.state == "working" and kind in info.kinds for info in infos)
    before: float | None = 0.0
    position, rows = 0, []
    for work in works:
        about = known.get(work.row_id, About(_nameless(work), 0.0, "", ""))
        own = _seconds_left(about, paces, work, at)
        running = work.state == "running"
        if running:
            remaining = own
        else:
            position += 1
            remaining = None if own is None or before is None or not hands else before / hands + own
        before = None if own is None or before is None else before + own
        rows.append(
            QueueRow(
                kind=kind, row_id=work.row_id, title=about.title, state=work.state,
                position=0 if running else position, worker=work.worker, priority=work.priority,
                progress=about.progress, message=about.message, asked_at=work.asked_at, began_at=work.began_at,
                remaining=None if remaining is None else timedelta(seconds=round(remaining)),
            )
        )  # fmt: skip
    return rows


def _seconds_left(about: About, paces: Mapping[str, float], work: Work, at: datetime) -> float | None:
    """From the history of works like it, else from its own progress, else unknown."""
    per_size = paces.get(about.like, paces.get("") if about.like else None)
    if per_size is not None:
        return per_size * about.size * (1 - about.progress)
    elapsed = (at - work.began_at).total_seconds() if work.began_at else 0.0
    if about.progress < 0.02 or elapsed <= 0:
        return None
    return elapsed * (1 - about.progress) / about.progress


def _nameless(work: Work) -> str:
    return "the example clip" if str(work.row_id).startswith("example") else f"{work.kind} {work.row_id}"


def _videos(session: Session, ids: Collection[int]) -> dict[int, About]:
    rows = session.scalars(select(Video).where(Video.id.in_(ids)))
    return {row.id: About(row.title, row.progress, row.message, "import") for row in rows}


def _runs(session: Session, ids: Collection[int]) -> dict[int, About]:
    asked = (
        select(SpottingRun, Video.title, Video.duration, ModelVersion.name)
        .join(Video, Video.id == SpottingRun.video_id)
        .join(ModelVersion, ModelVersion.id == SpottingRun.model_version_id)
        .where(SpottingRun.id.in_(ids))
    )
    return {
        run.id: About(f"{title}, by {model}", run.progress, run.message, str(run.model_version_id), _minutes(duration))
        for run, title, duration, model in session.execute(asked)
    }


def _run_history(session: Session) -> list[tuple[str, float, float]]:
    asked = (
        select(SpottingRun, Video.duration)
        .join(Video, Video.id == SpottingRun.video_id)
        .where(SpottingRun.state == "done", SpottingRun.started_at.is_not(None))
        .order_by(SpottingRun.id.desc())
        .limit(HISTORY)
    )
    return [
        (str(run.model_version_id), _took(run), _minutes(duration)) for run, duration in session.execute(asked).all()
    ]


def _trainings(session: Session, ids: Collection[int]) -> dict[int, About]:
    asked = (
        select(TrainingJob, LabelSet.name)
        .join(LabelSet, LabelSet.id == TrainingJob.label_set_id)
        .where(TrainingJob.id.in_(ids))
    )
    return {
        job.id: About(f"{job.architecture} on {name}", job.progress, job.message, _training_like(job))
        for job, name in session.execute(asked)
    }


def _training_history(session: Session) -> list[tuple[str, float, float]]:
    asked = select(TrainingJob).where(TrainingJob.state == "done", TrainingJob.started_at.is_not(None))
    jobs = session.scalars(asked.order_by(TrainingJob.id.desc()).limit(HISTORY))
    return [(_training_like(job), _took(job), 1.0) for job in jobs]


def _training_like(job: TrainingJob) -> str:
    return f"{job.architecture} {job.preset}"


def _jobs(session: Session, ids: Collection[int]) -> dict[int, About]:
    rows = session.scalars(select(Job).where(Job.id.in_(ids)))
    return {row.id: About(KIND_NAMES[row.kind], row.progress, row.message, row.kind) for row in rows}


def _job_history(session: Session) -> list[tuple[str, float, float]]:
    asked = select(Job).where(Job.state == "done", Job.started_at.is_not(None)).order_by(Job.id.desc()).limit(HISTORY)
    return [(row.kind, _took(row), 1.0) for row in session.scalars(asked)]


def _took(row: Any) -> float:
    return (row.finished_at - row.started_at).total_seconds() if row.finished_at else 0.0


def _minutes(duration: float | None) -> float:
    return (duration or 0.0) / 60


def _count(table: Any, states: Collection[str]) -> Callable[[Session], int]:
    return lambda session: session.scalar(select(func.count()).select_from(table).where(table.state.in_(states)))


WAITING = ("queued", "running")
SOURCES = {
    # The row of a video does not say when its import began, so there is no history.
    "import": Source(_videos, lambda session: (), _count(Video, ("importing",))),
    "spotting": Source(_runs, _run_history, _count(SpottingRun, WAITING)),
    "training": Source(_trainings, _training_history, _count(TrainingJob, WAITING)),
    "job": Source(_jobs, _job_history, _count(Job, WAITING)),
}
