"""Subjects for many videos at once: by a pattern over the titles, or from a table, always with a preview first."""

from __future__ import annotations

import streamlit as st

from spotcore.errors import InvalidFile
from webapp import state, wording
from webapp.components.text_file import text_file
from webapp.exchange.subjects_csv import read_subjects
from webapp.services import library

PREVIEWED = 8
_EXAMPLES = {
    "{subject}_*": "everything before the first underscore: s15_0101.mp4 is s15",
    "*-{subject}-*": "what stands between two hyphens: clip-s07-b.mov is s07",
    r".*?(s\d+).*": "a regular expression for the whole title; its group is the subject",
}


def subject_names() -> None:
    """Draw both ways; nothing is saved before its button."""
    by_pattern, by_table = st.tabs(["By a pattern in the title", "From a table"], key="subject-ways")
    with by_pattern, state.door("read the pattern"):
        _by_pattern()
    with by_table, state.door("read the table"):
        _by_table()


def _by_pattern() -> None:
    pattern = st.text_input(
        "Pattern ({subject}: the code, *: anything)",
        next(iter(_EXAMPLES)),
        key="subject-pattern",
        help="\n".join(f"- `{pattern}`: {meaning}" for pattern, meaning in _EXAMPLES.items()),
    )
    only_empty = st.checkbox("Leave subjects that are set already", True, key="subject-only-empty")
    titles = library.list_titles(state.database(), state.study_id(), without_subject=only_empty)
    found = library.subjects_by_pattern(titles, pattern)
    _preview(found, len(titles), "subject-pattern-save", "No title matches this pattern.")


def _by_table() -> None:
    st.caption("A CSV with the columns `video` (the title) and `subject`, one line per video.")
    given = text_file("Choose a CSV file", "subject-table")
    if given:
        try:
            found = read_subjects(given[1], given[0])
        except InvalidFile as error:
            st.error(str(error))
            return
        _preview(found, len(found), "subject-table-save", "The table has no rows.")


def _preview(found: dict[str, str], total: int, key: str, nothing: str) -> None:
    if not found:
        st.info(nothing)
        return
    # Running text: a data frame inside a popover is drawn before it has a width.
    lines = [f"- {wording.escaped(title)}: **{wording.escaped(code)}**" for title, code in found.items()]
    st.markdown("\n".join(lines[:PREVIEWED]))
    if len(lines) > PREVIEWED:
        st.caption(f"and {len(lines) - PREVIEWED:,} more")
    subjects = wording.count(len(set(found.values())), "subject")
    if st.button(f"Set {subjects} for {len(found)} of {wording.count(total, 'video')}", key=key, type="primary"):
        library.assign_subjects(state.database(), found)
        st.toast("Subjects saved.")
        st.rerun()
