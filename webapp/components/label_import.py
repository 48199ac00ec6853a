"""Labels in: a file, what it is, what an import would do, and then all of it or nothing."""

from __future__ import annotations

import streamlit as st

from webapp import state, wording
from webapp.exchange import formats
from webapp.exchange.label_rows import BadTable
from webapp.exchange.previews import Counted, Preview, preview
from webapp.exchange.recognise import recognised
from webapp.services import studies

TABLES = ("csv", "xlsx")
MOST_ROWS = 200
_DONE = "labels-brought"


def label_import() -> None:
    """Draw the chooser, the preview and the button."""
    if _DONE in st.session_state:
        st.success(st.session_state.pop(_DONE), icon=":material/check:")
    kinds = sorted({suffix[1:] for one in formats.FORMATS.values() for suffix in one.accepts})
    file = st.file_uploader("File of labels", kinds, key="bring-file")
    if file is None:
        st.caption("The videos must be imported already; labels find theirs by its title or file name.")
        return
    data = file.getvalue()
    names = list(formats.FORMATS)
    guess = recognised(file.name, data)
    left, right = st.columns(2)
    name = left.selectbox(
        "Format", names, names.index(guess) if guess else None, key=f"bring-format-{file.name}",
        format_func=lambda one: formats.FORMATS[one].title, placeholder="Not recognised: choose one",
    )  # fmt: skip
    people = [person.name for person in studies.people_in(state.database(), state.study_id())]
    me = _my_name()
    whose = right.selectbox(
        "Whose labels, where the file names nobody of this study", people, people.index(me), key="bring-whose"
    )
    one_based = name in TABLES and st.checkbox("Its frames count from 1 (Glint counts from 0)", key="bring-one-based")
    complete = st.checkbox(
        "The videos named are labelled completely", key="bring-complete",
        help="Then everything else in them means “no expression here”, and they count as reviewed.",
    )  # fmt: skip
    if name is not None:
        with state.door("read the file"):
            _offer(name, file.name, data, whose, one_based, complete)


def _offer(name: str, file_name: str, data: bytes, whose: str, one_based: bool, complete: bool) -> None:
    asked = (state.database(), state.settings(), state.study_id(), name, file_name, data, whose, one_based)
    try:
        found = preview(*asked)
    except BadTable as wrong:
        _refused(file_name, wrong)
        return
    _show(found)
    label = f"Import {wording.count(found.new, 'label')}" if found.new else "Mark as reviewed"
    if not found.new and not complete:
        st.info("Everything in this file is here already.")
    elif st.button(label, key="bring", type="primary"):
        added = formats.import_file(*asked, mark_reviewed=complete, by=state.identity().annotator_id)
        st.session_state[_DONE] = f"{wording.count(added.added, 'label')} imported, {added.known:,} were here already."
        st.rerun()


def _refused(file_name: str, wrong: BadTable) -> None:
    count = wording.count(len(wrong.problems), "problem")
    st.error(f"Nothing can be imported from {wording.escaped(file_name)}: {count}.", icon=":material/error:")
    st.dataframe({"What is wrong": list(wrong.problems[:MOST_ROWS])}, hide_index=True, key="bring-problems",
                 column_config={"What is wrong": st.column_config.TextColumn(width="large")})  # fmt: skip
    if len(wrong.problems) > MOST_ROWS:
        st.caption(f"and {len(wrong.problems) - MOST_ROWS:,} more")


def _show(found: Preview) -> None:
    st.markdown(f"**{wording.count(found.new, 'new label')}**, {found.known:,} here already, read as {found.format}.")
    for note in found.notes:
        st.warning(wording.escaped(note[0].upper() + note[1:] + "."), icon=":material/warning:")
    videos, people = st.columns(2)
    with videos:
        _table("Video", found.per_video, "bring-videos")
    with people:
        _table("Annotator", found.per_annotator, "bring-people")


def _table(title: str, group: tuple[Counted, ...], key: str) -> None:
    rows = [
        {title: one.name, "new": one.new, "here already": one.known, "macro": one.macro, "micro": one.micro}
        for one in group[:MOST_ROWS]
    ]
    st.dataframe(rows, hide_index=True, key=key)
    if len(group) > MOST_ROWS:
        st.caption(f"and {len(group) - MOST_ROWS:,} more")


def _my_name() -> str:
    me = state.identity()
    return next(p.name for p in studies.people_in(state.database(), me.study_id) if p.annotator_id == me.annotator_id)
