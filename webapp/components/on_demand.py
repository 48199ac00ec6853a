"""Answers that read every decision of a study: given at once while that is quick, else when somebody asks, and kept.

What is kept is shared by everybody of the study, so only answers belong here that do not depend on who asks.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import streamlit as st

from webapp import state, wording
from webapp.services.study_state import StudyState, study_state

AT_ONCE = 3_000  # changes in a study that any page reads in a moment
MOST_KEPT = 6  # answers of all studies together: one may hold a hundred thousand intervals
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Kept:
    """An answer, with the state of the study it was given in."""

    answer: Any
    state: StudyState
    at: datetime


class Shelf:
    """The answers that were asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable) -> Kept | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: Hashable, kept: Kept) -> None:
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)


@st.cache_resource(show_spinner=False)
def _shelf() -> Shelf:
    return Shelf()


def on_demand(name: str, ask: Callable[[], Answer], *about: Hashable) -> Answer | None:
    """The answer, or None where this person has not asked for it yet.

    Args:
        name: of the question; keys of its button end in it.
        about: what else the question depends on.
    """
    database, study = state.database(), state.study_id()
    now = study_state(database, study)
    if now.size <= AT_ONCE:
        return ask()
    key = (state.settings().database_url, study, name, *about)
    kept = _shelf().find(key)
    # An answer from before a withdrawal could name what was taken out: nobody sees it any more.
    if kept is not None and kept.state.videos != now.videos:
        kept = None
    if kept is None or kept.state != now:
        words, button = st.columns((4, 1), vertical_alignment="center")
        if kept is None:
            words.info(f"This reads everything decided in the study ({now.size:,} changes): seconds to minutes.")
        else:
            words.caption(f"As of {wording.moment(kept.at)}; something was decided since.")
        label = "Work it out" if kept is None else "Work it out again"
        if button.button(label, key=f"ask-{name}", type="primary" if kept is None else "secondary", width="stretch"):
            with st.spinner("Reading everything that was decided"):
                kept = Kept(ask(), now, datetime.now(UTC))
            _shelf().keep(key, kept)
            st.rerun()
    return None if kept is None else kept.answer
