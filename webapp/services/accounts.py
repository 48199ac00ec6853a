"""Accounts: signing in, the first admin, changing a password. Invitations have a module of their own.

Tries to sign in are rows, so that the brake on guessing survives a restart. A try is written before the password is
looked at: a thousand tries at once are a thousand rows, not one.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db.base import now
from db.models import Account, Annotator, Assignment, SignInTry
from db.queries import people
from db.session import Database
from webapp.services import audit, passwords, sessions
from webapp.services.defaults import ensure_defaults
from webapp.services.errors import Refused

WINDOW = timedelta(minutes=15)
TRIES_OF_NAME_FROM_ADDRESS = 5
TRIES_OF_NAME = 30  # from everywhere: high enough that nobody is locked out by a neighbour's joke alone
TRIES_FROM_ADDRESS = 50
KEPT = timedelta(days=30)
LONGEST_NAME = 80
WRONG = "Name or password is wrong."


class TooManyTries(Refused):
    """Wait. The sentence says how long."""


def sign_in(database: Database, name: str, password: str, address: str, agent: str = "") -> str:
    """Check name and password; returns the secret of a new session.

    Raises:
        TooManyTries: too many failures of this name or from this address within WINDOW.
        Refused: wrong; the same sentence and the same work whether the name exists or not.
    """
    attempt = begin_try(database, name, address)
    with database.read() as session:
        found = people.annotator_named(session, clean_name(name))
        account = session.get(Account, found.id) if found is not None and found.active else None
        kept = account.password_hash if account is not None else None
    if not passwords.matches(kept, password) or found is None:
        raise Refused(WRONG)
    with database.begin() as session:
        if passwords.outdated(kept):
            session.get(Account, found.id).password_hash = passwords.hashed(password)
        return _welcome(session, attempt, found.id, agent)


def sign_in_through_provider(database: Database, issuer: str, subject: str, agent: str = "") -> str:
    """A session for who a provider vouches for; returns its secret.

    Raises:
        Refused: nobody was invited under this identity.
    """
    with database.begin() as session:
        asked = select(Account).where(Account.issuer == issuer, Account.subject == subject)
        account = session.scalar(asked)
        annotator = account and people.annotator(session, account.annotator_id)
        if annotator is None or not annotator.active:
            raise Refused("Nobody here goes by this sign-in. Ask an admin for an invitation link, and open it first.")
        return _welcome(session, None, annotator.id, agent)


def create_admin(database: Database, name: str, password: str | None) -> int:
    """The first admin, or one more: of the installation and of the default study. Called from the command line only.

    Args:
        password: None for somebody who signs in through a provider, after opening an invitation.

    Raises:
        Refused: the name is taken by somebody who can sign in already, or the password is not good enough.
    """
    name = checked_name(name)
    if password is not None:
        passwords.check(password, name)
    kept = passwords.hashed(password) if password is not None else None
    study_id = ensure_defaults(database).study_id
    with database.begin() as session:
        annotator = people.annotator_named(session, name)
        if annotator is None:
            annotator = Annotator(name=name)
            session.add(annotator)
            session.flush()
        if session.get(Account, annotator.id) is not None:
            raise Refused(f"{name} has an account already.")
        session.add(Account(annotator_id=annotator.id, password_hash=kept, site_admin=True))
        place = people.assignment(session, study_id, annotator.id)
        if place is None:
            session.add(Assignment(study_id=study_id, annotator_id=annotator.id, role="admin"))
        else:
            place.role = "admin"
        audit.note(session, None, None, "create admin", {"name": name})
        return annotator.id


def reset_password(database: Database, name: str, password: str) -> None:
    """A new password from the command line, for an admin who forgot theirs; ends all sessions of the person."""
    with database.read() as session:
        annotator = people.annotator_named(session, clean_name(name))
        account = annotator and session.get(Account, annotator.id)
    if account is None:
        raise Refused(f"{name} has no account.")
    set_password(database, annotator.id, password, by=None)


def change_password(database: Database, annotator_id: int, old: str, new: str, session_id: int, address: str) -> None:
    """Replace one's own password; other browsers are signed out.

    Raises:
        TooManyTries, Refused: the old one is wrong, or the new one not good enough.
    """
    with database.read() as session:
        name = people.annotator(session, annotator_id).name
        account = session.get(Account, annotator_id)
        kept = account.password_hash if account is not None else None
    attempt = begin_try(database, name, address)
    if not passwords.matches(kept, old):
        raise Refused("The old password is wrong.")
    with database.begin() as session:
        session.get(SignInTry, attempt).succeeded = True
    set_password(database, annotator_id, new, by=annotator_id, but=session_id)


def set_password(database: Database, annotator_id: int, password: str, by: int | None, but: int | None = None) -> None:
    with database.read() as session:
        name = people.annotator(session, annotator_id).name
    passwords.check(password, name)
    kept = passwords.hashed(password)
    with database.begin() as session:
        account = session.get(Account, annotator_id) or Account(annotator_id=annotator_id)
        account.password_hash, account.changed_at = kept, now()
        session.add(account)
        sessions.end_all(session, annotator_id, but)
        audit.note(session, by, None, "change password", {"name": name})


def has_accounts(database: Database) -> bool:
    """Whether anybody can sign in."""
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Account)) > 0


def clean_name(name: str) -> str:
    """A name as it is compared: without spaces around it or doubled within."""
    return " ".join(name.split())


def checked_name(name: str) -> str:
    name = clean_name(name)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused(f"A name has 1 to {LONGEST_NAME} printable characters.")
    return name


def begin_try(database: Database, name: str, address: str) -> int:
    """Count a try, as failed until it is known better; returns its id.

    Raises:
        TooManyTries: there were too many failures.
    """
    name_hash = hashlib.sha256(clean_name(name).casefold().encode()).hexdigest()
    address = address[:64]
    at = now()
    with database.begin() as session:
        session.execute(delete(SignInTry).where(SignInTry.at < at - KEPT))
        failed = select(func.count()).select_from(SignInTry).where(
            SignInTry.at > at - WINDOW, SignInTry.succeeded.is_(False)
        )  # fmt: skip
        of_name, from_here = SignInTry.name_hash == name_hash, SignInTry.address == address
        if (
            session.scalar(failed.where(of_name, from_here)) >= TRIES_OF_NAME_FROM_ADDRESS
            or session.scalar(failed.where(of_name)) >= TRIES_OF_NAME
            or session.scalar(failed.where(from_here)) >= TRIES_FROM_ADDRESS
        ):
            raise TooManyTries(f"Too many tries. Wait {WINDOW.seconds // 60} minutes, then try again.")
        row = SignInTry(name_hash=name_hash, address=address, at=at)
        session.add(row)
        session.flush()
        return row.id


def _welcome(session: Session, attempt: int | None, annotator_id: int, agent: str) -> str:
    if attempt is not None:
        session.get(SignInTry, attempt).succeeded = True
    audit.note(session, annotator_id, None, "sign in", {})
    return sessions.open_session(session, annotator_id, agent)
