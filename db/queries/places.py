"""Questions about where people stopped, and what they did in which order."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Operation, Place, Video


def place_in(session: Session, annotator_id: int, video_id: int) -> Place | None:
    return session.scalar(select(Place).where(Place.annotator_id == annotator_id, Place.video_id == video_id))


def newest_place(session: Session, annotator_id: int, study_id: int) -> tuple[Place, str] | None:
    """The place touched last in the ready videos of a study, with the video's title."""
    question = (
        select(Place, Video.title)
        .join(Video, Video.id == Place.video_id)
        .where(Place.annotator_id == annotator_id, Video.study_id == study_id, Video.state == "ready")
        .order_by(Place.changed_at.desc(), Place.id.desc())
        .limit(1)
    )
    found = session.execute(question).first()
    return None if found is None else (found[0], found[1])


def newest_operations(session: Session, annotator_id: int, study_id: int, most: int) -> Sequence[Operation]:
    """The last operations of one person in a study, oldest first."""
    question = (
        select(Operation)
        .join(Video, Video.id == Operation.video_id)
        .where(Operation.annotator_id == annotator_id, Video.study_id == study_id)
        .order_by(Operation.sequence.desc())
        .limit(most)
    )
    return session.scalars(question).all()[::-1]
