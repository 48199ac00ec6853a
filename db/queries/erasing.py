"""Taking a video out of the database completely, through the one door that the guards leave (`models.erasure`)."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from db.base import now
from db.models import (
    Adjudication,
    Annotation,
    CodingPick,
    Erasure,
    ImportedSignal,
    LabelSet,
    LabelSetInterval,
    LabelSetSubject,
    LabelSetVideo,
    ModelVersion,
    Operation,
    Place,
    Proposal,
    ProposalSet,
    Retry,
    ReviewedSpan,
    ReviewTotal,
    SpottingRun,
    Video,
    VideoAssignment,
    VideoCoding,
)
from db.queries import audit, jobs


def erase_video(session: Session, video_id: int, by: int | None) -> None:
    """Delete a video and all rows about it; label sets that held it count it as withdrawn, their models are marked."""
    erasure = Erasure(video_id=video_id, open=True, erased_by=by)
    session.add(erasure)
    session.flush()
    _withdraw_from_label_sets(session, video_id)
    jobs.forget_video(session, video_id)
    _forget_retries(session, video_id)
    audit.redact(session, [video_id], [])
    # Children before parents: no foreign key cascades here, so that no other DELETE can take a log with it.
    for table in (
        Adjudication, Operation, Annotation, ReviewedSpan, Place, VideoAssignment, VideoCoding, Proposal, ProposalSet,
        SpottingRun, ImportedSignal, CodingPick, ReviewTotal,
    ):  # fmt: skip
        session.execute(delete(table).where(table.video_id == video_id))
    session.execute(delete(Video).where(Video.id == video_id))
    erasure.open = False
    session.flush()


def _forget_retries(session: Session, video_id: int) -> None:
    runs = select(SpottingRun.id).where(SpottingRun.video_id == video_id)
    session.execute(delete(Retry).where(Retry.kind == "import", Retry.row_id == video_id))
    session.execute(delete(Retry).where(Retry.kind == "spotting", Retry.row_id.in_(runs)))


def _withdraw_from_label_sets(session: Session, video_id: int) -> None:
    held = session.execute(
        select(LabelSetVideo.label_set_id, LabelSetVideo.label_set_subject_id).where(LabelSetVideo.video_id == video_id)
    ).all()
    if not held:
        return
    session.execute(delete(LabelSetInterval).where(LabelSetInterval.video_id == video_id))
    session.execute(delete(LabelSetVideo).where(LabelSetVideo.video_id == video_id))
    set_ids = [set_id for set_id, _ in held]
    session.execute(update(LabelSet).where(LabelSet.id.in_(set_ids)).values(withdrawn=LabelSet.withdrawn + 1))
    still = select(LabelSetVideo.label_set_subject_id)
    session.execute(
        delete(LabelSetSubject).where(
            LabelSetSubject.id.in_([subject_id for _, subject_id in held]), LabelSetSubject.id.not_in(still)
        )
    )
    _mark_models(session, set_ids)


def _mark_models(session: Session, set_ids: list[int]) -> None:
    """The versions trained on these sets, and all that started from one of them."""
    marked = set(session.scalars(select(ModelVersion.id).where(ModelVersion.label_set_id.in_(set_ids))))
    grown = marked
    while grown:
        grown = set(session.scalars(select(ModelVersion.id).where(ModelVersion.parent_id.in_(grown)))) - marked
        marked |= grown
    session.execute(
        update(ModelVersion)
        .where(ModelVersion.id.in_(marked), ModelVersion.affected_at.is_(None))
        .values(affected_at=now())
    )
