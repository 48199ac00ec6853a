"""Labels from and for other programs: CSV import of existing labels, CSV export of annotations."""

from __future__ import annotations

import streamlit as st

from webapp import state, wording
from webapp.components.text_file import text_file
from webapp.exchange.csv_labels import export_csv, import_csv
from webapp.services.defaults import DEFAULT_ANNOTATOR

_IMPORTED = "labels-imported"


def label_files() -> None:
    """Draw both directions."""
    export, bring = st.tabs(["Export", "Import"], key="label-ways")
    with export:
        _export()
    with bring, state.door("import the labels"):
        _import()


def _export() -> None:
    st.caption(
        "All annotations of this study as CSV: video, type, onset, apex, offset, score, annotator, status, action "
        "units, note. Frames count from 0, both ends included."
    )
    # Made when the button is pressed, not at every drawing of the page.
    st.download_button(
        "Export annotations", lambda: export_csv(state.database(), state.study_id()), "glint-annotations.csv",
        "text/csv", key="labels-export", on_click="ignore", icon=":material/download:",
    )  # fmt: skip


def _import() -> None:
    st.caption("A CSV with the columns video, type, onset, offset, and apex, annotator, status, note where known.")
    given = text_file("Choose a CSV file", "labels-table")
    one_based = st.checkbox("Its frames count from 1 (Glint counts from 0)", key="labels-one-based")
    complete = st.checkbox(
        "The videos named are labelled completely", key="labels-complete",
        help="Then everything else in them means “no expression here”, and they count as reviewed.",
    )  # fmt: skip
    if st.button("Import labels", key="labels-import", type="primary", disabled=given is None):
        added = import_csv(
            state.database(), state.study_id(), given[1], DEFAULT_ANNOTATOR, one_based=one_based, mark_reviewed=complete
        )
        st.session_state[_IMPORTED] = (added.added, added.known)
        st.rerun()
    if _IMPORTED in st.session_state:
        new, known = st.session_state.pop(_IMPORTED)
        st.success(f"{wording.count(new, 'label')} imported" + (f", {known:,} were here already." if known else "."))
