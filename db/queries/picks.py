"""Questions about videos that were chosen to be coded next."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session

from db.models import CodingPick, ReviewedSpan, Subject, Video, VideoAssignment

_CODED = exists().where(ReviewedSpan.video_id == Video.id)


def ready_videos(session: Session, study_id: int, coded: bool) -> Sequence[tuple[int, str, str]]:
    """(video, stored path, subject code or "") of the imported videos of which some footage is reviewed, or none."""
    question = (
        select(Video.id, Video.path, func.coalesce(Subject.code, ""))
        .outerjoin(Subject, Subject.id == Video.subject_id)
        .where(Video.study_id == study_id, Video.state == "ready", _CODED if coded else ~_CODED)
        .order_by(Video.id)
    )
    return [tuple(line) for line in session.execute(question)]


def open_picks(session: Session, study_id: int) -> Sequence[tuple[CodingPick, str, str]]:
    """(pick, title, subject code or "") of the chosen videos that nobody has begun to review, oldest batch first."""
    question = (
        select(CodingPick, Video.title, func.coalesce(Subject.code, ""))
        .join(Video, Video.id == CodingPick.video_id)
        .outerjoin(Subject, Subject.id == Video.subject_id)
        .where(CodingPick.study_id == study_id, ~_CODED)
        .order_by(CodingPick.batch, CodingPick.place)
    )
    return [tuple(line) for line in session.execute(question)]


def newest_batch(session: Session, study_id: int) -> int:
    """0 before the first."""
    return session.scalar(select(func.max(CodingPick.batch)).where(CodingPick.study_id == study_id)) or 0


def next_for(session: Session, study_id: int, annotator_id: int, after: int) -> int | None:
    """The imported video that this person should review after `after`; None where they have reviewed all others.

    First those they were given, then those chosen to be coded next, then the rest; newest first within each, going
    round at the oldest, so that asking again and again passes every one.
    """
    mine = exists().where(VideoAssignment.video_id == Video.id, VideoAssignment.annotator_id == annotator_id)
    picked = exists().where(CodingPick.video_id == Video.id) & ~_CODED
    whole = exists().where(
        ReviewedSpan.video_id == Video.id, ReviewedSpan.annotator_id == annotator_id,
        ReviewedSpan.first == 0, ReviewedSpan.last >= Video.frame_count - 1,
    )  # fmt: skip
    return session.scalar(
        select(Video.id)
        .where(Video.study_id == study_id, Video.state == "ready", Video.id != after, ~whole)
        .order_by(case((mine, 0), (picked, 1), else_=2), case((Video.id < after, 0), else_=1), Video.id.desc())
        .limit(1)
    )
