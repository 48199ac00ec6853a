"""Spotting runs and what they proposed. Proposals never change (triggers guard them)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, now, one_of

WORK_STATES = ("queued", "running", "done", "failed", "cancelled")
EXPRESSION_TYPES = ("macro", "micro")
FRAME_ORDER = "0 <= onset AND onset <= \"offset\" AND (apex IS NULL OR (onset <= apex AND apex <= \"offset\"))"


class SpottingRun(Base):
    """One model version on one video; the probabilities lie in a file."""

    __tablename__ = "spotting_runs"
    __table_args__ = (
        one_of("state", WORK_STATES),
        CheckConstraint("progress >= 0 AND progress <= 1", name="progress"),
        CheckConstraint("false_alarms > 0", name="false_alarms"),
        CheckConstraint("state <> 'done' OR curves_path IS NOT NULL", name="done_has_curves"),
        Index(None, "video_id", "state"),
        Index(None, "state", "created_at"),  # the few that wait or run, among all that are done
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"))
    model_version_id: Mapped[int] = mapped_column(ForeignKey("model_versions.id"), index=True)
    false_alarms: Mapped[float]
    settings: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(Code, default="queued")
    progress: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str] = mapped_column(default="")
    curves_path: Mapped[str | None]
    features_path: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class ProposalSet(Base):
    """The proposals of a run at one sensitivity."""

    __tablename__ = "proposal_sets"
    __table_args__ = (
        UniqueConstraint("run_id", "false_alarms"),
        CheckConstraint("false_alarms > 0", name="false_alarms"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("spotting_runs.id"))
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"), index=True)
    false_alarms: Mapped[float]
    settings: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Proposal(Base):
    """An interval from a model. `video_id` repeats the run's, because the guard of deletions asks for it."""

    __tablename__ = "proposals"
    __table_args__ = (
        one_of("type", EXPRESSION_TYPES),
        CheckConstraint(FRAME_ORDER, name="frame_order"),
        # Annotations name their proposals by this number for ever.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_set_id: Mapped[int] = mapped_column(ForeignKey("proposal_sets.id"), index=True)
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"), index=True)
    type: Mapped[str] = mapped_column(Code)
    onset: Mapped[int]
    apex: Mapped[int | None]
    offset: Mapped[int]
    score: Mapped[float | None]
