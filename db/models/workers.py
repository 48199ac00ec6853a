"""Workers and their sign of life, and why work had to be taken up again. The queue itself is kept elsewhere (DBOS)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, now, one_of

WORKER_STATES = ("working", "silent", "ended")


class Worker(Base):
    """One row per worker's name; whoever starts under the name takes the row over with an incarnation of its own.

    `beats` counts signs of life: others watch whether it moves, so the clocks of two machines are never compared.
    """

    __tablename__ = "workers"
    __table_args__ = (
        UniqueConstraint("name"),
        one_of("state", WORKER_STATES),
        CheckConstraint("beats >= 0", name="beats"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    incarnation: Mapped[str] = mapped_column(Code)
    state: Mapped[str] = mapped_column(Code, default="working")
    beats: Mapped[int] = mapped_column(default=0)
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    kinds: Mapped[list[Any]]
    device: Mapped[str] = mapped_column(String(100))
    cores: Mapped[int]
    version: Mapped[str] = mapped_column(String(100))
    store: Mapped[str] = mapped_column(Code)
    started_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)


class Retry(Base):
    """Work of a row that was taken up again: which, why, whose it was and who saw to it. Goes with the row's video."""

    __tablename__ = "retries"
    __table_args__ = (Index(None, "kind", "row_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Code)
    row_id: Mapped[int]
    work: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str]
    from_worker: Mapped[str] = mapped_column(String(100), default="")
    by: Mapped[str] = mapped_column(String(100), default="")
    at: Mapped[datetime] = mapped_column(default=now)
