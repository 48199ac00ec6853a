"""Training jobs, the model versions they make, and the movable names (aliases) such as "champion"."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, now, one_of
from db.models.spotting import WORK_STATES

ALIAS_CHANGES = ("promote", "roll_back")


class TrainingJob(Base):
    """A wish to train; `model_version_id` is what came of it, `warm_start` what it started from."""

    __tablename__ = "training_jobs"
    __table_args__ = (
        one_of("state", WORK_STATES),
        CheckConstraint("progress >= 0 AND progress <= 1", name="progress"),
        UniqueConstraint("model_version_id"),
        CheckConstraint("state <> 'done' OR model_version_id IS NOT NULL", name="done_has_version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    label_set_id: Mapped[int] = mapped_column(ForeignKey("label_sets.id"), index=True)
    architecture: Mapped[str] = mapped_column(String(100))
    preset: Mapped[str] = mapped_column(String(100))
    settings: Mapped[dict[str, Any]]
    warm_start: Mapped[int | None] = mapped_column(ForeignKey("model_versions.id"))
    model_version_id: Mapped[int | None] = mapped_column(ForeignKey("model_versions.id"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("annotators.id"))
    state: Mapped[str] = mapped_column(Code, default="queued")
    progress: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str] = mapped_column(default="")
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class ModelVersion(Base):
    """A registered checkpoint with its lineage; the baseline has no checkpoint.

    `affected_at` says when a person whose footage trained it (or its parents) withdrew.
    """

    __tablename__ = "model_versions"
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint("(checkpoint_path IS NULL) = (checkpoint_sha256 IS NULL)", name="checkpoint_is_hashed"),
        CheckConstraint("parent_id <> id", name="parent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    architecture: Mapped[str] = mapped_column(String(100))
    settings: Mapped[dict[str, Any]]
    label_set_id: Mapped[int | None] = mapped_column(ForeignKey("label_sets.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("model_versions.id"), index=True)
    code_version: Mapped[str] = mapped_column(String(100), default="")
    seed: Mapped[int | None]
    checkpoint_path: Mapped[str | None]
    checkpoint_sha256: Mapped[str | None] = mapped_column(String(64))
    scores: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(default="")
    lineage: Mapped[dict[str, Any] | None]
    affected_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Alias(Base):
    __tablename__ = "aliases"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    model_version_id: Mapped[int] = mapped_column(ForeignKey("model_versions.id"))


class AliasChange(Base):
    """The history of an alias; replaying it gives the stack that `roll_back` walks down."""

    __tablename__ = "alias_changes"
    __table_args__ = (one_of("kind", ALIAS_CHANGES), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    alias_id: Mapped[int] = mapped_column(ForeignKey("aliases.id"), index=True)
    kind: Mapped[str] = mapped_column(Code)
    from_version_id: Mapped[int | None] = mapped_column(ForeignKey("model_versions.id"))
    to_version_id: Mapped[int] = mapped_column(ForeignKey("model_versions.id"))
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("annotators.id"))
    changed_at: Mapped[datetime] = mapped_column(default=now)
