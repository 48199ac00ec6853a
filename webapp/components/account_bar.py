"""Who is signed in and in which study they work, with the ways to another study and out."""

from __future__ import annotations

import streamlit as st

from webapp import state, wording
from webapp.services import sessions, studies

_STYLE = """<style>
.st-key-account { position: fixed; top: .85rem; right: 1.5rem; z-index: 999991; width: auto; }
.st-key-account button { min-height: 2rem; max-width: 20rem; }
.st-key-account button [data-testid="stMarkdownContainer"] { overflow: hidden; }
.st-key-account button p { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
</style>"""


def account_bar() -> None:
    """A small menu at the right of the top bar, in team mode and where there is more than one study."""
    who = state.signed_in()
    mine = studies.studies_of(state.database(), who.annotator_id)
    single = state.settings().single_user
    if single and len(mine) < 2:
        return
    st.html(_STYLE)
    names = {study.id: study.name for study in mine}
    here = names.get(who.study_id, "no study")
    with st.container(key="account"), st.popover(wording.escaped(here if single else f"{who.name} · {here}")):
        if len(mine) > 1:
            ids = list(names)
            chosen = st.selectbox("Study", ids, index=ids.index(who.study_id), format_func=names.get, key="work-in")
            if chosen != who.study_id:
                work_in(chosen)
        if not single:
            st.caption(f"Signed in as {wording.escaped(who.name)}" + (f", {who.role}" if who.role else ""))
            # A link button would open another tab.
            st.html('<a href="/logout" target="_self" style="color: inherit">Sign out</a>')


def work_in(study_id: int) -> None:
    """Go over to another study; what the page remembered of this one goes."""
    who = state.signed_in()
    with state.door("change the study"):
        if state.settings().single_user:
            studies.choose(state.database(), who.annotator_id, study_id)
        else:
            sessions.work_in(state.database(), who.id, study_id)
        st.session_state.clear()
        st.query_params.clear()
        st.rerun()
