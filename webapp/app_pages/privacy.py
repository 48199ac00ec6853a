"""Privacy: withdrawing a subject, handing out what is known of one, how long things are kept, and past withdrawals."""

from __future__ import annotations

import streamlit as st

from webapp import state, wording
from webapp.components.retention_form import retention_form
from webapp.components.subject_withdrawal import (
    ask_withdrawal,
    asked_withdrawal,
    past_withdrawals,
    withdrawal_dialog,
    withdrawal_outlook,
)
from webapp.services import library, subject_export, withdrawal


def page() -> None:
    st.title("Privacy")
    st.caption(
        "Everything stays on this server: no page asks another host for anything, and nothing is reported to anybody."
    )
    if told := st.session_state.pop("privacy-told", None):
        st.success(told)
    past_withdrawals()
    asked = withdrawal.list_withdrawals(state.database(), state.study_id())
    leaving = {row.subject_id for row in asked if row.state != "done"}
    everybody = library.list_subjects(state.database(), state.study_id())
    subjects = [row for row in everybody if row.id not in leaving]
    st.subheader("A subject")
    if not subjects:
        st.info("No subject is named in this study yet: say on the Videos page who is filmed.")
    else:
        chosen = st.selectbox(
            "Subject", [row.code for row in subjects], None, placeholder="Choose a person",
            key=f"privacy-subject-{len(asked)}",  # after a withdrawal nobody is chosen
        )  # fmt: skip
        if chosen is not None:
            one_subject(chosen)
    with st.expander("How long things are kept", icon=":material/auto_delete:", key="retention"):
        retention_form()


def one_subject(code: str) -> None:
    """What there is of the person, what can be handed out, and the way to withdraw."""
    words = st.text_input(
        "Other names of this person", key="privacy-words", placeholder="such as a name that coders wrote into notes",
        help="Separated by commas. They are looked for in every note, log and result, like the code.",
    )  # fmt: skip
    more = tuple(word.strip() for word in words.split(",") if word.strip())
    found = withdrawal_outlook(code, more)
    give, take = st.columns(2)
    with give:
        export_button(code)
    with take:
        if st.button(
            "Withdraw this subject…", key="withdraw", icon=":material/person_off:", disabled=not state.may("admin"),
            help=None if state.may("admin") else "Needs the role admin in the study.",
        ):  # fmt: skip
            ask_withdrawal(code)
    if asked_withdrawal() == code:
        withdrawal_dialog(found, more)


def export_button(code: str) -> None:
    """A file with everything about one person, for the person."""
    key = f"export-{code}"
    if st.button("Prepare a copy of the person's data", key="prepare-export", icon=":material/folder_zip:"):
        with state.door("gather the data"), st.spinner("Gathering"):
            st.session_state[key] = subject_export.archive(
                state.database(), state.study_id(), code, state.identity().annotator_id
            )
    if made := st.session_state.get(key):
        st.download_button(
            f"Download ({wording.size(len(made))})", made, f"{code}.zip", "application/zip", key="download-export",
            help="Labels by everybody, the log of decisions, label sets and model versions; where the footage lies.",
        )  # fmt: skip


with state.door("show what is kept of people"):
    page()
