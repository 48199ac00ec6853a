"""How much a study holds and whether it has changed, asked cheaply: what answers that read everything are kept by."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from db.models import LabelSet, Video
from db.session import Database


@dataclass(frozen=True)
class StudyState:
    """Two equal states mean equal answers.

    Attributes:
        size: changes ever made, a decision or a set of proposals each.
        videos: changes when a video comes or goes; an answer from before may name one that was withdrawn.
        decided: changes with every decision, proposal, subject and label set.
    """

    size: int
    videos: tuple[int, ...]
    decided: tuple[int, ...]


def study_state(database: Database, study_id: int) -> StudyState:
    """One look at the rows of the study's videos."""
    sums = (Video.id, Video.revision, Video.id * func.coalesce(Video.subject_id, 0))
    with database.read() as session:
        asked = select(func.count(), *(func.coalesce(func.sum(column), 0) for column in sums))
        count, ids, revisions, subjects = map(int, session.execute(asked.where(Video.study_id == study_id)).one())
        sets = session.scalar(select(func.count()).where(LabelSet.study_id == study_id))
    return StudyState(revisions, (count, ids), (revisions, subjects, sets))
