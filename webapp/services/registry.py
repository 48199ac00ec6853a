"""Model versions and the alias "champion": registering, promoting, rolling back, comparing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.models import Alias
from db.models import AliasChange as AliasChangeRow
from db.models import ModelVersion as ModelVersionRow
from db.queries import label_sets
from db.queries import registry as queries
from db.session import Database
from webapp import mapping
from webapp.services import audit
from webapp.services.comparison import compare
from webapp.services.defaults import CHAMPION
from webapp.services.errors import NotFound, Refused
from webapp.values.registry import AliasChange, ModelComparison, ModelVersion, ProposalDifference, ScoreDifference

__all__ = [
    "AliasChange",
    "ModelComparison",
    "ModelVersion",
    "ProposalDifference",
    "ScoreDifference",
    "alias_history",
    "champion",
    "compare",
    "get_version",
    "list_versions",
    "promote",
    "register_version",
    "roll_back",
    "set_scores",
]


OTHER_SET = "of another study"


def register_version(
    database: Database,
    *,
    architecture: str,
    settings: Mapping[str, Any],
    checkpoint_path: str | None,
    checkpoint_sha256: str | None,
    scores: Mapping[str, Any],
    name: str | None = None,
    label_set_id: int | None = None,
    parent_id: int | None = None,
    job_id: int | None = None,
    code_version: str = "",
    seed: int | None = None,
    note: str = "",
    lineage: Mapping[str, Any] | None = None,
) -> int:
    """Register a checkpoint; a job registers once, its second call gives the same id.

    Args:
        name: unique; "<architecture>-<number>" when left out.
        checkpoint_path: folder, relative to the data folder.
        scores: nested numbers.
        lineage: where it comes from beside the columns, see `ModelVersion`.

    Returns:
        Id of the version.

    Raises:
        NotFound: no such job.
        Refused: the name is taken.
    """
    try:
        with database.begin() as session:
            job = None if job_id is None else queries.job(session, job_id, lock=True)
            if job_id is not None and job is None:
                raise NotFound(f"There is no training job {job_id}.")
            if job is not None and job.model_version_id is not None:
                return job.model_version_id
            row = ModelVersionRow(
                name=name or _free_name(session, architecture, job_id),
                architecture=architecture,
                settings=dict(settings),
                label_set_id=label_set_id if job is None else job.label_set_id,
                parent_id=parent_id if job is None else job.warm_start,
                code_version=code_version,
                seed=seed,
                checkpoint_path=checkpoint_path,
                checkpoint_sha256=checkpoint_sha256,
                scores=dict(scores),
                note=note,
                lineage=dict(lineage or {}),
            )
            session.add(row)
            session.flush()
            if job is not None:
                job.model_version_id = row.id
            return row.id
    except IntegrityError as error:
        raise Refused(f"The model version could not be registered; is the name {name!r} taken?") from error


def _free_name(session: Session, architecture: str, job_id: int | None) -> str:
    number = job_id or 1
    while queries.version_named(session, f"{architecture}-{number}") is not None:
        number += 1
    return f"{architecture}-{number}"


def set_scores(database: Database, version_id: int, scores: Mapping[str, Any]) -> None:
    """Add or replace named groups of scores, such as the results on another label set."""
    with database.begin() as session:
        row = _version(session, version_id)
        row.scores = {**row.scores, **scores}


def list_versions(database: Database, study_id: int | None = None) -> tuple[ModelVersion, ...]:
    """All versions of the installation, newest first.

    Args:
        study_id: whose people look: label sets of other studies stay nameless to them. None for programs.
    """
    with database.read() as session:
        names = queries.aliases(session)
        own = None if study_id is None else {row.id for row in label_sets.label_sets(session, study_id)}
        return tuple(
            mapping.model_version(
                row, OTHER_SET if label_set and own is not None and row.label_set_id not in own else label_set, job_id,
                names.get(row.id, ()),
            )
            for row, label_set, job_id in queries.versions(session)
        )  # fmt: skip


def get_version(database: Database, version_id: int, study_id: int | None = None) -> ModelVersion:
    """One of `list_versions`; NotFound where there is none."""
    for version in list_versions(database, study_id):
        if version.id == version_id:
            return version
    raise NotFound(f"There is no model version {version_id}.")


def champion(database: Database) -> ModelVersion:
    """The version that spots new videos.

    Raises:
        NotFound: the defaults were never made (`defaults.ensure_defaults`).
    """
    for version in list_versions(database):
        if CHAMPION in version.aliases:
            return version
    raise NotFound("There is no champion; the defaults were not made.")


def promote(database: Database, version_id: int, by: int | None) -> None:
    """Make a version the champion; the change is written into the history.

    Raises:
        NotFound: there is no such version.
        Refused: it is the champion already.
    """
    with database.begin() as session:
        alias = _champion(session)
        if alias.model_version_id == _version(session, version_id).id:
            raise Refused("This version is the champion already.")
        _move(session, alias, "promote", version_id, by)


def roll_back(database: Database, by: int | None) -> int:
    """Give the alias back to the champion before the present one; again and again walks further back.

    Returns:
        Id of the version that is champion now.

    Raises:
        Refused: there was none before.
    """
    with database.begin() as session:
        alias = _champion(session)
        stack: list[int] = []
        for change in queries.alias_changes(session, alias.id):
            if change.kind == "promote":
                stack.append(change.to_version_id)
            else:
                stack.pop()
        if len(stack) < 2:
            raise Refused("There was no champion before this one, so there is nothing to roll back to.")
        _move(session, alias, "roll_back", stack[-2], by)
        return stack[-2]


def alias_history(database: Database, alias: str = CHAMPION) -> tuple[AliasChange, ...]:
    """All moves of an alias, newest first."""
    with database.read() as session:
        row = queries.alias(session, alias)
        changes = queries.alias_changes(session, row.id) if row else ()
        return tuple(mapping.alias_change(change, alias) for change in reversed(changes))


def _champion(session: Session) -> Alias:
    alias = queries.alias(session, CHAMPION, lock=True)
    if alias is None:
        raise NotFound("There is no champion; the defaults were not made.")
    return alias


def _move(session: Session, alias: Alias, kind: str, version_id: int, by: int | None) -> None:
    session.add(
        AliasChangeRow(
            alias_id=alias.id,
            kind=kind,
            from_version_id=alias.model_version_id,
            to_version_id=version_id,
            changed_by=by,
        )
    )
    alias.model_version_id = version_id
    action = "promote version" if kind == "promote" else "roll back version"
    audit.note(session, by, None, action, {"version_id": version_id, "alias": alias.name})


def _version(session: Session, version_id: int) -> ModelVersionRow:
    row = queries.version(session, version_id)
    if row is None:
        raise NotFound(f"There is no model version {version_id}.")
    return row
