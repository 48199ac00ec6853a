"""Subjects and their videos."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.base import Base, Bytes, Code, now, one_of

VIDEO_STATES = ("importing", "ready", "failed")
VIDEO_KINDS = ("file", "images")
SUBJECT_ROLES = ("train", "validation", "test")


class Subject(Base):
    """A person filmed. The first label set that holds the person gives the role; a trigger keeps it."""

    __tablename__ = "subjects"
    __table_args__ = (UniqueConstraint("study_id", "code"), one_of("role", SUBJECT_ROLES))

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    code: Mapped[str] = mapped_column(String(200))
    role: Mapped[str | None] = mapped_column(Code)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Video(Base):
    """A video of the library. What only an import can know is empty until the state is "ready"."""

    __tablename__ = "videos"
    __table_args__ = (
        UniqueConstraint("study_id", "sha256"),
        UniqueConstraint("study_id", "title"),
        one_of("state", VIDEO_STATES),
        one_of("kind", VIDEO_KINDS),
        CheckConstraint("frame_count >= 1", name="frames"),
        CheckConstraint("progress >= 0 AND progress <= 1", name="progress"),
        CheckConstraint("rate > 0", name="rate"),
        CheckConstraint(
            "state <> 'ready' OR (sha256 IS NOT NULL AND frame_count IS NOT NULL AND fps IS NOT NULL)",
            name="ready_is_complete",
        ),
        # The list shows the newest videos of a study, and how many are in which state.
        Index(None, "study_id", "state"),
        # An id is never used again: files and erasures of a deleted video must not meet a new one.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("subjects.id"), index=True)
    title: Mapped[str] = mapped_column(String(500))
    path: Mapped[str]
    kind: Mapped[str] = mapped_column(Code)
    sha256: Mapped[str | None] = mapped_column(String(64))
    size_bytes: Mapped[int | None] = mapped_column(Bytes)
    rate: Mapped[float | None]
    synthetic: Mapped[bool] = mapped_column(default=False)
    person: Mapped[dict[str, Any] | None]
    added_by: Mapped[int | None] = mapped_column(ForeignKey("annotators.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    state: Mapped[str] = mapped_column(Code, default="importing")
    progress: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str] = mapped_column(default="")
    frame_count: Mapped[int | None]
    fps: Mapped[float | None]
    duration: Mapped[float | None]
    variable_rate: Mapped[bool | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    rotation: Mapped[int | None]
    pixel_aspect: Mapped[float | None]
    codec: Mapped[str | None] = mapped_column(String(100))
    bit_depth: Mapped[int | None]
    has_audio: Mapped[bool | None]
    missing_frames: Mapped[int] = mapped_column(default=0)
    frames_path: Mapped[str | None]
    audio_path: Mapped[str | None]
    thumbnail_path: Mapped[str | None]
    # Counted up by triggers whenever a decision is logged or proposals are added: tells whether a total is still true.
    revision: Mapped[int] = mapped_column(default=0, server_default="0")

    subject: Mapped[Subject | None] = relationship(lazy="joined")
