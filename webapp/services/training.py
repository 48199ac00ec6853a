"""Training jobs: their rows, and the files that tell how they are going."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from db.base import now
from db.models import Retry
from db.models import TrainingJob as TrainingJobRow
from db.queries import label_sets
from db.queries import registry as queries
from db.session import Database
from webapp import mapping
from webapp.services.errors import NotFound, Refused
from webapp.values.registry import ModelVersion, TrainingJob

__all__ = [
    "ARCHITECTURES",
    "TUNE",
    "TrainingJob",
    "can_start",
    "cancel_job",
    "create_job",
    "fail_job",
    "finish_job",
    "get_job",
    "job_dir",
    "list_jobs",
    "log_lines",
    "metrics",
    "request_cancel",
    "retry_job",
    "set_job_progress",
    "was_trained_on",
]

OVER = ("done", "failed", "cancelled")
# What a job can train: networks over the traces that the worker measures. FESNet looks at pictures instead.
ARCHITECTURES = ("spot_gcn", "dilated", "spotformer")
TUNE, ENSEMBLE = "tune", "ensemble"  # the preset that goes on from a version, and what only it can train


def create_job(
    database: Database,
    label_set_id: int,
    architecture: str,
    preset: str,
    settings: Mapping[str, Any],
    warm_start: int | None = None,
    created_by: int | None = None,
) -> int:
    """A queued job.

    Args:
        architecture: with a version to start from, the one of that version.
        preset: "tune" goes on from a version without forgetting, see `spotcore.training.tuning`.
        warm_start: model version to start from; it must have a checkpoint of the same architecture.

    Raises:
        NotFound: no such label set or version.
        Refused: an architecture that the worker cannot train, a version to start from that does not fit, or a person
            of the label set who withdrew.
    """
    if preset == TUNE and warm_start is None:
        raise Refused("The preset tune goes on from a version: choose one to start from, or another preset.")
    if architecture not in (*ARCHITECTURES, *([ENSEMBLE] if preset == TUNE else [])):
        raise Refused(
            f"The worker cannot train “{architecture}”; it trains {', '.join(ARCHITECTURES)}. "
            "(FESNet learns from face pictures: `python -m spotcore train` on the command line.)"
        )
    with database.begin() as session:
        label_set = label_sets.label_set(session, label_set_id)
        if label_set is None:
            raise NotFound(f"There is no label set {label_set_id}.")
        if label_set.withdrawn:
            raise Refused(f"Somebody withdrew from the label set “{label_set.name}”; freeze a new one and train on it.")
        if warm_start is not None:
            _check_start(session, warm_start, architecture)
        job = TrainingJobRow(
            label_set_id=label_set_id,
            architecture=architecture,
            preset=preset,
            settings=dict(settings),
            warm_start=warm_start,
            created_by=created_by,
        )
        session.add(job)
        session.flush()
        return job.id


def can_start(version: ModelVersion) -> bool:
    """Whether learning can go on from a version: it has a network over traces, and nobody in it withdrew."""
    trainable = version.architecture in (*ARCHITECTURES, ENSEMBLE)
    return version.checkpoint_path is not None and trainable and version.affected_at is None


def _check_start(session: Session, version_id: int, architecture: str) -> None:
    version = queries.version(session, version_id)
    if version is None:
        raise NotFound(f"There is no model version {version_id}.")
    if version.checkpoint_path is None or version.architecture != architecture:
        raise Refused(f"“{version.name}” has no checkpoint of the architecture {architecture} to start from.")
    if version.affected_at is not None:
        raise Refused(f"“{version.name}” learned from somebody who withdrew; nothing new may start from it.")


def set_job_progress(database: Database, job_id: int, progress: float, message: str = "") -> bool:
    """0..1; returns False when the job shall stop (somebody asked to cancel it, or it is over)."""
    with database.begin() as session:
        job = _job(session, job_id, lock=True)
        if job.state in OVER or job.cancel_requested:
            return False
        job.state, job.progress, job.message = "running", min(max(progress, 0.0), 1.0), message
        job.started_at = job.started_at or now()
        return True


def finish_job(database: Database, job_id: int, model_version_id: int, message: str = "") -> None:
    """Done, with the version it made; doing it twice is harmless."""
    with database.begin() as session:
        job = _job(session, job_id, lock=True)
        job.model_version_id, job.state, job.progress, job.message = model_version_id, "done", 1.0, message
        job.finished_at = job.finished_at or now()


def fail_job(database: Database, job_id: int, message: str) -> None:
    _end(database, job_id, "failed", message)


def cancel_job(database: Database, job_id: int) -> None:
    """Say that the worker has stopped because somebody asked to."""
    _end(database, job_id, "cancelled", "")


def _end(database: Database, job_id: int, state: str, message: str) -> None:
    with database.begin() as session:
        job = _job(session, job_id, lock=True)
        if job.state not in OVER:
            job.state, job.message, job.finished_at = state, message, now()


def request_cancel(database: Database, job_id: int) -> None:
    """Ask a job to stop; one that has not started is cancelled at once."""
    with database.begin() as session:
        job = _job(session, job_id, lock=True)
        if job.state not in OVER:
            job.cancel_requested = True
        if job.state == "queued":
            job.state, job.finished_at = "cancelled", now()


def retry_job(database: Database, job_id: int) -> None:
    """Queue a failed or cancelled job again; training goes on from its last saved epoch.

    Raises:
        NotFound: there is no such job.
        Refused: it is done, waits or runs.
    """
    with database.begin() as session:
        job = _job(session, job_id, lock=True)
        if job.state not in ("failed", "cancelled"):
            raise Refused("Only a job that failed or was cancelled can go on.")
        why = f"It failed ({job.message})" if job.state == "failed" else "It was cancelled"
        session.add(Retry(kind="training", row_id=job.id, reason=f"{why}; somebody asked for it again."))
        job.state, job.message, job.cancel_requested, job.finished_at = "queued", "", False, None


def get_job(database: Database, job_id: int) -> TrainingJob:
    """Raises NotFound where there is none."""
    with database.read() as session:
        job = _job(session, job_id)
        return mapping.training_job(job, label_sets.label_set(session, job.label_set_id).name)


def list_jobs(database: Database, study_id: int | None = None) -> tuple[TrainingJob, ...]:
    """Newest first; of one study, or of all for programs."""
    with database.read() as session:
        return tuple(mapping.training_job(job, label_set) for job, label_set in queries.jobs(session, study_id))


def was_trained_on(database: Database, label_set_id: int) -> bool:
    """Whether a training of this label set was ever asked for."""
    with database.read() as session:
        return queries.has_job(session, label_set_id)


def _job(session: Session, job_id: int, lock: bool = False) -> TrainingJobRow:
    job = queries.job(session, job_id, lock)
    if job is None:
        raise NotFound(f"There is no training job {job_id}.")
    return job


def job_dir(data_dir: Path, job_id: int) -> Path:
    """Folder of a job: manifest.json, metrics.jsonl, log.txt, states and checkpoint."""
    return Path(data_dir) / "jobs" / str(job_id)


def metrics(data_dir: Path, job_id: int) -> tuple[Mapping[str, Any], ...]:
    """One mapping per finished epoch; none before the first. A line that is just being written is left out."""
    return tuple(_complete(_lines(job_dir(data_dir, job_id) / "metrics.jsonl")))


def _complete(lines: list[str]):
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            return


def log_lines(data_dir: Path, job_id: int, count: int = 200) -> tuple[str, ...]:
    """The last lines of a job's log, oldest first."""
    return tuple(_lines(job_dir(data_dir, job_id) / "log.txt")[-count:])


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
