"""Who may take whose labels out of the installation.

A coder who reads what others made of a video before judging it alone is lost for agreement, so coders take out their
own labels and leads everybody's. Whoever sits at the server's own command line has the files anyway.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from db.queries import people
from db.session import Database
from webapp.access import at_least
from webapp.services import audit
from webapp.services.errors import Refused


def may_read_of_others(database: Database, study_id: int, by: int | None) -> bool:
    """Whether a person may read labels of others as a whole; None is the server's command line."""
    with database.read() as session:
        return by is None or at_least(_role(session, study_id, by), "lead")


def note_export(
    database: Database, study_id: int, by: int | None, what: str, annotator: str, **more: object
) -> None:
    """Check an export and note it, before the first byte is made.

    Args:
        by: who asks; None for the server's command line.
        what: name of the format.
        annotator: whose labels; "" for everybody's.

    Raises:
        Refused: not theirs to read.
    """
    with database.begin() as session:
        if by is not None:
            role = _role(session, study_id, by)
            own = people.annotator(session, by)
            if not at_least(role, "annotator"):
                raise Refused("Exports need the role annotator in the study.")
            if not at_least(role, "lead") and (own is None or annotator != own.name):
                raise Refused("You may export your own labels; those of others are exported by leads of the study.")
        about = {"format": what, "whose": annotator or "everybody", **more}
        audit.note(session, by, study_id, "export labels", about)


def _role(session: Session, study_id: int, by: int) -> str:
    place = people.assignment(session, study_id, by)
    return place.role if place else ""
