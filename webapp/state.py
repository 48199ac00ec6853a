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
from webapp.services.defaults import Defaults, ensure_defaults, ensure_shipped_model
from webapp.services.errors import ServiceError
from webapp.settings import Settings
from webapp.tokens import TOKEN_SECONDS, Identity, make_token

log = logging.getLogger(__name__)

_TOKEN = "glint-token"


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
    """One engine per database for all sessions of this process."""
    return _open(settings().database_url)


def data_dir() -> Path:
    return settings().data_dir


def defaults() -> Defaults:
    """Ids of the default study, annotator and baseline version."""
    return _defaults(settings().database_url)


def study_id() -> int:
    return defaults().study_id


def identity() -> Identity:
    """The person at the screen: the default annotator until people can sign in."""
    made = defaults()
    return Identity(made.annotator_id, made.study_id, "admin")


def token() -> str:
    """A signed token for the routes; hand it to components in `data`, never write it into a log.

    The same one for a third of its life, so that a rerun does not give every picture a new address.
    """
    kept, made = st.session_state.get(_TOKEN, ("", 0.0))
    if time.monotonic() - made > TOKEN_SECONDS / 3 or not kept:
        who = identity()
        kept, made = make_token(settings(), who.annotator_id, who.study_id, who.role), time.monotonic()
        st.session_state[_TOKEN] = (kept, made)
    return kept


def remove_files(stored: Iterable[str]) -> None:
    """Remove files and folders of deleted rows; whatever lies outside the data folder was never ours."""
    root = data_dir().resolve()
    for path in stored:
        target = (root / path).resolve()
        if target == root or not target.is_relative_to(root):
            log.warning("left %s alone: it is not inside the data folder", path)
        elif target.is_dir():
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
