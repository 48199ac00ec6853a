"""Questions about what is reviewed of each video, counted ahead (`models.totals`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db.models import ReviewTotal, Subject, Video

_ADDED = ("reviewed_seconds", "empty_seconds", "macro", "micro", "rejected", "unsure")


@dataclass(frozen=True)
class Reviewed:
    """What is reviewed of one person; `code` is None for the videos of nobody."""

    code: str | None
    role: str | None
    videos: int
    reviewed_seconds: float
    empty_seconds: float
    macro: int
    micro: int
    rejected: int
    unsure: int


def outdated(session: Session, study_id: int) -> Sequence[tuple[int, int]]:
    """(video id, its present revision) of the imported videos whose total is missing or no longer true."""
    question = (
        select(Video.id, Video.revision)
        .outerjoin(ReviewTotal, ReviewTotal.video_id == Video.id)
        .where(Video.study_id == study_id, Video.state == "ready")
        .where(or_(ReviewTotal.video_id.is_(None), ReviewTotal.revision != Video.revision))
        .order_by(Video.id)
    )
    return [tuple(line) for line in session.execute(question)]


def by_subject(session: Session, study_id: int) -> Sequence[Reviewed]:
    """By code; only videos of which something is reviewed."""
    sums = [func.sum(getattr(ReviewTotal, name)) for name in _ADDED]
    question = (
        select(Subject.code, Subject.role, func.count(), *sums)
        .select_from(ReviewTotal)
        .join(Video, Video.id == ReviewTotal.video_id)
        .outerjoin(Subject, Subject.id == Video.subject_id)
        .where(Video.study_id == study_id, Video.state == "ready", ReviewTotal.annotator_id.is_not(None))
        .group_by(Subject.code, Subject.role)
        .order_by(Subject.code)
    )
    return [Reviewed(*line) for line in session.execute(question)]


def without_subject(session: Session, study_id: int, most: int) -> Sequence[tuple[int, str]]:
    """(id, title) of reviewed videos of nobody, by title."""
    question = (
        select(Video.id, Video.title)
        .join(ReviewTotal, ReviewTotal.video_id == Video.id)
        .where(Video.study_id == study_id, Video.subject_id.is_(None), ReviewTotal.annotator_id.is_not(None))
        .order_by(Video.title)
        .limit(most)
    )
    return [tuple(line) for line in session.execute(question)]


def warnings(session: Session, study_id: int, most: int) -> Sequence[tuple[int, list[str]]]:
    """(video id, sentences) of the first videos with any, by title."""
    question = (
        select(ReviewTotal.video_id, ReviewTotal.warnings)
        .join(Video, Video.id == ReviewTotal.video_id)
        .where(Video.study_id == study_id, ReviewTotal.warning_count > 0)
        .order_by(Video.title)
        .limit(most)
    )
    return [tuple(line) for line in session.execute(question)]


def count_warnings(session: Session, study_id: int) -> int:
    question = select(func.sum(ReviewTotal.warning_count)).join(Video, Video.id == ReviewTotal.video_id)
    return int(session.scalar(question.where(Video.study_id == study_id)) or 0)


def keep(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write totals over those that are there; a video that was deleted meanwhile is left out."""
    given = {row["video_id"]: row for row in rows}
    there = set(session.scalars(select(Video.id).where(Video.id.in_(given))))
    known = {row.video_id: row for row in session.scalars(select(ReviewTotal).where(ReviewTotal.video_id.in_(given)))}
    for video_id in sorted(there & set(given)):
        if video_id not in known:
            session.add(ReviewTotal(**given[video_id]))
            continue
        for name, value in given[video_id].items():
            setattr(known[video_id], name, value)
