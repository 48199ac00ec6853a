"""Questions about videos and subjects."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from db.models import (
    Annotation,
    Annotator,
    ConsensusAnnotator,
    ReviewedSpan,
    SpottingRun,
    Subject,
    Video,
    VideoAssignment,
)

WORK_FILTERS = ("unspotted", "open", "reviewed")


def video(session: Session, video_id: int) -> Video | None:
    return session.get(Video, video_id)


def videos_in(session: Session, study_id: int) -> Sequence[Video]:
    return session.scalars(select(Video).where(Video.study_id == study_id).order_by(Video.title)).all()


def ready_lines(session: Session, study_id: int) -> Sequence[tuple]:
    """(id, title, frames, rate, subject code or "", kind, stored path of the frame table) of the imported videos.

    By title. Columns, which cost a tenth of rows where there are ten thousand videos.
    """
    columns = (Video.id, Video.title, Video.frame_count, Video.fps, func.coalesce(Subject.code, ""), Video.kind,
               Video.frames_path)  # fmt: skip
    asked = select(*columns).outerjoin(Subject, Subject.id == Video.subject_id)
    return session.execute(asked.where(Video.study_id == study_id, Video.state == "ready").order_by(Video.title)).all()


def videos_with(session: Session, video_ids: Collection[int]) -> Sequence[Video]:
    return session.scalars(select(Video).where(Video.id.in_(video_ids)).order_by(Video.title)).all()


def videos_titled(session: Session, wanted: Collection[str], study_id: int | None = None) -> Sequence[Video]:
    question = select(Video).where(Video.title.in_(wanted))
    return session.scalars(question if study_id is None else question.where(Video.study_id == study_id)).all()


def video_with_content(session: Session, study_id: int, sha256: str) -> Video | None:
    return session.scalar(select(Video).where(Video.study_id == study_id, Video.sha256 == sha256))


def studies_with(session: Session, sha256: str, paths: Collection[str]) -> set[int]:
    """Ids of the studies that hold this content, or a video at one of these stored paths."""
    asked = or_(Video.sha256 == sha256, Video.path.in_(paths))
    return set(session.scalars(select(Video.study_id).where(asked).distinct()))


def titles(session: Session, study_id: int) -> set[str]:
    return set(session.scalars(select(Video.title).where(Video.study_id == study_id)))


def sorted_titles(session: Session, study_id: int, without_subject: bool) -> Sequence[str]:
    question = select(Video.title).where(Video.study_id == study_id).order_by(Video.title)
    return session.scalars(question.where(Video.subject_id.is_(None)) if without_subject else question).all()


def ready_titles(session: Session, study_id: int) -> dict[int, str]:
    """Id -> title of the imported videos, by title; columns only, because a large library is asked for whole."""
    question = select(Video.id, Video.title).where(Video.study_id == study_id, Video.state == "ready")
    return dict(session.execute(question.order_by(Video.title)).all())


def newest_ready(session: Session, study_id: int, most: int) -> Sequence[tuple[int, str]]:
    """(id, title) of the newest imported videos."""
    question = select(Video.id, Video.title).where(Video.study_id == study_id, Video.state == "ready")
    return [tuple(line) for line in session.execute(question.order_by(Video.id.desc()).limit(most))]


def unspotted(session: Session, study_id: int) -> Sequence[int]:
    """Ids of the imported videos without a run that is finished, waiting or running, by title."""
    return session.scalars(_unspotted(select(Video.id), study_id).order_by(Video.title)).all()


def count_unspotted(session: Session, study_id: int) -> int:
    return session.scalar(_unspotted(select(func.count(Video.id)), study_id)) or 0


def _unspotted(question: Select, study_id: int) -> Select:
    busy = exists().where(SpottingRun.video_id == Video.id, SpottingRun.state.in_(("done", "queued", "running")))
    return question.where(Video.study_id == study_id, Video.state == "ready", ~busy)


def videos_at(session: Session, study_id: int, paths: Collection[str]) -> Sequence[Video]:
    """The videos whose content lies at these stored paths."""
    return session.scalars(select(Video).where(Video.study_id == study_id, Video.path.in_(paths))).all()


def video_at(session: Session, study_id: int, path: str) -> int | None:
    """Id of the video whose content lies at this stored path."""
    return session.scalar(select(Video.id).where(Video.study_id == study_id, Video.path == path).limit(1))


def subject(session: Session, study_id: int, code: str) -> Subject | None:
    return session.scalar(select(Subject).where(Subject.study_id == study_id, Subject.code == code))


def subjects(session: Session, study_id: int) -> Sequence[tuple[Subject, int]]:
    """(subject, number of videos), by code."""
    question = (
        select(Subject, func.count(Video.id))
        .outerjoin(Video, Video.subject_id == Subject.id)
        .where(Subject.study_id == study_id)
        .group_by(Subject.id)
        .order_by(Subject.code)
    )
    return [tuple(line) for line in session.execute(question)]


def page(
    session: Session,
    study_id: int,
    search: str,
    subject_code: str,
    state: str,
    first: int,
    count: int,
    coder: int | None = None,
) -> Sequence[Video]:
    """Videos that match, newest first; of a `coder` those that are theirs to code."""
    question = _matching(select(Video), study_id, search, subject_code, state, coder)
    return session.scalars(question.order_by(Video.id.desc()).offset(first).limit(count)).all()


def count(
    session: Session, study_id: int, search: str, subject_code: str, state: str, coder: int | None = None
) -> int:
    return session.scalar(_matching(select(func.count(Video.id)), study_id, search, subject_code, state, coder)) or 0


def _matching(
    question: Select, study_id: int, search: str, subject_code: str, state: str, coder: int | None
) -> Select:
    question = question.where(Video.study_id == study_id)
    if coder is not None:
        theirs = exists().where(VideoAssignment.video_id == Video.id, VideoAssignment.annotator_id == coder)
        question = question.where(theirs)
    if search.split() or subject_code:
        question = question.outerjoin(Subject, Subject.id == Video.subject_id)
    for word in search.split():
        question = question.where(
            or_(Video.title.icontains(word, autoescape=True), Subject.code.icontains(word, autoescape=True))
        )
    if subject_code:
        question = question.where(Subject.code == subject_code)
    if state in WORK_FILTERS:
        question = question.where(Video.state == "ready", _work(state))
    elif state:
        question = question.where(Video.state == state)
    return question


def _work(state: str) -> ColumnElement[bool]:
    spotted = exists().where(SpottingRun.video_id == Video.id, SpottingRun.state == "done")
    reviewed = (
        select(ReviewedSpan.annotator_id)
        .where(ReviewedSpan.video_id == Video.id)
        .group_by(ReviewedSpan.annotator_id)
        .having(func.sum(ReviewedSpan.last - ReviewedSpan.first + 1) >= Video.frame_count)
        .exists()
    )
    if state == "unspotted":
        return ~spotted
    return reviewed if state == "reviewed" else and_(spotted, ~reviewed)


def reviewed_frames(session: Session, video_ids: Collection[int]) -> dict[int, int]:
    """Video id -> frames reviewed by the annotator who reviewed most."""
    question = (
        select(ReviewedSpan.video_id, func.sum(ReviewedSpan.last - ReviewedSpan.first + 1))
        .where(ReviewedSpan.video_id.in_(video_ids))
        .group_by(ReviewedSpan.video_id, ReviewedSpan.annotator_id)
    )
    most: dict[int, int] = {}
    for video_id, frames in session.execute(question):
        most[video_id] = max(most.get(video_id, 0), int(frames))
    return most


def workers(session: Session, video_ids: Collection[int]) -> dict[int, list[str]]:
    """Video id -> names of the annotators with decisions or reviewed footage, sorted; a consensus is no annotator."""
    seen = (
        select(Annotation.video_id, Annotation.annotator_id)
        .where(Annotation.video_id.in_(video_ids), Annotation.deleted.is_(False))
        .union(select(ReviewedSpan.video_id, ReviewedSpan.annotator_id).where(ReviewedSpan.video_id.in_(video_ids)))
        .subquery()
    )
    names: dict[int, list[str]] = {}
    question = (
        select(seen.c.video_id, Annotator.name)
        .join(Annotator, Annotator.id == seen.c.annotator_id)
        .outerjoin(ConsensusAnnotator, ConsensusAnnotator.annotator_id == Annotator.id)
        .where(ConsensusAnnotator.annotator_id.is_(None))
    )
    for video_id, name in session.execute(question.order_by(Annotator.name)):
        names.setdefault(video_id, []).append(name)
    return names
