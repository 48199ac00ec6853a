"""Studies, the people who label, and who works on which study in which role."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Code, now, one_of

ROLES = ("viewer", "annotator", "lead", "admin")


class Study(Base):
    __tablename__ = "studies"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    scheme: Mapped[dict[str, Any] | None]  # what is coded; none: the default scheme
    blind_share: Mapped[float] = mapped_column(default=0.0, server_default="0")  # of each person's videos, 0..1
    retention: Mapped[dict[str, Any] | None]  # days that things are kept; none: the default retention
    created_at: Mapped[datetime] = mapped_column(default=now)


class Annotator(Base):
    __tablename__ = "annotators"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    preferences: Mapped[dict[str, Any] | None]  # such as keys of their own; none: everything as delivered
    created_at: Mapped[datetime] = mapped_column(default=now)


class Assignment(Base):
    """An annotator works on a study; nobody else may write decisions there."""

    __tablename__ = "assignments"
    __table_args__ = (UniqueConstraint("study_id", "annotator_id"), one_of("role", ROLES))

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotators.id"), index=True)
    role: Mapped[str] = mapped_column(Code, default="annotator")
    created_at: Mapped[datetime] = mapped_column(default=now)
