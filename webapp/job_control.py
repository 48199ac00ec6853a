"""Starting, cancelling and retrying jobs: the row and the work in the queue together. Pages and jobs call this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from db.session import Database
from webapp import queueing
from webapp.services import job_runs, jobs, spotting, training, workers
from webapp.settings import Settings
from webapp.values.jobs import LOSO

# Of jobs that wait, what takes a day is begun after what takes minutes.
USUAL, LONG = 10, 20


def start(
    settings: Settings,
    database: Database,
    kind: str,
    params: Mapping[str, Any],
    study_id: int,
    created_by: int | None,
    videos: Iterable[int] = (),
) -> int:
    """Make a job and ask for its work; returns its id."""
    priority = LONG if kind == LOSO else USUAL
    job_id = jobs.create(database, kind, params, study_id, created_by, priority, videos)
    queueing.enqueue_job(job_id, settings, priority)
    return job_id


def cancel(settings: Settings, database: Database, job_id: int, by: int | None = None) -> None:
    """Take a job back with all that it asked for; a worker that has it stops within seconds."""
    jobs.request_cancel(database, job_id, by)
    queueing.cancel(queueing.JOBS, job_id, settings)
    stop_children(settings, database, job_id)


def stop_children(settings: Settings, database: Database, job_id: int) -> None:
    """Take back the runs and the training that a job asked for and that are not over."""
    for run_id in job_runs.open_runs(database, job_id):
        queueing.cancel(queueing.SPOTTING, run_id, settings)
        spotting.cancel_run(database, run_id)
    training_id = jobs.get(database, job_id).part("train").get("training_id")
    if training_id is not None:
        training.request_cancel(database, training_id)
        queueing.cancel(queueing.TRAINING, training_id, settings)


def move(settings: Settings, database: Database, kind: str, row_id: int | str, priority: int) -> bool:
    """Let waiting work of any kind come earlier or later; False where it has begun."""
    if kind == queueing.JOBS and isinstance(row_id, int):
        jobs.set_priority(database, row_id, priority)
    return queueing.set_priority(kind, row_id, priority, settings)


def retry(settings: Settings, database: Database, job_id: int, reason: str, by: int | None = None) -> None:
    """Let a failed or cancelled job go on where it stopped.

    Args:
        reason: a sentence for the notes on work that was taken up again.

    Raises:
        Refused: it is done, waits or runs.
    """
    jobs.retry(database, job_id, by)
    jobs.note(settings.data_dir, job_id, f"taken up again: {reason}")
    workers.note_asked_again(database, queueing.JOBS, job_id, reason)
    queueing.enqueue_job(job_id, settings, jobs.get(database, job_id).priority)
