"""Questions about the consensus of coders: who holds it, and what was decided between whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Adjudication, ConsensusAnnotator

AT_ONCE = 500


def consensus_of(session: Session, study_id: int) -> int | None:
    """The annotator that holds the consensus of a study; None before anything was adjudicated there."""
    row = session.get(ConsensusAnnotator, study_id)
    return row and row.annotator_id


def consensus_annotators(session: Session) -> frozenset[int]:
    """Those of all studies: a handful, one per study."""
    return frozenset(session.scalars(select(ConsensusAnnotator.annotator_id)))


def named(session: Session, adjudication_id: str) -> Adjudication | None:
    return session.scalar(select(Adjudication).where(Adjudication.id == adjudication_id))


def of_videos(session: Session, video_ids: Collection[int]) -> Sequence[Adjudication]:
    """Everything ever decided in these videos, in that order."""
    question = select(Adjudication).where(Adjudication.video_id.in_(video_ids)).order_by(Adjudication.sequence)
    return session.scalars(question).all()


def leading_to(session: Session, annotation_ids: Sequence[str]) -> Sequence[Adjudication]:
    """What led to these annotations of a consensus, in order for each; asked in pieces that a database takes."""
    found: list[Adjudication] = []
    for begin in range(0, len(annotation_ids), AT_ONCE):
        some = Adjudication.annotation_id.in_(annotation_ids[begin : begin + AT_ONCE])
        found += session.scalars(select(Adjudication).where(some).order_by(Adjudication.sequence))
    return found
