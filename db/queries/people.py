"""Questions about studies, annotators and assignments."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Annotator, Assignment, Study


def study_named(session: Session, name: str) -> Study | None:
    return session.scalar(select(Study).where(Study.name == name))


def annotator_named(session: Session, name: str) -> Annotator | None:
    return session.scalar(select(Annotator).where(Annotator.name == name))


def annotator(session: Session, annotator_id: int) -> Annotator | None:
    return session.get(Annotator, annotator_id)


def assignment(session: Session, study_id: int, annotator_id: int) -> Assignment | None:
    return session.scalar(
        select(Assignment).where(Assignment.study_id == study_id, Assignment.annotator_id == annotator_id)
    )


def annotator_names(session: Session) -> dict[int, str]:
    return {row.id: row.name for row in session.scalars(select(Annotator))}


def names_in(session: Session, study_id: int) -> dict[str, int]:
    """Name -> id of the annotators assigned to a study."""
    question = (
        select(Annotator.name, Annotator.id)
        .join(Assignment, Assignment.annotator_id == Annotator.id)
        .where(Assignment.study_id == study_id)
    )
    return dict(session.execute(question).all())
