"""Studies and who works in them in which role. Who codes which video stands in `assignments`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Account, Annotator, Assignment, Study
from db.queries import adjudication, people
from db.session import Database
from webapp.access import ROLES
from webapp.services import audit, sessions
from webapp.services.accounts import checked_name, clean_name
from webapp.services.errors import Refused
from webapp.services.sessions import LiveSession
from webapp.values.library import Defaults


@dataclass(frozen=True)
class StudyRow:
    """A study somebody is in, and as what."""

    id: int
    name: str
    role: str


@dataclass(frozen=True)
class PersonRow:
    """Somebody in a study. `signs_in`: "password", "provider" or "" where they have no account."""

    annotator_id: int
    name: str
    role: str
    active: bool
    signs_in: str


def only_person(database: Database, made: Defaults) -> LiveSession:
    """The default annotator of an installation where nobody signs in, in the study they chose last."""
    with database.read() as session:
        annotator = people.annotator(session, made.annotator_id)
        wanted = (annotator.preferences or {}).get("study", made.study_id)
        place = people.assignment(session, wanted, made.annotator_id)
        study_id = place.study_id if place else made.study_id
        return LiveSession(0, made.annotator_id, annotator.name, study_id, "admin", True)


def choose(database: Database, annotator_id: int, study_id: int) -> None:
    """Remember the study worked in, where there are no sessions to remember it."""
    with database.begin() as session:
        if people.assignment(session, study_id, annotator_id) is None:
            raise Refused("You are not in this study.")
        annotator = people.annotator(session, annotator_id)
        annotator.preferences = {**(annotator.preferences or {}), "study": study_id}


def studies_of(database: Database, annotator_id: int) -> tuple[StudyRow, ...]:
    """The studies somebody is in, by name."""
    with database.read() as session:
        asked = (
            select(Study, Assignment.role)
            .join(Assignment, Assignment.study_id == Study.id)
            .where(Assignment.annotator_id == annotator_id)
            .order_by(Study.name)
        )
        return tuple(StudyRow(study.id, study.name, role) for study, role in session.execute(asked))


def all_studies(database: Database) -> tuple[StudyRow, ...]:
    """Every study of the installation, for those who look after it; the role is empty."""
    with database.read() as session:
        return tuple(StudyRow(s.id, s.name, "") for s in session.scalars(select(Study).order_by(Study.name)))


def create_study(database: Database, name: str, by: int) -> int:
    """A new, empty study with its maker as admin; for admins of the installation. Returns its id.

    Raises:
        Refused: the name is taken or empty.
    """
    name = checked_name(name)
    with database.begin() as session:
        require_site_admin(session, by)
        if people.study_named(session, name) is not None:
            raise Refused(f"There is a study {name} already.")
        study = Study(name=name)
        session.add(study)
        session.flush()
        session.add(Assignment(study_id=study.id, annotator_id=by, role="admin"))
        audit.note(session, by, study.id, "create study", {"name": name})
        return study.id


def people_in(database: Database, study_id: int) -> tuple[PersonRow, ...]:
    """Everybody in a study, by name."""
    with database.read() as session:
        asked = (
            select(Annotator, Assignment.role, Account)
            .join(Assignment, Assignment.annotator_id == Annotator.id)
            .outerjoin(Account, Account.annotator_id == Annotator.id)
            .where(Assignment.study_id == study_id)
            .order_by(Annotator.name)
        )
        return tuple(
            PersonRow(person.id, person.name, role, person.active, _signs_in(account))
            for person, role, account in session.execute(asked)
        )


def add_person(database: Database, study_id: int, name: str, role: str, by: int) -> None:
    """Somebody who has an account comes into the study; the name must be known exactly.

    Raises:
        Refused: nobody has this name, they are in the study already, or there is no such role.
    """
    _known_role(role)
    with database.begin() as session:
        require_admin(session, study_id, by)
        found = people.annotator_named(session, clean_name(name))
        if found is None or found.id in adjudication.consensus_annotators(session):
            raise Refused("Nobody has this name; invite them with a link.")
        if people.assignment(session, study_id, found.id) is not None:
            raise Refused(f"{found.name} is in the study already.")
        session.add(Assignment(study_id=study_id, annotator_id=found.id, role=role))
        audit.note(session, by, study_id, "add person", {"name": found.name, "role": role})


def set_role(database: Database, study_id: int, annotator_id: int, role: str, by: int) -> None:
    """Raises Refused where the study would be left without an admin."""
    _known_role(role)
    with database.begin() as session:
        require_admin(session, study_id, by)
        place = _place(session, study_id, annotator_id)
        if place.role == "admin" and role != "admin":
            _keep_an_admin(session, study_id)
        before, place.role = place.role, role
        name = people.annotator(session, annotator_id).name
        audit.note(session, by, study_id, "change role", {"name": name, "from": before, "to": role})


def remove_person(database: Database, study_id: int, annotator_id: int, by: int) -> None:
    """Somebody leaves the study; what they coded stays. Refused for the last admin."""
    with database.begin() as session:
        require_admin(session, study_id, by)
        place = _place(session, study_id, annotator_id)
        if place.role == "admin":
            _keep_an_admin(session, study_id)
        session.delete(place)
        audit.note(session, by, study_id, "remove person", {"name": people.annotator(session, annotator_id).name})


def set_active(database: Database, annotator_id: int, active: bool, by: int) -> None:
    """Lock somebody out of the installation, or let them in again; for its admins. Ends their sessions at once."""
    with database.begin() as session:
        require_site_admin(session, by)
        if annotator_id == by:
            raise Refused("You cannot lock yourself out.")
        annotator = people.annotator(session, annotator_id)
        if annotator is None:
            raise Refused("There is no such person.")
        annotator.active = active
        sessions.end_all(session, annotator_id)
        audit.note(session, by, None, "unlock person" if active else "lock person", {"name": annotator.name})


def is_site_admin(session: Session, annotator_id: int) -> bool:
    """Whether somebody looks after the installation; where nobody has an account, everybody does."""
    account = session.get(Account, annotator_id)
    if account is not None:
        return account.site_admin
    return session.scalar(select(func.count()).select_from(Account)) == 0


def require_site_admin(session: Session, annotator_id: int) -> None:
    """Raises Refused for who does not look after the installation."""
    if not is_site_admin(session, annotator_id):
        raise Refused("Only admins of the installation may do this.")


def require_admin(session: Session, study_id: int, by: int) -> None:
    """Raises Refused for who is not an admin of the study."""
    place = people.assignment(session, study_id, by)
    if place is None or place.role != "admin":
        raise Refused("Only admins of the study may do this.")


def _place(session: Session, study_id: int, annotator_id: int) -> Assignment:
    place = people.assignment(session, study_id, annotator_id)
    if place is None:
        raise Refused("This person is not in the study.")
    return place


def _keep_an_admin(session: Session, study_id: int) -> None:
    admins = select(func.count()).select_from(Assignment)
    if session.scalar(admins.where(Assignment.study_id == study_id, Assignment.role == "admin")) < 2:
        raise Refused("A study needs an admin; make somebody else one first.")


def _known_role(role: str) -> None:
    if role not in ROLES:
        raise Refused(f"There is no role {role!r}.")


def _signs_in(account: Account | None) -> str:
    if account is None:
        return ""
    return "provider" if account.subject else "password" if account.password_hash else ""
