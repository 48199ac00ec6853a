"""One's own account: password, and the browsers one is signed in with."""

from __future__ import annotations

import streamlit as st

from webapp import audit_wording, state, wording
from webapp.services import accounts, sessions


def own_account() -> None:
    """Where people sign in only."""
    me = state.signed_in()
    if state.settings().login == "local":
        with st.form("own-password", border=False, clear_on_submit=True):
            old = st.text_input("Old password", type="password", key="old-password", autocomplete="current-password")
            new = st.text_input("New password", type="password", key="new-password", autocomplete="new-password")
            again = st.text_input("The same again", type="password", key="again", autocomplete="new-password")
            if st.form_submit_button("Change the password", key="change-password"):
                change_password(old, new, again)
    for row in sessions.list_sessions(state.database(), me.annotator_id):
        about, button = st.columns((6, 1), vertical_alignment="center")
        here = " This browser." if row.id == me.id else ""
        browser = wording.escaped(audit_wording.browser(row.agent))
        about.caption(f"{browser}, last used {wording.moment(row.seen_at)}.{here}")
        if not here and button.button("Sign out", key=f"end-{row.id}"):
            with state.door("sign that browser out"):
                sessions.end(state.database(), row.id, me.annotator_id)
                st.rerun()


def change_password(old: str, new: str, again: str) -> None:
    with state.door("change the password"):
        if new != again:
            st.error("The two new passwords differ.")
            return
        me = state.signed_in()
        accounts.change_password(state.database(), me.annotator_id, old, new, me.id, f"session {me.id}")
        st.success("The password is changed. Other browsers are signed out.")
