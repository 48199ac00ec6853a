"""What people decided: the current row of every interval, the log of every operation, and the footage looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, now, one_of
from db.models.spotting import EXPRESSION_TYPES, FRAME_ORDER

VERDICTS = ("accepted", "adjusted", "rejected", "unsure", "added")
# Which reasons there are is the study's scheme; here only that one is named.
REASON_NAMED = "length(reason) BETWEEN 1 AND 36"
VERBS = (
    "accept", "adjust", "reject", "unsure", "add", "edit", "delete", "undo", "review_span", "unreview_span", "import",
)  # fmt: skip


class Annotation(Base):
    """An interval decided by a person. A deleted one keeps its row, so that versions go on counting and undo works."""

    __tablename__ = "annotations"
    __table_args__ = (
        UniqueConstraint("annotator_id", "proposal_id"),
        one_of("type", EXPRESSION_TYPES),
        one_of("verdict", VERDICTS),
        CheckConstraint(REASON_NAMED, name="reason_named"),
        CheckConstraint(FRAME_ORDER, name="frame_order"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("(verdict = 'rejected') = (reason IS NOT NULL)", name="rejected_has_reason"),
        CheckConstraint("verdict NOT IN ('accepted', 'adjusted', 'rejected') OR proposal_id IS NOT NULL OR imported",
                        name="verdict_has_proposal"),
        CheckConstraint("verdict <> 'added' OR proposal_id IS NULL", name="added_has_no_proposal"),
        CheckConstraint("confidence >= 0 AND confidence <= 1", name="confidence"),
        Index(None, "video_id", "annotator_id"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Code, primary_key=True)
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"))
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotators.id"))
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposals.id"), index=True)
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
    imported: Mapped[bool] = mapped_column(default=False)
    deleted: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class Operation(Base):
    """One confirmed decision, append-only (triggers guard it). `id` is made by the client, so a resent one is known.

    `keys` counts key presses and clicks since the operation before; empty where the client did not count.
    """

    __tablename__ = "operations"
    __table_args__ = (
        UniqueConstraint("id"),
        one_of("verb", VERBS),
        CheckConstraint("base_version >= 0 AND version >= 0", name="versions"),
        # What somebody did last (pace, sitting) is found from the end, without sorting all that they ever did.
        Index(None, "annotator_id", "sequence"),
        CheckConstraint("keys >= 0", name="keys"),
        Index(None, "video_id", "annotator_id"),
        {"sqlite_autoincrement": True},
    )

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Code)
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"))
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotators.id"))
    verb: Mapped[str] = mapped_column(Code)
    interval_id: Mapped[str | None] = mapped_column(ForeignKey("annotations.id"), index=True)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposals.id"), index=True)
    base_version: Mapped[int]
    version: Mapped[int]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    # Indexed, because erasing an operation looks for those that undo it: through the whole log, without.
    undoes: Mapped[str | None] = mapped_column(ForeignKey("operations.id"), index=True)
    model_version_id: Mapped[int | None] = mapped_column(ForeignKey("model_versions.id"), index=True)
    session: Mapped[str] = mapped_column(String(200), default="")
    keys: Mapped[int | None]
    client_time: Mapped[datetime | None]
    server_time: Mapped[datetime] = mapped_column(default=now)


class ReviewedSpan(Base):
    """Footage an annotator has looked at; the spans of one annotator on one video neither overlap nor touch."""

    __tablename__ = "reviewed_spans"
    __table_args__ = (
        UniqueConstraint("video_id", "annotator_id", "first"),
        CheckConstraint("0 <= first AND first <= last", name="frame_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"))
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotators.id"), index=True)
    first: Mapped[int]
    last: Mapped[int]
