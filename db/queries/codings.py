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


def codings_of(session: Session, annotator_id: int, video_ids: Collection[int]) -> Sequence[VideoCoding]:
    """One person's of these videos."""
    asked = VideoCoding.annotator_id == annotator_id, VideoCoding.video_id.in_(video_ids)
    return session.scalars(select(VideoCoding).where(*asked)).all()


def worked_in(session: Session, annotator_id: int, video_ids: Collection[int]) -> set[int]:
    """Those of the videos in which this person has stood or decided anything, however long ago."""
    found: set[int] = set()
    if video_ids:
        for table in (Place, Operation):
            asked = table.annotator_id == annotator_id, table.video_id.in_(video_ids)
            found |= set(session.scalars(select(table.video_id).where(*asked).distinct()))
    return found
