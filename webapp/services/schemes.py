"""The coding scheme of a study: reading and changing it. What a scheme may say is `webapp.values.scheme`."""

from __future__ import annotations

from db.models import Study
from db.queries import people
from db.session import Database
from webapp import mapping
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.values.scheme import Scheme

EDITORS = ("lead", "admin")


def study_scheme(database: Database, study_id: int) -> Scheme:
    """The scheme in use; NotFound for no such study."""
    with database.read() as session:
        study = session.get(Study, study_id)
        if study is None:
            raise NotFound("There is no such study.")
        return mapping.scheme(study)


def change_scheme(database: Database, study_id: int, scheme: Scheme, seen: Scheme, by: int) -> None:
    """Use another scheme from now on; what is coded already stays as it is.

    Args:
        seen: the scheme that was edited; somebody else's change in the meantime is not overwritten.
        by: the annotator who changes it, a lead or admin of the study.

    Raises:
        NotFound: no such study.
        Refused: not by this person.
        Conflict: the scheme is not `seen` any more.
    """
    with database.begin() as session:
        study = session.get(Study, study_id)
        if study is None:
            raise NotFound("There is no such study.")
        assignment = people.assignment(session, study_id, by)
        if assignment is None or assignment.role not in EDITORS:
            raise Refused("Only leads and admins of the study change its scheme.")
        if mapping.scheme(study) != seen:
            raise Conflict("Somebody changed this scheme after you opened it. Reload the page and change it again.")
        study.scheme = scheme.to_json()
