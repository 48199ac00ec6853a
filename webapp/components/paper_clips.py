"""Clips and triptychs for a paper: which expressions, and how much around them."""

from __future__ import annotations

import streamlit as st

from webapp import job_control, state
from webapp.services import library, studies
from webapp.values import jobs as kinds


def paper_clips() -> None:
    """Draw the form; the archive waits on the page Jobs."""
    st.caption(
        "For each expression a clip of exactly its frames, with some around it, onset | apex | offset side by side, "
        "and a table with everything a caption says. Clips show faces: they are as personal as the footage."
    )
    first, second, third, fourth = st.columns(4)
    people = ["", *sorted(person.name for person in studies.people_in(state.database(), state.study_id()))]
    subjects = ["", *(one.code for one in library.list_subjects(state.database(), state.study_id()))]
    params = {
        "annotator": first.selectbox(
            "Whose labels", people, key="clips-whose", format_func=lambda name: name or "Everybody's"
        ),
        "type": second.selectbox(
            "Type", ("", "macro", "micro"), key="clips-type", format_func=lambda kind: kind or "Both"
        ),
        "subject": third.selectbox(
            "Subject", subjects, key="clips-subject", format_func=lambda code: code or "Every subject"
        ),
        "context": int(fourth.number_input("Frames around", 0, 1000, 10, key="clips-context")),
    }
    if st.button("Cut them", key="cut-clips", type="primary"):
        with state.door("start the job"):
            me = state.identity().annotator_id
            made = job_control.start(state.settings(), state.database(), kinds.CLIPS, params, state.study_id(), me)
            st.session_state["show-job-of-table"] = made
            st.switch_page("app_pages/jobs.py")
