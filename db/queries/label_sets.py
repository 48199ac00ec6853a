"""Questions about label sets."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import LabelSet, LabelSetInterval, LabelSetSubject, LabelSetVideo


def label_set(session: Session, label_set_id: int) -> LabelSet | None:
    return session.get(LabelSet, label_set_id)


def named(session: Session, study_id: int, name: str) -> LabelSet | None:
    return session.scalar(select(LabelSet).where(LabelSet.study_id == study_id, LabelSet.name == name))


def label_sets(session: Session, study_id: int) -> Sequence[LabelSet]:
    """Newest first."""
    return session.scalars(select(LabelSet).where(LabelSet.study_id == study_id).order_by(LabelSet.id.desc())).all()


def names_holding(session: Session, video_id: int) -> Sequence[str]:
    """Names of the label sets that hold a video."""
    return session.scalars(
        select(LabelSet.name)
        .join(LabelSetVideo, LabelSetVideo.label_set_id == LabelSet.id)
        .where(LabelSetVideo.video_id == video_id)
        .order_by(LabelSet.name)
    ).all()


def subjects_of(session: Session, set_ids: Collection[int]) -> Sequence[LabelSetSubject]:
    return session.scalars(
        select(LabelSetSubject).where(LabelSetSubject.label_set_id.in_(set_ids)).order_by(LabelSetSubject.code)
    ).all()


def videos_of(session: Session, set_ids: Collection[int]) -> Sequence[LabelSetVideo]:
    return session.scalars(
        select(LabelSetVideo).where(LabelSetVideo.label_set_id.in_(set_ids)).order_by(LabelSetVideo.title)
    ).all()


def intervals_of(session: Session, set_ids: Collection[int]) -> Sequence[LabelSetInterval]:
    return session.scalars(
        select(LabelSetInterval)
        .join(LabelSetVideo, LabelSetVideo.id == LabelSetInterval.label_set_video_id)
        .where(LabelSetVideo.label_set_id.in_(set_ids))
        .order_by(LabelSetInterval.onset, LabelSetInterval.type, LabelSetInterval.id)
    ).all()
