"""What the work of every kind of job shares: beginning, telling how far it is, its log, and its end.

The rows and files are those of `services.jobs`; what each kind does stands in a module of its own.
"""

from __future__ import annotations

import time

from webapp import job_control
from webapp.jobs.context import Progress, current, step
from webapp.jobs.job_folder import keep, take
from webapp.services import jobs
from webapp.values.jobs import Job


def job_of(job_id: int) -> Job:
    return jobs.get(current().database, job_id)


def progress_of(job_id: int, first: float, last: float, message: str) -> Progress:
    """Progress of a part of a job; calling it raises Cancelled once the job was taken back."""
    database = current().database
    return Progress(lambda share: jobs.set_progress(database, job_id, share, message), first, last)


def note(job_id: int, line: str) -> None:
    """Append a line to the job's log."""
    jobs.note(current().settings.data_dir, job_id, line)


class Stopwatch:
    """Writes into a part of the result how many seconds it took, what an interruption cost included."""

    def __init__(self, job_id: int, part: str) -> None:
        self._job_id, self._part = job_id, part
        begun = job_of(job_id).part(part).get("begun_at")
        if begun is None:
            begun = time.time()
            jobs.set_part(current().database, job_id, part, {"begun_at": begun})
        self._begun = begun

    def stop(self, **values: object) -> None:
        """The part is over, with what is known of it."""
        seconds = round(time.time() - self._begun, 1)
        jobs.set_part(current().database, self._job_id, self._part, {**values, "seconds": seconds})


@step(name="run_job.begin")
def begin(job_id: int) -> str:
    """Say that the work runs; returns the kind of the job."""
    job = job_of(job_id)
    for part in (job.result or {}).get("parts", {}):  # what is done again is timed anew
        jobs.set_part(current().database, job_id, part, {"begun_at": None})
    progress_of(job_id, 0.0, 0.0, "starting")(0, 1)
    take(jobs.folder(current().settings.data_dir, job_id))
    note(job_id, f"{job.title}: {'goes on' if job.result else 'begins'}")
    return job.kind


@step(name="run_job.fail")
def fail(job_id: int, message: str) -> None:
    """Keep the sentence where the jobs page shows it; work that only this job wanted stops with it."""
    note(job_id, f"failed: {message}")
    keep(jobs.folder(current().settings.data_dir, job_id))
    _stop_children(job_id)
    jobs.fail(current().database, job_id, message)


def cancelled(job_id: int) -> None:
    """The job was taken back: so are the runs and the training that it asked for."""
    _stop_children(job_id)
    note(job_id, "cancelled")
    jobs.cancel(current().database, job_id)


def _stop_children(job_id: int) -> None:
    job_control.stop_children(current().settings, current().database, job_id)
