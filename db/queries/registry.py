"""Questions about training jobs, model versions and aliases."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Alias, AliasChange, LabelSet, LabelSetSubject, ModelVersion, TrainingJob


def version(session: Session, version_id: int) -> ModelVersion | None:
    return session.get(ModelVersion, version_id)


def version_named(session: Session, name: str) -> ModelVersion | None:
    return session.scalar(select(ModelVersion).where(ModelVersion.name == name))


def shipped_version(session: Session, path: str, sha256: str) -> ModelVersion | None:
    """The version of a shipped checkpoint; `path` tells it from a copy that somebody registered."""
    question = select(ModelVersion).where(
        ModelVersion.checkpoint_path == path, ModelVersion.checkpoint_sha256 == sha256
    )
    return session.scalar(question.order_by(ModelVersion.id).limit(1))


def versions(session: Session) -> Sequence[tuple[ModelVersion, str | None, int | None]]:
    """(version, name of its label set, id of its job), newest first."""
    question = (
        select(ModelVersion, LabelSet.name, TrainingJob.id)
        .outerjoin(LabelSet, LabelSet.id == ModelVersion.label_set_id)
        .outerjoin(TrainingJob, TrainingJob.model_version_id == ModelVersion.id)
        .order_by(ModelVersion.id.desc())
    )
    return [tuple(line) for line in session.execute(question)]


def taught_subjects(session: Session, study_id: int, version_ids: Collection[int]) -> set[str]:
    """Codes of the study's subjects that these versions, or any that they started from, learned from.

    Validation subjects count: they chose an epoch or a threshold.
    """
    parents = dict(session.execute(select(ModelVersion.id, ModelVersion.parent_id)).all())
    line: set[int] = set()
    for version_id in version_ids:
        here: int | None = version_id
        while here is not None and here not in line:
            line.add(here)
            here = parents.get(here)
    question = (
        select(LabelSetSubject.code)
        .join(LabelSet, LabelSet.id == LabelSetSubject.label_set_id)
        .join(ModelVersion, ModelVersion.label_set_id == LabelSet.id)
        .where(LabelSet.study_id == study_id, ModelVersion.id.in_(line), LabelSetSubject.role != "test")
    )
    return set(session.scalars(question))


def alias(session: Session, name: str, lock: bool = False) -> Alias | None:
    question = select(Alias).where(Alias.name == name)
    return session.scalar(question.with_for_update() if lock else question)


def aliases(session: Session) -> dict[int, list[str]]:
    """Version id -> names pointing to it."""
    found: dict[int, list[str]] = {}
    for row in session.scalars(select(Alias)):
        found.setdefault(row.model_version_id, []).append(row.name)
    return found


def alias_changes(session: Session, alias_id: int) -> Sequence[AliasChange]:
    """Oldest first."""
    return session.scalars(select(AliasChange).where(AliasChange.alias_id == alias_id).order_by(AliasChange.id)).all()


def job(session: Session, job_id: int, lock: bool = False) -> TrainingJob | None:
    question = select(TrainingJob).where(TrainingJob.id == job_id)
    return session.scalar(question.with_for_update() if lock else question)


def has_job(session: Session, label_set_id: int) -> bool:
    """Whether a training of this label set was ever asked for."""
    asked = select(TrainingJob.id).where(TrainingJob.label_set_id == label_set_id).limit(1)
    return session.scalar(asked) is not None


def jobs(session: Session, study_id: int | None = None) -> Sequence[tuple[TrainingJob, str]]:
    """(job, name of its label set), newest first; of one study or of all."""
    question = (
        select(TrainingJob, LabelSet.name)
        .join(LabelSet, LabelSet.id == TrainingJob.label_set_id)
        .order_by(TrainingJob.id.desc())
    )
    if study_id is not None:
        question = question.where(LabelSet.study_id == study_id)
    return [tuple(line) for line in session.execute(question)]
