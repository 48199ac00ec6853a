"""Frozen copies of reviewed footage. Rows refuse changes (triggers); only erasing a person takes something out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, now, one_of
from db.models.library import SUBJECT_ROLES
from db.models.reviewing import REASON_NAMED, VERDICTS
from db.models.spotting import EXPRESSION_TYPES, FRAME_ORDER


class LabelSet(Base):
    """`withdrawn` counts the videos taken out by erasure: above 0 the rows no longer give `content_hash`."""

    __tablename__ = "label_sets"
    __table_args__ = (
        UniqueConstraint("study_id", "name"),
        CheckConstraint("length(content_hash) = 64", name="hash"),
        CheckConstraint("withdrawn >= 0", name="withdrawn"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    name: Mapped[str] = mapped_column(String(200))
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("annotators.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn: Mapped[int] = mapped_column(default=0)


class LabelSetSubject(Base):
    __tablename__ = "label_set_subjects"
    __table_args__ = (UniqueConstraint("label_set_id", "code"), one_of("role", SUBJECT_ROLES))

    id: Mapped[int] = mapped_column(primary_key=True)
    label_set_id: Mapped[int] = mapped_column(ForeignKey("label_sets.id"))
    subject_id: Mapped[int] = mapped_column(ForeignKey("subjects.id"), index=True)
    code: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(Code)


class LabelSetVideo(Base):
    """A video as it was frozen; its totals are counted once, because lists of sets would count every interval again."""

    __tablename__ = "label_set_videos"
    __table_args__ = (
        UniqueConstraint("label_set_id", "video_id"),
        CheckConstraint("frame_count >= 1", name="frames"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    label_set_id: Mapped[int] = mapped_column(ForeignKey("label_sets.id"))
    label_set_subject_id: Mapped[int] = mapped_column(ForeignKey("label_set_subjects.id"), index=True)
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"), index=True)
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotators.id"))
    title: Mapped[str] = mapped_column(String(500))
    sha256: Mapped[str] = mapped_column(String(64))
    frame_count: Mapped[int]
    fps: Mapped[float]
    reviewed: Mapped[list[Any]]
    reviewed_seconds: Mapped[float] = mapped_column(default=0.0)
    empty_seconds: Mapped[float] = mapped_column(default=0.0)
    macro: Mapped[int] = mapped_column(default=0)
    micro: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    unsure: Mapped[int] = mapped_column(default=0)


class LabelSetInterval(Base):
    """A decision as it was when the set was frozen, and where it comes from.

    Its origin (`annotation_id` and what follows) is empty in sets of before, and has no foreign keys: a frozen copy
    tells what was, whatever becomes of the rows it was taken from.
    """

    __tablename__ = "label_set_intervals"
    __table_args__ = (
        one_of("type", EXPRESSION_TYPES),
        one_of("verdict", VERDICTS),
        CheckConstraint(REASON_NAMED, name="reason_named"),
        CheckConstraint(FRAME_ORDER, name="frame_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    label_set_video_id: Mapped[int] = mapped_column(ForeignKey("label_set_videos.id"), index=True)
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"), index=True)
    type: Mapped[str] = mapped_column(Code)
    onset: Mapped[int]
    apex: Mapped[int | None]
    offset: Mapped[int]
    verdict: Mapped[str] = mapped_column(Code)
    reason: Mapped[str | None] = mapped_column(Code)
    action_units: Mapped[list[Any]] = mapped_column(default=list)
    emotion: Mapped[str] = mapped_column(String(100), default="")
    confidence: Mapped[float | None]
    note: Mapped[str] = mapped_column(default="")
    annotation_id: Mapped[str | None] = mapped_column(Code)
    proposal_id: Mapped[int | None]
    model_version_id: Mapped[int | None]
    decided_by: Mapped[int | None]
    decided_at: Mapped[datetime | None]
