"""Where people stopped: one row per annotator and video, so that work goes on at the same frame on any machine."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, now


class Place(Base):
    """`interval_id` is the selected interval; of a proposal nobody has decided there is no row to refer to."""

    __tablename__ = "places"
    __table_args__ = (UniqueConstraint("annotator_id", "video_id"), CheckConstraint("frame >= 0", name="frame"))

    id: Mapped[int] = mapped_column(primary_key=True)
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotators.id"))
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"), index=True)
    interval_id: Mapped[str | None] = mapped_column(Code)
    frame: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(default=now)
