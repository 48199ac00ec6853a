"""Questions about label sets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import LabelSet, LabelSetInterval, LabelSetSubject, LabelSetVideo

_ADDED = ("reviewed_seconds", "empty_seconds", "macro", "micro", "rejected", "unsure")


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


@dataclass(frozen=True)
class SubjectTotals:
    """What one label set holds of one person."""

    label_set_id: int
    code: str
    role: str
    videos: int
    reviewed_seconds: float
    empty_seconds: float
    macro: int
    micro: int
    rejected: int
    unsure: int


def totals_of(session: Session, set_ids: Collection[int]) -> Sequence[SubjectTotals]:
    """One line per label set and person, by code; added up by the database, from one row per video."""
    sums = [func.sum(getattr(LabelSetVideo, name)) for name in _ADDED]
    question = (
        select(LabelSetSubject.label_set_id, LabelSetSubject.code, LabelSetSubject.role, func.count(), *sums)
        .join(LabelSetVideo, LabelSetVideo.label_set_subject_id == LabelSetSubject.id)
        .where(LabelSetVideo.label_set_id.in_(set_ids))
        .group_by(LabelSetSubject.id, LabelSetSubject.label_set_id, LabelSetSubject.code, LabelSetSubject.role)
        .order_by(LabelSetSubject.code)
    )
    return [SubjectTotals(*line) for line in session.execute(question)]


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
