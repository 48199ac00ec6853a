"""Adjudication: the annotator of each study that speaks for all, and the log of who settled which disagreement how."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, now, one_of

CHOICES = ("a", "b", "mean", "redraw", "neither", "agreed", "undo")


class ConsensusAnnotator(Base):
    """The annotator that holds a study's consensus: no person, has no account, is in no study's list of people."""

    __tablename__ = "consensus_annotators"
    __table_args__ = (UniqueConstraint("annotator_id"),)

    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), primary_key=True, autoincrement=False)
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotators.id"))


class Adjudication(Base):
    """One decision between two coders, append-only (a trigger guards it). `id` is made by the client.

    What is decided on are one annotation of each coder, or one and none. The versions are those that were looked at:
    a coder who changes theirs opens the question again. An "undo" names what it takes back. `annotation_id` is what the
    consensus holds afterwards, if anything.
    """

    __tablename__ = "adjudications"
    __table_args__ = (
        UniqueConstraint("id"),
        one_of("choice", CHOICES),
        CheckConstraint("(choice = 'undo') = (undoes IS NOT NULL)", name="undo_names_what"),
        CheckConstraint("first_annotation_id IS NOT NULL OR second_annotation_id IS NOT NULL", name="about_something"),
        CheckConstraint("length(reason) BETWEEN 1 AND 36", name="reason_named"),
        Index(None, "video_id", "first_coder", "second_coder"),
        {"sqlite_autoincrement": True},
    )

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Code)
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"))
    first_coder: Mapped[int] = mapped_column(ForeignKey("annotators.id"))
    second_coder: Mapped[int] = mapped_column(ForeignKey("annotators.id"))
    first_annotation_id: Mapped[str | None] = mapped_column(ForeignKey("annotations.id"), index=True)
    second_annotation_id: Mapped[str | None] = mapped_column(ForeignKey("annotations.id"), index=True)
    first_version: Mapped[int | None]
    second_version: Mapped[int | None]
    choice: Mapped[str] = mapped_column(Code)
    reason: Mapped[str] = mapped_column(Code)
    note: Mapped[str] = mapped_column(String(1000), default="")
    decided_by: Mapped[int] = mapped_column(ForeignKey("annotators.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    annotation_id: Mapped[str | None] = mapped_column(ForeignKey("annotations.id"), index=True)
    operation_id: Mapped[str | None] = mapped_column(ForeignKey("operations.id"), index=True)
    undoes: Mapped[str | None] = mapped_column(ForeignKey("adjudications.id"), index=True)
