"""What the database holds about a subject, for its withdrawal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import (
    Job,
    JobVideo,
    LabelSet,
    LabelSetVideo,
    ModelVersion,
    Operation,
    SpottingRun,
    Subject,
    TrainingJob,
    Video,
    Withdrawal,
)

WAITING = ("queued", "running")
DONE = "done"


def withdrawal(session: Session, number: int) -> Withdrawal | None:
    return session.scalar(select(Withdrawal).where(Withdrawal.id == number).with_for_update())


def unfinished(session: Session) -> Sequence[int]:
    return session.scalars(select(Withdrawal.id).where(Withdrawal.state != DONE).order_by(Withdrawal.id)).all()


def of_subject(session: Session, subject_id: int) -> Withdrawal | None:
    """The withdrawal of a subject that is under way."""
    return session.scalar(
        select(Withdrawal).where(Withdrawal.subject_id == subject_id, Withdrawal.state != DONE).limit(1)
    )


def of_study(session: Session, study_id: int) -> Sequence[Withdrawal]:
    """Newest first."""
    return session.scalars(
        select(Withdrawal).where(Withdrawal.study_id == study_id).order_by(Withdrawal.id.desc())
    ).all()


def since(session: Session, number: int) -> Sequence[Withdrawal]:
    return session.scalars(select(Withdrawal).where(Withdrawal.id > number).order_by(Withdrawal.id)).all()


def subject(session: Session, study_id: int, code: str) -> Subject | None:
    return session.scalar(select(Subject).where(Subject.study_id == study_id, Subject.code == code))


def videos(session: Session, subject_id: int) -> Sequence[Video]:
    return session.scalars(select(Video).where(Video.subject_id == subject_id).order_by(Video.title)).all()


def features(session: Session) -> Sequence[str]:
    return session.scalars(select(SpottingRun.features_path).where(SpottingRun.features_path.is_not(None))).all()


def decisions(session: Session, video_ids: Collection[int]) -> int:
    return session.scalar(select(func.count()).select_from(Operation).where(Operation.video_id.in_(video_ids))) or 0


def sets_with(session: Session, video_ids: Collection[int]) -> Sequence[LabelSet]:
    held = select(LabelSetVideo.label_set_id).where(LabelSetVideo.video_id.in_(video_ids))
    return session.scalars(select(LabelSet).where(LabelSet.id.in_(held)).order_by(LabelSet.name)).all()


def versions_of(session: Session, set_ids: Collection[int]) -> list[ModelVersion]:
    """Model versions that learned from these sets, and all that go on from one of them."""
    found = list(session.scalars(select(ModelVersion).where(ModelVersion.label_set_id.in_(set_ids))))
    grown = found
    while grown:
        known = {version.id for version in found}
        children = select(ModelVersion).where(ModelVersion.parent_id.in_([version.id for version in grown]))
        grown = [version for version in session.scalars(children) if version.id not in known]
        found += grown
    return sorted(found, key=lambda version: version.name)


def work_about(session: Session, study_id: int, video_ids: Collection[int]) -> list[tuple[str, int, bool]]:
    """(kind, row id, whether it waits or runs) of all work that was ever asked for about these videos."""
    set_ids = {row.id for row in sets_with(session, video_ids)}
    videos = session.execute(select(Video.id, Video.state).where(Video.id.in_(video_ids)))
    runs = session.execute(select(SpottingRun.id, SpottingRun.state).where(SpottingRun.video_id.in_(video_ids)))
    trainings = session.execute(
        select(TrainingJob.id, TrainingJob.state).where(TrainingJob.label_set_id.in_(set_ids))
    )
    linked = set(session.scalars(select(JobVideo.job_id).where(JobVideo.video_id.in_(video_ids))))
    jobs = [
        job
        for job in session.scalars(select(Job).where(Job.study_id == study_id))
        if job.id in linked or _named_sets([job.params, job.result]) & set_ids
    ]
    return [
        *(("import", number, state == "importing") for number, state in videos),
        *(("spotting", number, state in WAITING) for number, state in runs),
        *(("training", number, state in WAITING) for number, state in trainings),
        *(("job", job.id, job.state in WAITING) for job in jobs),
    ]


def _named_sets(value: Any) -> set[int]:
    """Every number that stands under "label_set_id" in a JSON value."""
    if isinstance(value, dict):
        own = value.get("label_set_id")
        inner = set().union(*(_named_sets(part) for part in value.values()))
        return inner | ({own} if isinstance(own, int) else set())
    return set().union(*(_named_sets(part) for part in value)) if isinstance(value, list) else set()
