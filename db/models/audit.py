"""Who did what and when. Rows are only ever added; a withdrawal blanks what an entry tells, never that it happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, now


class AuditEntry(Base):
    """`words` is what a search reads: action and details in lower case. `video_id` outlives the video, so no key."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "study_id", "at"), Index(None, "annotator_id", "at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    annotator_id: Mapped[int | None] = mapped_column(ForeignKey("annotators.id"))
    study_id: Mapped[int | None] = mapped_column(ForeignKey("studies.id"))
    video_id: Mapped[int | None] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(100), index=True)
    about: Mapped[dict[str, Any]]
    words: Mapped[str]
    redacted: Mapped[bool] = mapped_column(default=False)


class AuditCut(Base):
    """The one door through which entries go for good: a study's retention, which writes here what it removes.

    `open` only within the transaction that removes entries from before `before`; `removed` is how many those were.
    """

    __tablename__ = "audit_cuts"

    id: Mapped[int] = mapped_column(primary_key=True)
    before: Mapped[datetime]
    open: Mapped[bool] = mapped_column(default=True)
    removed: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(default=now)
