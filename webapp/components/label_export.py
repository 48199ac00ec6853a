"""Labels out: a format, whose labels, which of them, and what the format loses."""

from __future__ import annotations

import streamlit as st

from webapp import state, wording
from webapp.exchange import formats
from webapp.services import adjudication, label_access, studies

EVERYBODY = ""


def label_export() -> None:
    """Draw the choice and the download; coders get their own labels only."""
    left, right = st.columns(2)
    name = left.selectbox("Format", list(formats.FORMATS), key="export-format", format_func=_title)
    people = _people()
    whose = right.selectbox(
        "Whose labels", people, key="export-whose", format_func=lambda person: person or "Everybody's"
    )
    only = st.checkbox("Only expressions: no rejections, nothing unsure", key="export-only")
    st.caption(f"Lost on the way: {formats.FORMATS[name].lost}.")
    database, settings, me = state.database(), state.settings(), state.identity()
    study = study_name()

    def made() -> bytes:  # by a thread that belongs to no page, so everything was asked for before
        label_access.note_export(database, me.study_id, me.annotator_id, name, whose, expressions=only)
        return formats.export_labels(database, settings, me.study_id, study, name, whose, only)

    chosen = formats.FORMATS[name]
    st.download_button(
        "Export", made, f"glint-labels-{name}{chosen.suffix}", chosen.mime, key="export", type="primary",
        on_click="ignore", icon=":material/download:",
    )  # fmt: skip


def study_name() -> str:
    """Name of the study worked in."""
    rows = studies.studies_of(state.database(), state.identity().annotator_id)
    return next((row.name for row in rows if row.id == state.study_id()), "Study")


def _people() -> list[str]:
    me = state.identity()
    names = {person.annotator_id: person.name for person in studies.people_in(state.database(), me.study_id)}
    if not label_access.may_read_of_others(state.database(), me.study_id, me.annotator_id):
        st.caption("You export your own labels; those of others are exported by leads of the study.")
        return [names[me.annotator_id]]
    settled = [adjudication.CONSENSUS] if adjudication.has_consensus(state.database(), me.study_id) else []
    return [EVERYBODY, *settled, *sorted(names.values())]


def _title(name: str) -> str:
    chosen = formats.FORMATS[name]
    return f"{wording.escaped(chosen.title)} ({chosen.suffix})"
