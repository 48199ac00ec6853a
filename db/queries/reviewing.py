"""Questions about annotations, operations and reviewed spans."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import delete, distinct, func, select
from sqlalchemy.orm import Session

from db.models import Annotation, Operation, ReviewedSpan, Video


def lock_video(session: Session, video_id: int) -> Video | None:
    """The video, locked against other writers of its decisions until the transaction ends.

    SQLite has its one write lock already; on PostgreSQL the row lock lets operations on one video pass one by one and
    does not hinder rows that merely refer to it.
    """
    return session.scalar(select(Video).where(Video.id == video_id).with_for_update(key_share=True, of=Video))


def operation(session: Session, operation_id: str) -> Operation | None:
    return session.scalar(select(Operation).where(Operation.id == operation_id))


def operations_of(session: Session, video_id: int, annotator_id: int | None = None) -> Sequence[Operation]:
    """In the order they were applied."""
    question = select(Operation).where(Operation.video_id == video_id).order_by(Operation.sequence)
    if annotator_id is not None:
        question = question.where(Operation.annotator_id == annotator_id)
    return session.scalars(question).all()


def operations_on(
    session: Session, video_id: int, interval_id: str, annotator_id: int | None = None
) -> Sequence[Operation]:
    """Those on one interval, in the order they were applied."""
    question = (
        select(Operation)
        .where(Operation.interval_id == interval_id, Operation.video_id == video_id)
        .order_by(Operation.sequence)
    )
    if annotator_id is not None:
        question = question.where(Operation.annotator_id == annotator_id)
    return session.scalars(question).all()


def annotation(session: Session, annotation_id: str) -> Annotation | None:
    return session.get(Annotation, annotation_id)


def annotation_of_proposal(session: Session, annotator_id: int, proposal_id: int) -> Annotation | None:
    return session.scalar(
        select(Annotation).where(Annotation.annotator_id == annotator_id, Annotation.proposal_id == proposal_id)
    )


def annotations_of(
    session: Session, video_ids: Collection[int], annotator_id: int | None = None, verdict: str | None = None
) -> Sequence[Annotation]:
    """Those that stand (not deleted), in order of onset."""
    question = (
        select(Annotation)
        .where(Annotation.video_id.in_(video_ids), Annotation.deleted.is_(False))
        .order_by(Annotation.video_id, Annotation.onset, Annotation.type, Annotation.id)
    )
    if annotator_id is not None:
        question = question.where(Annotation.annotator_id == annotator_id)
    if verdict is not None:
        question = question.where(Annotation.verdict == verdict)
    return session.scalars(question).all()


def reviewed_by_several(session: Session, study_id: int, annotator_ids: Collection[int] | None = None) -> set[int]:
    """Videos of a study in which at least two people (of these, if given) have reviewed footage."""
    question = (
        select(ReviewedSpan.video_id)
        .join(Video, Video.id == ReviewedSpan.video_id)
        .where(Video.study_id == study_id)
        .group_by(ReviewedSpan.video_id)
        .having(func.count(distinct(ReviewedSpan.annotator_id)) > 1)
    )
    if annotator_ids is not None:
        question = question.where(ReviewedSpan.annotator_id.in_(annotator_ids))
    return set(session.scalars(question))


def spans_of(
    session: Session, video_ids: Collection[int], annotator_id: int | None = None
) -> Sequence[ReviewedSpan]:
    question = (
        select(ReviewedSpan)
        .where(ReviewedSpan.video_id.in_(video_ids))
        .order_by(ReviewedSpan.video_id, ReviewedSpan.annotator_id, ReviewedSpan.first)
    )
    if annotator_id is not None:
        question = question.where(ReviewedSpan.annotator_id == annotator_id)
    return session.scalars(question).all()


def replace_spans(
    session: Session, video_id: int, annotator_id: int, spans: Sequence[tuple[int, int]]
) -> None:
    session.execute(
        delete(ReviewedSpan).where(ReviewedSpan.video_id == video_id, ReviewedSpan.annotator_id == annotator_id)
    )
    session.add_all(
        ReviewedSpan(video_id=video_id, annotator_id=annotator_id, first=first, last=last) for first, last in spans
    )


def last_sequence(session: Session, video_id: int) -> int:
    """Position of the newest operation on a video, 0 where there is none."""
    return session.scalar(select(func.max(Operation.sequence)).where(Operation.video_id == video_id)) or 0
