"""Withdrawals of subjects: what was asked for, how far it is, and afterwards only that it happened.

While one is under way its row knows what is needed to go on after a crash (`words`, `work`); the last step empties both
before the database is compacted, so that the finished row holds numbers only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, now, one_of

WITHDRAWAL_STATES = ("stopping", "erasing", "destroying", "compacting", "done")


class Withdrawal(Base):
    """One subject taken out of everything.

    `work` are (kind, row id) of work that was ever asked for about the person; `found` counts what there was.
    """

    __tablename__ = "withdrawals"
    __table_args__ = (
        one_of("state", WITHDRAWAL_STATES),
        CheckConstraint("state <> 'done' OR (words IS NULL AND work IS NULL)", name="done_knows_nobody"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), index=True)
    subject_id: Mapped[int]  # outlives the subject, so no key
    state: Mapped[str] = mapped_column(Code, default="stopping")
    words: Mapped[list[Any] | None]
    work: Mapped[list[Any] | None]
    video_ids: Mapped[list[Any]]
    found: Mapped[dict[str, Any]]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("annotators.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
