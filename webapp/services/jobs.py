"""Jobs: their rows, their folders and their logs. The runs that a job waits for stand in `job_runs`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from db.base import now
from db.models import Job as JobRow
from db.models import JobVideo, Study, Video
from db.models.jobs import JOB_KINDS
from db.queries import jobs as queries
from db.session import Database
from webapp import mapping
from webapp.services import audit
from webapp.services.errors import NotFound, Refused
from webapp.values.jobs import Job, JobPage

__all__ = ["Job", "JobPage"]

OVER = queries.OVER
WAITING = ("queued", "running")


def create(
    database: Database,
    kind: str,
    params: Mapping[str, Any],
    study_id: int,
    created_by: int | None = None,
    priority: int = 10,
    videos: Iterable[int] = (),
) -> int:
    """A queued job; whoever makes it puts its work into the queue (`queueing.enqueue_job`).

    Args:
        kind: one of `JOB_KINDS`.
        params: JSON; videos only by id, as numbers in a list "videos" or members "video_id" of entries in lists.
        videos: ids of the videos it looks at, as far as they are known already.

    Raises:
        NotFound: no such study or video.
        Refused: an unknown kind.
    """
    if kind not in JOB_KINDS:
        raise Refused(f"There is no work of the kind “{kind}”; there are {', '.join(JOB_KINDS)}.")
    with database.begin() as session:
        if session.get(Study, study_id) is None:
            raise NotFound(f"There is no study {study_id}.")
        job = JobRow(study_id=study_id, kind=kind, params=dict(params), priority=priority, created_by=created_by)
        session.add(job)
        session.flush()
        _look_at(session, job, videos)
        audit.note(session, created_by, study_id, "start job", {"job_id": job.id, "kind": kind})
        return job.id


def look_at(database: Database, job_id: int, videos: Iterable[int]) -> None:
    """Say which videos a job looks at, so that an erasure of one finds the job; again is harmless."""
    with database.begin() as session:
        _look_at(session, _job(session, job_id, lock=True), videos)


def _look_at(session: Session, job: JobRow, videos: Iterable[int]) -> None:
    wanted = sorted(set(videos) - queries.video_ids(session, job.id))
    missing = [video_id for video_id in wanted if session.get(Video, video_id) is None]
    if missing:
        raise NotFound(f"There is no video {missing[0]} (any more).")
    session.add_all(JobVideo(job_id=job.id, video_id=video_id) for video_id in wanted)


def set_progress(database: Database, job_id: int, progress: float, message: str = "") -> bool:
    """0..1; returns False when the job shall stop (somebody asked to cancel it, or it is over)."""
    with database.begin() as session:
        job = _job(session, job_id, lock=True)
        if job.state in OVER or job.cancel_requested:
            return False
        job.state, job.progress, job.message = "running", min(max(progress, 0.0), 1.0), message
        job.started_at = job.started_at or now()
        return True


def set_part(database: Database, job_id: int, name: str, values: Mapping[str, Any]) -> None:
    """Add what is known of one part of the work to the result, which a person can look at while the job runs."""
    with database.begin() as session:
        job = _job(session, job_id, lock=True)
        parts = dict((job.result or {}).get("parts") or {})
        parts[name] = {**parts.get(name, {}), **values}
        job.result = {**(job.result or {}), "parts": parts}


def finish(database: Database, job_id: int, result: Mapping[str, Any]) -> None:
    """Done, with its result beside that of its parts; doing it twice is harmless.

    Raises:
        Refused: the job was cancelled.
    """
    with database.begin() as session:
        job = _job(session, job_id, lock=True)
        if job.state == "cancelled":
            raise Refused(f"Job {job_id} was cancelled.")
        job.result = {**(job.result or {}), **result}
        job.state, job.progress, job.message = "done", 1.0, ""
        job.started_at, job.finished_at = job.started_at or now(), job.finished_at or now()


def fail(database: Database, job_id: int, message: str) -> None:
    """Over, with the sentence that says why."""
    _end(database, job_id, "failed", message)


def cancel(database: Database, job_id: int) -> None:
    """Say that the work has stopped because somebody asked for it."""
    _end(database, job_id, "cancelled", "")


def _end(database: Database, job_id: int, state: str, message: str) -> None:
    with database.begin() as session:
        job = _job(session, job_id, lock=True)
        if job.state not in OVER:
            job.state, job.message, job.finished_at = state, message, now()


def request_cancel(database: Database, job_id: int, by: int | None = None) -> None:
    """Ask a job to stop; one that has not started is cancelled at once."""
    with database.begin() as session:
        job = _job(session, job_id, lock=True)
        if job.state in OVER:
            return
        job.cancel_requested = True
        if job.state == "queued":
            job.state, job.finished_at = "cancelled", now()
        audit.note(session, by, job.study_id, "cancel job", {"job_id": job.id, "kind": job.kind})


def retry(database: Database, job_id: int, by: int | None = None) -> None:
    """Queue a failed or cancelled job again; what it finished before is kept and taken over.

    Raises:
        NotFound: there is no such job.
        Refused: it is done, waits or runs.
    """
    with database.begin() as session:
        job = _job(session, job_id, lock=True)
        if job.state not in ("failed", "cancelled"):
            raise Refused("Only a job that failed or was cancelled can go on.")
        job.state, job.message, job.cancel_requested, job.finished_at = "queued", "", False, None
        audit.note(session, by, job.study_id, "retry job", {"job_id": job.id, "kind": job.kind})


def set_priority(database: Database, job_id: int, priority: int) -> None:
    """Remember the priority, so that work that is asked for again keeps its place."""
    with database.begin() as session:
        _job(session, job_id, lock=True).priority = priority


def get(database: Database, job_id: int) -> Job:
    """Raises NotFound where there is none."""
    with database.read() as session:
        return mapping.from_row(Job, _job(session, job_id))


def list_jobs(
    database: Database, study_id: int, states: tuple[str, ...] = (), kind: str = "", page: int = 1, per_page: int = 20
) -> JobPage:
    """Jobs of a study, newest first; in these states (none: all), of this kind ("": all)."""
    with database.read() as session:
        rows, total = queries.jobs(session, study_id, states, kind, (max(1, page) - 1) * per_page, per_page)
        pages = max(1, -(-total // per_page))
        return JobPage(tuple(mapping.from_row(Job, row) for row in rows), total, max(1, page), pages)


def folder_name(job_id: int) -> str:
    """Folder of a job's log, report and working files, relative to the data folder; it goes with an erased video."""
    return f"jobs/job-{job_id}"


def folder(data_dir: Path, job_id: int) -> Path:
    return Path(data_dir) / folder_name(job_id)


def note(data_dir: Path, job_id: int, line: str) -> None:
    """Append a line to the log of a job."""
    path = folder(data_dir, job_id) / "log.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {line}\n")


def log_lines(data_dir: Path, job_id: int, count: int = 200) -> tuple[str, ...]:
    """The last lines of a job's log, oldest first."""
    try:
        text = (folder(data_dir, job_id) / "log.txt").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ()
    return tuple(text.splitlines()[-count:])


def _job(session: Session, job_id: int, lock: bool = False) -> JobRow:
    job = queries.job(session, job_id, lock)
    if job is None:
        raise NotFound(f"There is no job {job_id}.")
    return job
