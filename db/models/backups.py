"""Backups that were made: where each lies and which videos it holds, so that a withdrawal can name them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Bytes, now


class Backup(Base):
    """`video_ids` are numbers only: the row outlives the people in the videos. `gone_at`: somebody has deleted it."""

    __tablename__ = "backups"
    __table_args__ = (UniqueConstraint("folder", "made_at"), CheckConstraint("size_bytes >= 0", name="size"))

    id: Mapped[int] = mapped_column(primary_key=True)
    folder: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=now)
    size_bytes: Mapped[int] = mapped_column(Bytes)
    video_ids: Mapped[list[Any]]
    gone_at: Mapped[datetime | None]
