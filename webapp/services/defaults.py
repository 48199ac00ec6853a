"""The study, annotator and model versions that exist from the first start, until people make their own."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.models import Alias, AliasChange, Annotator, Assignment, ModelVersion, Study
from db.queries import people, registry
from db.session import Database
from spotcore.shipped_model import STATEMENT, ShippedModel, shipped_model
from webapp.values.library import Defaults
from webapp.values.registry import SHIPPED_PATH

DEFAULT_STUDY = "Study"
DEFAULT_ANNOTATOR = "Annotator"
BASELINE = "baseline"
CHAMPION = "champion"

SHIPPED_NAME = "default"
_NOTE = f"{STATEMENT[0].upper()}{STATEMENT[1:]}. Comes with Glint; its model card tells how it was made."

__all__ = ["Defaults", "ensure_defaults", "ensure_shipped_model"]


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


def ensure_shipped_model(database: Database, shipped: ShippedModel | None = None) -> int | None:
    """Register the trained model that comes with this Glint, and make it champion where nobody chose one.

    The defaults must have been made before. A later Glint with other weights adds a version of its own.

    Args:
        database: with the defaults.
        shipped: the model; the one in the package where None.

    Returns:
        Id of its version; None where this Glint ships no model.
    """
    shipped = shipped or shipped_model()
    if shipped is None:
        return None
    try:
        return _ensure_shipped(database, shipped)
    except IntegrityError:
        return _ensure_shipped(database, shipped)  # another process was first, as in `ensure_defaults`


def _ensure_shipped(database: Database, shipped: ShippedModel) -> int:
    with database.begin() as session:
        version = registry.shipped_version(session, SHIPPED_PATH, shipped.sha256)
        if version is not None:
            return version.id
        version = ModelVersion(
            name=_free_name(session), architecture=shipped.architecture, settings=dict(shipped.settings),
            checkpoint_path=SHIPPED_PATH, checkpoint_sha256=shipped.sha256, scores={}, note=_NOTE,
        )  # fmt: skip
        session.add(version)
        session.flush()
        alias = registry.alias(session, CHAMPION, lock=True)
        # Only programs move the alias without a name, so a person who ever chose keeps the choice.
        if alias is not None and all(c.changed_by is None for c in registry.alias_changes(session, alias.id)):
            session.add(AliasChange(alias_id=alias.id, kind="promote", from_version_id=alias.model_version_id,
                                    to_version_id=version.id))  # fmt: skip
            alias.model_version_id = version.id
        return version.id


def _free_name(session: Session) -> str:
    number = 1
    while registry.version_named(session, f"{SHIPPED_NAME}-{number}") is not None:
        number += 1
    return f"{SHIPPED_NAME}-{number}"
