"""Rows that wait for the worker, whatever their study: what should be in a queue, whether or not it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from db.base import now
from db.models import Job, SpottingRun, TrainingJob, Video
from db.session import Database

WAITING = ("queued", "running")


@dataclass(frozen=True)
class Unfinished:
    """One row that is not over; `kind` is "import", "spotting", "training" or "job"."""

    kind: str
    id: int
    cancel_requested: bool = False


def list_unfinished(database: Database, older_than: timedelta) -> tuple[Unfinished, ...]:
    """All rows that are not over and were made longer ago than `older_than`."""
    before: datetime = now() - older_than
    with database.read() as session:
        videos = session.scalars(select(Video.id).where(Video.state == "importing", Video.created_at < before))
        runs = session.scalars(
            select(SpottingRun.id).where(SpottingRun.state.in_(WAITING), SpottingRun.created_at < before)
        )
        jobs = session.execute(
            select(TrainingJob.id, TrainingJob.cancel_requested).where(
                TrainingJob.state.in_(WAITING), TrainingJob.created_at < before
            )
        )
        others = session.execute(
            select(Job.id, Job.cancel_requested).where(Job.state.in_(WAITING), Job.created_at < before)
        )
        return (
            *(Unfinished("import", number) for number in videos),
            *(Unfinished("spotting", number) for number in runs),
            *(Unfinished("training", number, bool(asked)) for number, asked in jobs),
            *(Unfinished("job", number, bool(asked)) for number, asked in others),
        )
