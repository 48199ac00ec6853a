"""How long a study keeps what is not its data, as a form for its admins."""

from __future__ import annotations

import streamlit as st

from webapp import state
from webapp.services import retention
from webapp.values.retention import LONGEST, NAMES, SHARED, Retention


def retention_form() -> None:
    """Days per kind; an empty field keeps it for ever."""
    wished = retention.retention_of(state.database(), state.study_id())
    st.caption(
        "Days after which each goes, checked once a day; empty keeps it. What belongs to no study (marked *) goes "
        "after the shortest time that any study wishes. Footage, labels and models go by deleting or withdrawing only."
    )
    with st.form("retention-form", border=False):
        columns = st.columns(2)
        days = {
            name: columns[place % 2].number_input(
                f"{title}{' *' if name in SHARED else ''}", 1, LONGEST, getattr(wished, name), 1, key=f"keep-{name}",
                placeholder="for ever",
            )
            for place, (name, title) in enumerate(NAMES.items())
        }  # fmt: skip
        if st.form_submit_button("Keep for so long", key="keep", disabled=not state.may("admin")):
            with state.door("change how long things are kept"):
                retention.change_retention(
                    state.database(), state.study_id(), Retention(**days), state.identity().annotator_id
                )
                st.session_state["privacy-told"] = "Things are kept for so long from now on."
                st.rerun()
