"""Videos that were chosen to be coded next, and why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, now, one_of

PICK_KINDS = ("random", "uncertain", "different")


class CodingPick(Base):
    """One video of a batch. Kept when it is coded: only who was drawn at random, and from how many, is a fair sample.

    `waiting` is the number of uncoded videos that the batch was chosen from, `seed` that of its random part.
    """

    __tablename__ = "coding_picks"
    __table_args__ = (UniqueConstraint("study_id", "batch", "place"), one_of("kind", PICK_KINDS))

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"), index=True)
    batch: Mapped[int]
    place: Mapped[int]
    kind: Mapped[str] = mapped_column(Code)
    doubt: Mapped[float | None]
    difference: Mapped[float | None]
    new_subject: Mapped[bool]
    waiting: Mapped[int]
    seed: Mapped[int]
    model_version_id: Mapped[int | None] = mapped_column(ForeignKey("model_versions.id"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("annotators.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
