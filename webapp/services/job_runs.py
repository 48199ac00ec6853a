"""The spotting runs that a job asks for and waits for: one per video."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from db.models import SpottingRun, Video
from db.queries import jobs as queries
from db.session import Database
from webapp.services import spotting
from webapp.services.blindness import is_blind
from webapp.services.errors import NotFound
from webapp.values.jobs import FailedRun, RunCounts

WAITING = ("queued", "running")


def videos_to_spot(
    database: Database, study_id: int, version_id: int, *, again: bool = False, among: Collection[int] | None = None
) -> tuple[int, ...]:
    """Imported videos of the study that may be spotted, by id.

    Args:
        again: also those that this version has spotted already.
        among: only these videos.
    """
    asked = select(Video.id, Video.path).where(Video.study_id == study_id, Video.state == "ready").order_by(Video.id)
    done = select(SpottingRun.video_id).where(
        SpottingRun.model_version_id == version_id, SpottingRun.state == "done"
    )
    if not again:
        asked = asked.where(Video.id.not_in(done))
    with database.read() as session:
        return tuple(
            video_id for video_id, path in session.execute(asked)
            if not is_blind(path) and (among is None or video_id in among)
        )  # fmt: skip


def start_run(database: Database, job_id: int, video_id: int, version_id: int, false_alarms: float) -> int | None:
    """The run of a job on a video: made once, made anew only where the former one failed or was cancelled.

    Returns:
        Id of the run to put into the queue; None where it is over already.
    """
    with database.read() as session:
        link = queries.video_of(session, job_id, video_id)
        run = session.get(SpottingRun, link.run_id) if link is not None and link.run_id is not None else None
        if run is not None and run.model_version_id == version_id and run.state not in ("failed", "cancelled"):
            return run.id if run.state in WAITING else None
    run_id = spotting.start_run(database, video_id, version_id, false_alarms, {})
    with database.begin() as session:
        link = queries.video_of(session, job_id, video_id)
        if link is None:
            raise NotFound(f"Job {job_id} does not look at video {video_id} (any more).")
        link.run_id = run_id
    return run_id


def counts(database: Database, job_id: int, version_id: int) -> RunCounts:
    """How many of the job's runs of a version wait or run, are done, failed, or were cancelled."""
    with database.read() as session:
        found = queries.run_states(session, job_id, version_id)
    waiting = sum(found.get(state, 0) for state in WAITING)
    return RunCounts(waiting, found.get("done", 0), found.get("failed", 0), found.get("cancelled", 0))


def open_runs(database: Database, job_id: int) -> tuple[int, ...]:
    """Ids of the runs that are not over and that nobody had asked for before the job."""
    with database.read() as session:
        job = queries.job(session, job_id)
        return tuple(
            run.id for run in queries.runs_in(session, job_id, WAITING) if run.created_at >= job.created_at
        )


def failed_runs(database: Database, job_id: int, version_id: int) -> tuple[FailedRun, ...]:
    """Videos that a version could not spot, with the reasons."""
    with database.read() as session:
        runs = queries.runs_in(session, job_id, ("failed",))
        return tuple(FailedRun(r.video_id, r.id, r.message) for r in runs if r.model_version_id == version_id)
