"""What every page needs before it can draw: settings, the database, who is working, a token, and the error door.

Streamlit is allowed here; queries and rules are not (they belong to `services`).
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from db.session import Database
from spotcore.errors import SpotcoreError
from webapp.access import at_least
from webapp.doors import SESSION_COOKIE
from webapp.services import sessions, studies
from webapp.services.defaults import Defaults, ensure_defaults, ensure_shipped_model
from webapp.services.errors import ServiceError
from webapp.services.sessions import LiveSession
from webapp.settings import Settings
from webapp.tokens import TOKEN_SECONDS, Identity, make_token

log = logging.getLogger(__name__)

_TOKEN = "glint-token"
_WHO = "glint-who"
REMEMBERED_SECONDS = 1.0  # one run of a page asks dozens of times


def settings() -> Settings:
    """Read from the environment at every call, so that a test's data folder is never another test's."""
    return Settings.from_environment()


@st.cache_resource(show_spinner=False, max_entries=4)
def _open(url: str) -> Database:
    return Database(url)


@st.cache_resource(show_spinner=False, max_entries=4)
def _defaults(url: str) -> Defaults:
    made = ensure_defaults(_open(url))
    ensure_shipped_model(_open(url))
    return made


def database() -> Database:
    """One engine per database for all sessions of this process; only for who is signed in."""
    signed_in()
    return _open(settings().database_url)


def data_dir() -> Path:
    return settings().data_dir


def defaults() -> Defaults:
    """Ids of the default study, annotator and baseline version."""
    return _defaults(settings().database_url)


def signed_in() -> LiveSession:
    """Who is at the screen, read anew at least every second; the page ends here for who is signed out.

    Where nobody signs in it is the default annotator, in the study chosen last.
    """
    url = settings().database_url
    kept = st.session_state.get(_WHO)
    if kept is not None and kept[0] == url and time.monotonic() - kept[1] < REMEMBERED_SECONDS:
        return kept[2]
    defaults()  # a new installation has its first study from here on
    if settings().single_user:
        found = studies.only_person(_open(url), defaults())
    else:
        found = sessions.live(_open(url), session_secret())
        if found is None:
            st.session_state.pop(_TOKEN, None)
            st.warning("You are signed out.", icon=":material/lock:")
            st.link_button("Sign in", "/login", type="primary")
            st.stop()
    st.session_state[_WHO] = (url, time.monotonic(), found)
    return found


def session_secret() -> str | None:
    """What the browser's cookie held when it opened this page."""
    return st.context.cookies.get(SESSION_COOKIE)


def forget_who() -> None:
    """Read anew who is at the screen: the study or the role has changed."""
    for name in (_WHO, _TOKEN):
        st.session_state.pop(name, None)


def identity() -> Identity:
    """The person at the screen in the study they work in; the page ends here for who is in none."""
    who = signed_in()
    if who.study_id is None:
        st.info("You are in no study yet. Ask an admin of a study to add you.", icon=":material/group:")
        st.link_button("Sign out", "/logout")
        st.stop()
    return Identity(who.annotator_id, who.study_id, who.role, 0 if settings().single_user else who.id)


def study_id() -> int:
    return identity().study_id


def may(least: str) -> bool:
    """Whether the person at the screen has at least this role in the study."""
    return at_least(identity().role, least)


def token() -> str:
    """A signed token for the routes; hand it to components in `data`, never write it into a log.

    The same one for a third of its life, so that a rerun does not give every picture a new address.
    """
    who = identity()
    kept, made, of = st.session_state.get(_TOKEN, ("", 0.0, None))
    if time.monotonic() - made > TOKEN_SECONDS / 3 or of != who:
        kept = make_token(settings(), who.annotator_id, who.study_id, who.role, session_id=who.session_id)
        st.session_state[_TOKEN] = (kept, time.monotonic(), who)
    return kept


def remove_files(stored: Iterable[str]) -> None:
    """Remove files and folders of deleted rows; whatever lies outside the data folder was never ours."""
    root, store = data_dir().resolve(), settings().store
    for path in stored:
        target = (root / path).resolve()
        if target == root or not target.is_relative_to(root):
            log.warning("left %s alone: it is not inside the data folder", path)
            continue
        if store is not None:
            store.remove(path)
        if target.is_dir():
            shutil.rmtree(target, ignore_errors=True)
        else:
            target.unlink(missing_ok=True)


@contextmanager
def door(doing: str) -> Iterator[None]:
    """Show what went wrong as a sentence; the stack trace goes to the log.

    Args:
        doing: what was tried, to follow "Could not": "delete the video".
    """
    try:
        yield
    except (ServiceError, SpotcoreError) as error:
        st.error(str(error), icon=":material/error:")
    except Exception:
        log.exception("could not %s", doing)
        st.error(
            f"Could not {doing}: something unexpected happened. Nothing was lost; the details are in the server's "
            "log. Reload the page, and if it happens again, report it with the time of day.",
            icon=":material/error:",
        )
