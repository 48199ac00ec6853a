"""Signals measured by other programs, such as OpenFace, on a video of the library."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, now


class ImportedSignal(Base):
    """One imported table; its numbers lie in the folder `path`, its columns are [name, unit] pairs in their order."""

    __tablename__ = "imported_signals"
    __table_args__ = (
        UniqueConstraint("video_id", "title"),
        UniqueConstraint("path"),
        CheckConstraint("samples >= 1", name="samples"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id"))
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotators.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    path: Mapped[str] = mapped_column(String(200))
    columns: Mapped[list[Any]]
    samples: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
