"""Questions about how people code videos: with proposals or blind."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Operation, Place, Video, VideoCoding


def coding(session: Session, annotator_id: int, video_id: int) -> VideoCoding | None:
    return session.scalar(
        select(VideoCoding).where(VideoCoding.annotator_id == annotator_id, VideoCoding.video_id == video_id)
    )


def codings_in(session: Session, study_id: int, annotator_ids: Collection[int]) -> Sequence[VideoCoding]:
    """Those of these people in a study, by video."""
    return session.scalars(
        select(VideoCoding)
        .join(Video, Video.id == VideoCoding.video_id)
        .where(Video.study_id == study_id, VideoCoding.annotator_id.in_(annotator_ids))
        .order_by(VideoCoding.video_id, VideoCoding.annotator_id)
    ).all()


def has_worked(session: Session, annotator_id: int, video_id: int) -> bool:
    """Whether this person has stood or decided anything in this video, however long ago."""
    for table in (Place, Operation):
        question = select(table.id).where(table.annotator_id == annotator_id, table.video_id == video_id).limit(1)
        if session.scalar(question) is not None:
            return True
    return False
