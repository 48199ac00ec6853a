"""Questions about imported signals."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import ImportedSignal


def of_video(session: Session, video_id: int) -> Sequence[ImportedSignal]:
    """In the order in which they were imported."""
    question = select(ImportedSignal).where(ImportedSignal.video_id == video_id).order_by(ImportedSignal.id)
    return session.scalars(question).all()


def titled(session: Session, video_id: int, title: str) -> ImportedSignal | None:
    question = select(ImportedSignal).where(ImportedSignal.video_id == video_id, ImportedSignal.title == title)
    return session.scalar(question)
