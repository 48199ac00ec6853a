"""Sessions: who is signed in with which browser, for how long, and in which study they work.

The browser's cookie holds a random secret, the database its SHA-256 only. What a session may do is read anew each time:
a role that changes, a person who leaves and a session that is ended count from the next request.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.base import now
from db.models import Account, Assignment, SignInSession
from db.queries import people
from db.session import Database
from webapp.services import audit
from webapp.services.errors import Refused

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)  # a write per request would be a disk flush per picture


@dataclass(frozen=True)
class LiveSession:
    """A session that counts now. `study_id` and `role` are None and "" for a person who is in no study."""

    id: int
    annotator_id: int
    name: str
    study_id: int | None
    role: str
    site_admin: bool


@dataclass(frozen=True)
class SessionRow:
    """A browser somebody is signed in with, for a list of them."""

    id: int
    agent: str
    created_at: datetime
    seen_at: datetime


def digest(secret: str) -> str:
    """How a secret stands in the database. It is random and long, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def open_session(session: Session, annotator_id: int, agent: str = "") -> str:
    """Sign somebody in within the caller's transaction; returns the secret for the cookie."""
    secret = secrets.token_urlsafe(32)
    session.add(SignInSession(secret_hash=digest(secret), annotator_id=annotator_id, agent=agent[:200]))
    return secret


def live(database: Database, secret: str | None) -> LiveSession | None:
    """The session of a cookie; None where it is unknown, ended, idle or too old, or the person is not active."""
    if not secret:
        return None
    at = now()
    with database.read() as session:
        row = session.scalar(select(SignInSession).where(SignInSession.secret_hash == digest(secret)))
        if row is None or _over(row, at):
            return None
        annotator = people.annotator(session, row.annotator_id)
        if annotator is None or not annotator.active:
            return None
        place = _place(session, row)
        account = session.get(Account, row.annotator_id)
        found = LiveSession(
            row.id, row.annotator_id, annotator.name, place and place.study_id, place.role if place else "",
            account is not None and account.site_admin,
        )  # fmt: skip
        stale = at - row.seen_at > SEEN_EVERY
    if stale:
        with database.begin() as session:
            session.execute(update(SignInSession).where(SignInSession.id == found.id).values(seen_at=at))
    return found


def role_in(database: Database, annotator_id: int, study_id: int) -> str | None:
    """The role of an active person in a study now; None where they have none."""
    with database.read() as session:
        annotator = people.annotator(session, annotator_id)
        row = people.assignment(session, study_id, annotator_id)
        return row.role if row is not None and annotator is not None and annotator.active else None


def end(database: Database, session_id: int, by: int) -> None:
    """Sign out. Ending somebody else's is refused, except as part of `end_all`."""
    with database.begin() as session:
        row = session.get(SignInSession, session_id)
        if row is None or row.annotator_id != by:
            raise Refused("This is not a session of yours.")
        if row.ended_at is None:
            row.ended_at = now()
            audit.note(session, by, None, "sign out", {})


def end_all(session: Session, annotator_id: int, but: int | None = None) -> None:
    """End every session of a person within the caller's transaction, except `but`."""
    meant = update(SignInSession).where(SignInSession.annotator_id == annotator_id, SignInSession.ended_at.is_(None))
    session.execute(meant.where(SignInSession.id != (but or 0)).values(ended_at=now()))


def list_sessions(database: Database, annotator_id: int) -> tuple[SessionRow, ...]:
    """The sessions of a person that count now, newest first."""
    at = now()
    with database.read() as session:
        asked = select(SignInSession).where(
            SignInSession.annotator_id == annotator_id, SignInSession.ended_at.is_(None),
            SignInSession.seen_at >= at - IDLE, SignInSession.created_at >= at - LONGEST,
        )  # fmt: skip
        rows = session.scalars(asked.order_by(SignInSession.id.desc())).all()
        return tuple(SessionRow(r.id, r.agent, r.created_at, r.seen_at) for r in rows)


def work_in(database: Database, session_id: int, study_id: int) -> None:
    """Go over to another study.

    Raises:
        Refused: the person is not in it.
    """
    with database.begin() as session:
        row = session.get(SignInSession, session_id)
        if row is None or people.assignment(session, study_id, row.annotator_id) is None:
            raise Refused("You are not in this study.")
        row.study_id = study_id


def _over(row: SignInSession, at: datetime) -> bool:
    return row.ended_at is not None or at - row.seen_at > IDLE or at - row.created_at > LONGEST


def _place(session: Session, row: SignInSession) -> Assignment | None:
    """The assignment worked in: the one chosen, else the person's oldest."""
    asked = select(Assignment).where(Assignment.annotator_id == row.annotator_id).order_by(Assignment.id)
    mine = session.scalars(asked).all()
    return next((a for a in mine if a.study_id == row.study_id), mine[0] if mine else None)
