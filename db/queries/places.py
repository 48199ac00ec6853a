"""Questions about where people stopped, and what they did in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from db.models import Operation, Place, Video


def place_in(session: Session, annotator_id: int, video_id: int) -> Place | None:
    return session.scalar(select(Place).where(Place.annotator_id == annotator_id, Place.video_id == video_id))


def place_to_change(session: Session, annotator_id: int, video_id: int) -> Place | None:
    """The row, held against other writers of it until the transaction ends."""
    question = select(Place).where(Place.annotator_id == annotator_id, Place.video_id == video_id)
    return session.scalar(question.with_for_update())


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


@dataclass(frozen=True)
class OperationAt:
    """When an operation was made and on what: all that times are reckoned from, without the states it changed."""

    sequence: int
    verb: str
    video_id: int
    interval_id: str | None
    session: str
    client_time: datetime | None
    server_time: datetime


_TIMED = (
    Operation.sequence, Operation.verb, Operation.video_id, Operation.interval_id, Operation.session,
    Operation.client_time, Operation.server_time,
)  # fmt: skip


def newest_operations(
    session: Session, annotator_id: int, study_id: int, most: int, before: int | None = None
) -> Sequence[OperationAt]:
    """The last operations of one person in a study (those before a sequence), oldest first.

    The join is a subquery on purpose: with a join both databases sometimes begin at the videos, and sort the whole log.
    """
    in_study = exists().where(Video.id == Operation.video_id, Video.study_id == study_id)
    question = select(*_TIMED).where(Operation.annotator_id == annotator_id, in_study)
    if before is not None:
        question = question.where(Operation.sequence < before)
    lines = session.execute(question.order_by(Operation.sequence.desc()).limit(most)).all()
    return [OperationAt(*line) for line in lines[::-1]]
