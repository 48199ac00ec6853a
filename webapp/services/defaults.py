"""The study, annotator and model version that exist from the first start, until people make their own."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from db.models import Alias, AliasChange, Annotator, Assignment, ModelVersion, Study
from db.queries import people, registry
from db.session import Database
from webapp.values.library import Defaults

DEFAULT_STUDY = "Study"
DEFAULT_ANNOTATOR = "Annotator"
BASELINE = "baseline"
CHAMPION = "champion"

__all__ = ["Defaults", "ensure_defaults"]


def ensure_defaults(database: Database) -> Defaults:
    """Create what is missing of the defaults; the same ids come back every time."""
    try:
        return _ensure(database)
    except IntegrityError:
        # Two processes started at once and the other one was first: now everything is there.
        return _ensure(database)


def _ensure(database: Database) -> Defaults:
    with database.begin() as session:
        study = people.study_named(session, DEFAULT_STUDY)
        if study is None:
            study = Study(name=DEFAULT_STUDY)
            session.add(study)
        annotator = people.annotator_named(session, DEFAULT_ANNOTATOR)
        if annotator is None:
            annotator = Annotator(name=DEFAULT_ANNOTATOR)
            session.add(annotator)
        session.flush()
        if people.assignment(session, study.id, annotator.id) is None:
            session.add(Assignment(study_id=study.id, annotator_id=annotator.id, role="admin"))
        baseline = registry.version_named(session, BASELINE)
        if baseline is None:
            baseline = ModelVersion(
                name=BASELINE, architecture="baseline", settings={}, scores={}, note="Training-free, needs no labels."
            )
            session.add(baseline)
            session.flush()
        if registry.alias(session, CHAMPION) is None:
            alias = Alias(name=CHAMPION, model_version_id=baseline.id)
            session.add(alias)
            session.flush()
            session.add(AliasChange(alias_id=alias.id, kind="promote", to_version_id=baseline.id))
        return Defaults(study.id, annotator.id, baseline.id)
