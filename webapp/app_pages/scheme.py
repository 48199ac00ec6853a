"""Scheme: what coders of this study say about an interval. Leads and admins change it, everybody may read it.

Lists are edited as tables; a change counts from the next time a coder opens a video, and what is coded stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from webapp import state, wording
from webapp.services import schemes
from webapp.values.scheme import DEFAULT_SCHEME, ActionUnit, Reason, Scheme

NUMBER = st.column_config.NumberColumn("Number", min_value=1, max_value=99, step=1, required=True, width="small")
NAME = st.column_config.TextColumn("Name", required=True)
LETTER = st.column_config.TextColumn("Letter", required=True, max_chars=1, validate="^[a-z]$", width="small")


def page() -> None:
    st.title("Scheme")
    st.markdown(
        "What coders of this study say about an interval. A change counts when a video is opened next; what is "
        "already coded stays as it is and is marked where the scheme no longer has it."
    )
    seen = schemes.study_scheme(state.database(), state.study_id())
    told = st.session_state.pop("scheme-told", None)
    if told:
        st.success(told)
    may = state.identity().role in schemes.EDITORS
    if not may:
        st.info("Only leads and admins of the study change its scheme.")
    form(seen, may)


def form(seen: Scheme, may: bool) -> None:
    """The scheme as a form; nothing is stored before the button."""
    # Tables keep what was typed by their key: a stored scheme gets tables of its own.
    version = str(abs(hash(seen)))
    with st.form(f"scheme-{version}", border=False):
        left, middle, right = st.columns([5, 4, 4])
        with left:
            st.subheader("Action units")
            rows = [{"number": unit.number, "name": unit.name} for unit in seen.action_units]
            units = table(rows, {"number": NUMBER, "name": NAME}, f"units-{version}", may, height=422)
            sides = st.checkbox("May be marked left or right, as in R12", seen.sides, key="sides", disabled=not may)
            intensities = st.checkbox(
                "May carry an intensity from A (trace) to E (maximum), as in 12B", seen.intensities, key="intensities",
                disabled=not may,
            )  # fmt: skip
        with middle:
            st.subheader("Emotions")
            emotions = table([{"name": n} for n in seen.emotions], {"name": NAME}, f"emotions-{version}", may)
            ask_emotion = st.checkbox("Coders name an emotion", seen.ask_emotion, key="ask-emotion", disabled=not may)
        with right:
            st.subheader("Reasons to reject")
            rows = [{"letter": reason.letter, "name": reason.name} for reason in seen.reasons]
            reasons = table(rows, {"letter": LETTER, "name": NAME}, f"reasons-{version}", may)
            st.caption("The letter is pressed after the key of rejecting (r).")
            st.subheader("Also asked")
            confidence = st.checkbox(
                "How sure the coder is, 1 to 5", seen.ask_confidence, key="ask-confidence", disabled=not may
            )
            note = st.checkbox("A note in words", seen.ask_note, key="ask-note", disabled=not may)
        pressed = st.form_submit_button("Use this scheme", type="primary", key="use-scheme", disabled=not may)
    if pressed:
        with state.door("use this scheme"):
            try:
                made = Scheme(
                    action_units=tuple(ActionUnit(int(u["number"]), str(u["name"]).strip()) for u in filled(units)),
                    sides=sides,
                    intensities=intensities,
                    emotions=tuple(str(row["name"]).strip() for row in filled(emotions)),
                    reasons=tuple(Reason(str(row["letter"]), str(row["name"]).strip()) for row in filled(reasons)),
                    ask_emotion=ask_emotion,
                    ask_confidence=confidence,
                    ask_note=note,
                )
            except ValueError as error:
                st.error(wording.sentence(str(error)))
                return
            use(made, seen)
    if may and seen != DEFAULT_SCHEME and st.button("Go back to the scheme Glint comes with", key="default-scheme"):
        with state.door("use the scheme Glint comes with"):
            use(DEFAULT_SCHEME, seen)


def use(made: Scheme, seen: Scheme) -> None:
    """Store it and draw the page anew."""
    schemes.change_scheme(state.database(), state.study_id(), made, seen, state.identity().annotator_id)
    st.session_state["scheme-told"] = "This scheme is in use from now on."
    st.rerun()


def table(
    rows: list[dict[str, Any]], columns: Mapping[str, Any], key: str, may: bool, height: int | str = "content"
) -> list[dict[str, Any]]:
    """An editable list; rows are added at its end and removed with the box at their left."""
    return st.data_editor(
        rows, column_config=columns, num_rows="dynamic", hide_index=True, width="stretch", height=height, key=key,
        disabled=not may,
    )  # fmt: skip


def filled(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows in which every cell is filled; a new row that was left empty is none."""
    return [row for row in rows if all(value not in (None, "") for value in row.values())]


with state.door("show the scheme"):
    page()
