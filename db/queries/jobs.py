"""Questions about jobs and the runs they wait for, and taking an erased video out of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from db.base import now
from db.models import Job, JobVideo, SpottingRun

OVER = ("done", "failed", "cancelled")


def job(session: Session, job_id: int, lock: bool = False) -> Job | None:
    question = select(Job).where(Job.id == job_id)
    return session.scalar(question.with_for_update() if lock else question)


def jobs(
    session: Session, study_id: int, states: Sequence[str], kind: str, first: int, most: int
) -> tuple[Sequence[Job], int]:
    """Jobs of a study, newest first, in some states (none: all) and of a kind ("": all); and how many there are."""
    asked: list[ColumnElement[bool]] = [Job.study_id == study_id]
    if states:
        asked.append(Job.state.in_(states))
    if kind:
        asked.append(Job.kind == kind)
    total = session.scalar(select(func.count()).select_from(Job).where(*asked)) or 0
    rows = session.scalars(select(Job).where(*asked).order_by(Job.id.desc()).offset(first).limit(most)).all()
    return rows, total


def video_of(session: Session, job_id: int, video_id: int) -> JobVideo | None:
    return session.scalar(select(JobVideo).where(JobVideo.job_id == job_id, JobVideo.video_id == video_id))


def video_ids(session: Session, job_id: int) -> set[int]:
    return set(session.scalars(select(JobVideo.video_id).where(JobVideo.job_id == job_id)))


def run_states(session: Session, job_id: int, version_id: int) -> dict[str, int]:
    """State -> number of the job's runs of a model version in it."""
    question = (
        select(SpottingRun.state, func.count())
        .join(JobVideo, JobVideo.run_id == SpottingRun.id)
        .where(JobVideo.job_id == job_id, SpottingRun.model_version_id == version_id)
        .group_by(SpottingRun.state)
    )
    return dict(session.execute(question).all())


def runs_in(session: Session, job_id: int, states: Sequence[str]) -> Sequence[SpottingRun]:
    """The job's runs in these states, oldest first."""
    question = (
        select(SpottingRun)
        .join(JobVideo, JobVideo.run_id == SpottingRun.id)
        .where(JobVideo.job_id == job_id, SpottingRun.state.in_(states))
        .order_by(SpottingRun.id)
    )
    return session.scalars(question).all()


def jobs_about(session: Session, video_id: int) -> list[int]:
    """Ids of the jobs that look, or looked, at a video."""
    return list(session.scalars(select(JobVideo.job_id).where(JobVideo.video_id == video_id).order_by(JobVideo.job_id)))


def forget_video(session: Session, video_id: int) -> None:
    """Take a video out of all jobs: their links, their wishes and their results; sentences may name it, so they go."""
    for row in session.scalars(select(Job).where(Job.id.in_(jobs_about(session, video_id)))):
        row.params = without_video(row.params, video_id)
        if row.state in OVER:
            row.message = "A video that this job looked at was erased since; its files went with it."
        if row.result is not None:
            row.result = without_video(row.result, video_id) | {"erased_at": now().isoformat()}
    session.execute(delete(JobVideo).where(JobVideo.video_id == video_id))


def without_video(value: Any, video_id: int) -> Any:
    """A copy of a JSON value without the list entries about a video, and without its number in lists of "videos".

    >>> without_video({"videos": [1, 2], "failed": [{"video_id": 2, "reason": "empty"}]}, 2)
    {'videos': [1], 'failed': []}
    """
    if isinstance(value, dict):
        return {
            key: [number for number in part if number != video_id]
            if key == "videos" and isinstance(part, list) and all(isinstance(n, int) for n in part)
            else without_video(part, video_id)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [
            without_video(part, video_id)
            for part in value
            if not (isinstance(part, dict) and part.get("video_id") == video_id)
        ]
    return value
