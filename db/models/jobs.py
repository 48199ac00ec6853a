"""Long work beyond imports, single runs and trainings: spotting a library, LOSO, comparing, seeded recall, a night.

`params` and `result` name videos by id only, as members "video_id" of entries in lists, so that erasing a video can
take its entries out. `JobVideo` says which videos a job looks at and which run it asked for.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, now, one_of
from db.models.spotting import WORK_STATES

JOB_KINDS = ("spot_library", "loso", "compare", "seeded_recall", "tonight", "benchmark", "clips")


class Job(Base):
    """A wish for long work, and what came of it; a smaller `priority` comes first."""

    __tablename__ = "jobs"
    __table_args__ = (
        one_of("kind", JOB_KINDS),
        one_of("state", WORK_STATES),
        CheckConstraint("progress >= 0 AND progress <= 1", name="progress"),
        CheckConstraint("state <> 'done' OR result IS NOT NULL", name="done_has_result"),
        Index(None, "study_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    kind: Mapped[str] = mapped_column(Code)
    params: Mapped[dict[str, Any]]
    priority: Mapped[int] = mapped_column(default=10)
    state: Mapped[str] = mapped_column(Code, default="queued")
    progress: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str] = mapped_column(default="")
    result: Mapped[dict[str, Any] | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("annotators.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class JobVideo(Base):
    """A video that a job looks at, with the spotting run that the job waits for, where there is one."""

    __tablename__ = "job_videos"
    __table_args__ = (UniqueConstraint("job_id", "video_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"), index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("spotting_runs.id"), index=True)
