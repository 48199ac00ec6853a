"""How people code videos: with proposals or blind, settled when they open one for the first time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, now


class VideoCoding(Base):
    """One annotator and one video.

    A blind coding ends (`ended_at`) when the annotator has reviewed the whole video: `coded` keeps what they had found
    by then, and `proposal_set_id` what the model proposed, none where it had not been asked yet.
    """

    __tablename__ = "video_codings"
    __table_args__ = (
        UniqueConstraint("annotator_id", "video_id"),
        CheckConstraint("blind OR ended_at IS NULL", name="only_blind_ends"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotators.id"))
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"), index=True)
    blind: Mapped[bool]
    begun_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    coded: Mapped[list[Any] | None]  # {"type", "onset", "apex", "offset", "verdict"} each
    proposal_set_id: Mapped[int | None] = mapped_column(ForeignKey("proposal_sets.id"))
