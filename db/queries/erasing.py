"""Taking a video or a person out of the database, through the one door that the guards leave (`models.erasure`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from db.base import now
from db.models import (
    Adjudication,
    Annotation,
    Annotator,
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
    Subject,
    Video,
    VideoAssignment,
    VideoCoding,
)
from db.queries import audit, jobs, mentions

# Children before parents: no foreign key cascades here, so that no other DELETE can take a log with it.
VIDEO_TABLES = (
    Adjudication, Operation, Annotation, ReviewedSpan, Place, VideoAssignment, VideoCoding, Proposal, ProposalSet,
    SpottingRun, ImportedSignal, CodingPick, ReviewTotal,
)  # fmt: skip
NO_VIDEO = 0  # of the erasure that lets text change: about no video in particular


def erase_video(session: Session, video_id: int, by: int | None) -> None:
    """Delete a video and all rows about it; label sets that held it count it as withdrawn, their models are marked."""
    erasure = Erasure(video_id=video_id, open=True, erased_by=by)
    session.add(erasure)
    session.flush()
    _withdraw_from_label_sets(session, video_id)
    jobs.forget_video(session, video_id)
    _forget_retries(session, video_id)
    audit.redact(session, [video_id], [])
    _forget_pins(session, [f"video {video_id}"], [video_id])
    for table in VIDEO_TABLES:
        session.execute(delete(table).where(table.video_id == video_id))
    session.execute(delete(Video).where(Video.id == video_id))
    erasure.open = False
    session.flush()


def erase_subject(
    session: Session, subject_id: int, video_ids: Sequence[int], words: Sequence[str], by: int | None
) -> int:
    """Erase videos, the subject itself, and these words in the text of everything of the study that stays.

    A label set in which such text changed counts as redacted, because its rows no longer give its hash.

    Returns:
        How many rows of others had text about the person.
    """
    for video_id in video_ids:
        erase_video(session, video_id, by)
    door = Erasure(video_id=NO_VIDEO, open=True, erased_by=by)
    session.add(door)
    session.flush()
    study_id = session.get_one(Subject, subject_id).study_id
    blanked = audit.redact(session, video_ids, words, study_id)
    changed = mentions.blank(session, study_id, words)
    _mark_redacted(session, changed)
    _forget_pins(session, [f"subject {subject_id}"], video_ids)
    session.execute(delete(LabelSetSubject).where(LabelSetSubject.subject_id == subject_id))
    session.execute(delete(Subject).where(Subject.id == subject_id))
    session.delete(door)  # every video has an erasure of its own that tells of it
    session.flush()
    return blanked + sum(map(len, changed.values()))


def _mark_redacted(session: Session, changed: dict[str, list]) -> None:
    held = select(LabelSetVideo.label_set_id)
    lines = select(LabelSetInterval.label_set_video_id).where(
        LabelSetInterval.id.in_(changed.get("label_set_intervals", []))
    )
    touched = held.where(LabelSetVideo.id.in_(changed.get("label_set_videos", [])) | LabelSetVideo.id.in_(lines))
    session.execute(update(LabelSet).where(LabelSet.id.in_(touched), LabelSet.withdrawn == 0).values(withdrawn=1))


def _forget_pins(session: Session, keys: Collection[str], video_ids: Collection[int]) -> None:
    """Neutral frames that people pinned for a subject or in one of its videos."""
    for person in session.scalars(select(Annotator).where(Annotator.preferences.is_not(None))):
        pins = person.preferences.get("neutral") or {}
        kept = {key: pin for key, pin in pins.items() if key not in keys and pin.get("video") not in video_ids}
        if kept != pins:
            person.preferences = {**person.preferences, "neutral": kept}


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
