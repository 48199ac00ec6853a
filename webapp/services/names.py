"""Names for ids that pages show: annotators and model versions, whoever is still here."""

from __future__ import annotations

from db.queries import people, spotting
from db.session import Database


def annotators(database: Database) -> dict[int, str]:
    """Annotator id -> name."""
    with database.read() as session:
        return dict(people.annotator_names(session))


def versions(database: Database) -> dict[int, str]:
    """Model version id -> name."""
    with database.read() as session:
        return spotting.model_names(session)
