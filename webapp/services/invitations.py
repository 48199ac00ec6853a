"""Invitations: a link, good once and for a week, that makes an account or gives a known person a new password."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.base import now
from db.models import Account, Annotator, Assignment, Invitation, Study
from db.queries import people
from db.session import Database
from webapp.access import ROLES
from webapp.services import audit, passwords, sessions, studies
from webapp.services.accounts import checked_name
from webapp.services.errors import Refused

GOOD_FOR = timedelta(days=7)
SPENT = "This invitation was used already, has run out, or never was. Ask an admin of the study for a new one."


@dataclass(frozen=True)
class Invited:
    """What an invitation says; `study` is "" for one that only gives a new password."""

    name: str
    study: str
    role: str


def invite(database: Database, study_id: int, name: str, role: str, by: int) -> str:
    """Invite somebody new into a study; returns the code of the link, which is not kept.

    Raises:
        Refused: the name is taken by somebody who can sign in (add them instead), or there is no such role.
    """
    name = checked_name(name)
    if role not in ROLES:
        raise Refused(f"There is no role {role!r}.")
    with database.begin() as session:
        studies.require_admin(session, study_id, by)
        known = people.annotator_named(session, name)
        if known is not None and session.get(Account, known.id) is not None:
            raise Refused(f"{name} has an account already: add them to the study instead of inviting them.")
        if known is not None and people.assignment(session, study_id, known.id) is None:
            raise Refused(f"The name {name} is taken; choose another one.")
        audit.note(session, by, study_id, "invite person", {"name": name, "role": role})
        return _add(session, name=name, study_id=study_id, role=role, created_by=by,
                    annotator_id=known.id if known else None)  # fmt: skip


def renew(database: Database, annotator_id: int, by: int) -> str:
    """A link with which a person chooses a new password; for admins of the installation. Returns its code."""
    with database.begin() as session:
        studies.require_site_admin(session, by)
        annotator = people.annotator(session, annotator_id)
        if annotator is None:
            raise Refused("There is no such person.")
        audit.note(session, by, None, "renew password", {"name": annotator.name})
        return _add(session, name=annotator.name, annotator_id=annotator_id, created_by=by)


def look_up(database: Database, code: str) -> Invited:
    """What an invitation that is still good says.

    Raises:
        Refused: it is not.
    """
    with database.read() as session:
        row = _good(session, code)
        study = session.get(Study, row.study_id) if row.study_id else None
        return Invited(row.name, study.name if study else "", row.role or "")


def accept(
    database: Database, code: str, *, password: str | None = None, provider: tuple[str, str] | None = None,
    agent: str = "",
) -> str:  # fmt: skip
    """Use an invitation up, with a password or with a provider's (issuer, subject); returns the secret of a session.

    Raises:
        Refused: it is not good any more, the password is not good enough, or the identity is somebody's already.
    """
    name = look_up(database, code).name
    if password is not None:
        passwords.check(password, name)
    kept = passwords.hashed(password) if password is not None else None
    with database.begin() as session:
        row = _good(session, code)
        row.used_at = now()
        annotator_id = row.annotator_id or _annotator(session, row.name)
        account = session.get(Account, annotator_id)
        if account is None:
            account = Account(annotator_id=annotator_id)
            session.add(account)
        if kept is not None:
            account.password_hash = kept
        if provider is not None:
            taken = select(Account).where(Account.issuer == provider[0], Account.subject == provider[1])
            if session.scalar(taken) not in (None, account):
                raise Refused("Somebody here goes by this sign-in already.")
            account.issuer, account.subject = provider
        account.changed_at = now()
        if row.study_id is not None and people.assignment(session, row.study_id, annotator_id) is None:
            session.add(Assignment(study_id=row.study_id, annotator_id=annotator_id, role=row.role))
        sessions.end_all(session, annotator_id)
        audit.note(session, annotator_id, row.study_id, "accept invitation", {"name": row.name})
        return sessions.open_session(session, annotator_id, agent)


def _annotator(session: Session, name: str) -> int:
    if people.annotator_named(session, name) is not None:  # somebody was quicker with the name
        raise Refused(f"The name {name} has been taken meanwhile. Ask for another invitation.")
    annotator = Annotator(name=name)
    session.add(annotator)
    session.flush()
    return annotator.id


def _add(session: Session, **values: object) -> str:
    code = secrets.token_urlsafe(24)
    session.add(Invitation(code_hash=sessions.digest(code), ends_at=now() + GOOD_FOR, **values))
    return code


def _good(session: Session, code: str) -> Invitation:
    row = session.scalar(select(Invitation).where(Invitation.code_hash == sessions.digest(code)).with_for_update())
    if row is None or row.used_at is not None or row.ends_at < now():
        raise Refused(SPENT)
    return row
