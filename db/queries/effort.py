"""Questions about what labels cost and what was learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import distinct, exists, func, select
from sqlalchemy.orm import Session

from db.models import LabelSet, LabelSetSubject, LabelSetVideo, Operation, Video


@dataclass(frozen=True)
class CountedOperation:
    """An operation without the states it changed."""

    annotator_id: int
    verb: str
    interval_id: str | None
    session: str
    keys: int | None
    model_version_id: int | None
    client_time: datetime | None
    server_time: datetime


_COUNTED = (
    Operation.annotator_id, Operation.verb, Operation.interval_id, Operation.session, Operation.keys,
    Operation.model_version_id, Operation.client_time, Operation.server_time,
)  # fmt: skip


def newest_operations(session: Session, study_id: int, most: int) -> Sequence[CountedOperation]:
    """The last operations of everybody in a study, oldest first."""
    in_study = exists().where(Video.id == Operation.video_id, Video.study_id == study_id)
    question = select(*_COUNTED).where(in_study).order_by(Operation.sequence.desc()).limit(most)
    return [CountedOperation(*line) for line in session.execute(question).all()[::-1]]


def taught_from(session: Session, study_id: int) -> dict[int, tuple[int, int, int]]:
    """Label set id -> (expressions, videos, subjects) in the role train."""
    # Counted when the set was frozen: its intervals may be a hundred thousand.
    expressions = func.coalesce(func.sum(LabelSetVideo.macro + LabelSetVideo.micro), 0)
    question = (
        select(LabelSet.id, expressions, func.count(LabelSetVideo.id), func.count(distinct(LabelSetSubject.id)))
        .join(LabelSetSubject, LabelSetSubject.label_set_id == LabelSet.id)
        .join(LabelSetVideo, LabelSetVideo.label_set_subject_id == LabelSetSubject.id)
        .where(LabelSet.study_id == study_id, LabelSetSubject.role == "train")
        .group_by(LabelSet.id)
    )
    return {set_id: (events, videos, subjects) for set_id, events, videos, subjects in session.execute(question)}
