"""Promote, roll back, and spot again with the champion; every change of the champion is asked for twice."""

from __future__ import annotations

import streamlit as st

from webapp import state, wording
from webapp.access import at_least
from webapp.components import video_actions
from webapp.components.new_job import open_form
from webapp.services import library, registry
from webapp.services.against_parent import against_parent
from webapp.services.registry import ModelVersion
from webapp.values.jobs import SPOT_LIBRARY

_QUESTION = "models-question"


def buttons(version: ModelVersion, champion: ModelVersion) -> None:
    """What a lead can do with the chosen version."""
    if not at_least(state.identity().role, "lead"):
        return
    promote, back, respot, library_with = st.columns((1.2, 1.2, 1.7, 2.4))
    is_champion = version.id == champion.id
    if promote.button("Promote", key="promote", type="primary", disabled=is_champion, width="stretch"):
        _ask("promote", version.id)
    if back.button("Roll back", key="roll-back", width="stretch", help="To the champion before this one."):
        _ask("roll_back", champion.id)
    if respot.button("Spot again with the champion", key="respot", width="stretch"):
        _ask("respot", champion.id)
    if library_with.button("Spot the whole library with this version", key="spot-library", width="stretch"):
        open_form(SPOT_LIBRARY, version=version.id)


def forget_question() -> None:
    """The dialog was answered or closed."""
    st.session_state.pop(_QUESTION, None)


def open_dialog() -> None:
    """Draw the dialog that a button asked for, until it is answered or closed."""
    action, version_id = st.session_state.get(_QUESTION, (None, 0))
    if action:
        with state.door("open the dialog"):
            version = registry.get_version(state.database(), version_id)
            {"promote": _promote, "roll_back": _roll_back, "respot": _respot}[action](version)


def _ask(action: str, version_id: int) -> None:
    st.session_state[_QUESTION] = (action, version_id)
    st.rerun()


@st.dialog("Promote to champion", on_dismiss=forget_question)
def _promote(version: ModelVersion) -> None:
    st.markdown(
        f"**{wording.escaped(wording.version_name(version))}** will spot every new video. Videos that are spotted keep "
        "their proposals until they are spotted again. This can be rolled back."
    )
    verdict = against_parent(version.scores)
    if verdict is not None and verdict.recommended is False:
        st.error(wording.escaped(verdict.sentence))
    if st.button("Promote", key="promote-confirm", type="primary"):
        with state.door("promote the version"):
            registry.promote(state.database(), version.id, state.identity().annotator_id)
            forget_question()
            st.rerun()


@st.dialog("Roll back the champion", on_dismiss=forget_question)
def _roll_back(champion: ModelVersion) -> None:
    st.markdown(
        f"**{wording.escaped(wording.version_name(champion))}** steps down; the champion before it takes its place. "
        "Nothing is deleted."
    )
    if st.button("Roll back", key="roll-back-confirm", type="primary"):
        with state.door("roll back"):
            registry.roll_back(state.database(), state.identity().annotator_id)
            forget_question()
            st.rerun()


@st.dialog("Spot again with the champion", on_dismiss=forget_question)
def _respot(champion: ModelVersion) -> None:
    st.markdown(
        f"Every chosen video gets a new run with **{wording.escaped(wording.version_name(champion))}**. Decisions are "
        "kept: a new proposal that matches a decided one is shown as decided."
    )
    rows = library.list_videos(state.database(), state.study_id(), state="ready", per_page=1_000_000).rows
    titles = {row.id: row.title for row in rows}
    everything = st.checkbox(f"All {wording.count(len(titles), 'video')}", True, key="respot-all")
    chosen = list(titles)
    if not everything:
        chosen = st.multiselect("Videos", list(titles), key="respot-videos", format_func=titles.get)
    if st.button(
        f"Spot {wording.count(len(chosen), 'video')}", key="respot-confirm", type="primary", disabled=not chosen
    ):
        with state.door("start spotting"):
            video_actions.start_spotting(chosen, champion.id, video_actions.REVIEW)
            forget_question()
            st.switch_page("app_pages/videos.py")
