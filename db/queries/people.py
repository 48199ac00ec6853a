"""Questions about studies, annotators and assignments."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Annotator, Assignment, ConsensusAnnotator, Study

CONSENSUS = "Consensus"


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
    """What to call each annotator; the one that holds a study's consensus has the same name in every study."""
    question = select(Annotator.id, Annotator.name, ConsensusAnnotator.study_id).outerjoin(
        ConsensusAnnotator, ConsensusAnnotator.annotator_id == Annotator.id
    )
    return {id_: name if study is None else CONSENSUS for id_, name, study in session.execute(question)}


def names_in(session: Session, study_id: int) -> dict[str, int]:
    """Name -> id of the annotators assigned to a study."""
    question = (
        select(Annotator.name, Annotator.id)
        .join(Assignment, Assignment.annotator_id == Annotator.id)
        .where(Assignment.study_id == study_id)
    )
    return dict(session.execute(question).all())
