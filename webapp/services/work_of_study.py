"""Which work in the queues belongs to a study: who works in one study sees no titles of another."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from db.models import Job, LabelSet, SpottingRun, Study, TrainingJob, Video
from db.session import Database

_STUDIES = {
    "import": select(Video.id, Video.study_id),
    "spotting": select(SpottingRun.id, Video.study_id).join(Video, Video.id == SpottingRun.video_id),
    "training": select(TrainingJob.id, LabelSet.study_id).join(LabelSet, LabelSet.id == TrainingJob.label_set_id),
    "job": select(Job.id, Job.study_id),
}
_ROW = {"import": Video.id, "spotting": SpottingRun.id, "training": TrainingJob.id, "job": Job.id}


def of_others(
    database: Database, study_id: int, work: Iterable[tuple[str, int | str]]
) -> frozenset[tuple[str, int | str]]:
    """Those of the (kind, row id) that are about another study."""
    wanted = list(work)
    with database.read() as session:
        others = list(session.scalars(select(Study.id).where(Study.id != study_id)))
    return frozenset().union(*(of_study(database, other, wanted) for other in others))


def of_study(
    database: Database, study_id: int, work: Iterable[tuple[str, int | str]]
) -> frozenset[tuple[str, int | str]]:
    """Those of the (kind, row id) that are about the study; work without a row is nobody's."""
    wanted = list(work)
    found: set[tuple[str, int | str]] = set()
    with database.read() as session:
        for kind, question in _STUDIES.items():
            ids = [row_id for of_kind, row_id in wanted if of_kind == kind and isinstance(row_id, int)]
            if ids:
                rows = session.execute(question.where(_ROW[kind].in_(ids)))
                found |= {(kind, row_id) for row_id, study in rows if study == study_id}
    return frozenset(found)
