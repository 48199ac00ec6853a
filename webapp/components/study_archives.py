"""A whole study as a file, and the study of a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from webapp import state, wording
from webapp.exchange import study_files
from webapp.services import study_restoring

_DONE = "study-brought"


def study_archives() -> None:
    """Draw both directions; a study is brought by who looks after the installation."""
    if _DONE in st.session_state:
        st.success(st.session_state.pop(_DONE), icon=":material/check:")
    st.subheader("This study as a file")
    st.caption(
        "Everything but the footage: scheme, subjects with their roles, people, assignments, every decision with its "
        "history, runs with proposals and curves, label sets with their hashes, imported signals."
    )
    database, settings, me = state.database(), state.settings(), state.identity()

    def made() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "study.zip"
            study_files.write_archive(database, settings, me.study_id, path, me.annotator_id)
            return path.read_bytes()

    st.download_button(
        "Make the archive", made, "glint-study.zip", "application/zip", key="archive-study", on_click="ignore",
        icon=":material/archive:",
    )  # fmt: skip
    _waiting()
    if state.signed_in().site_admin:
        st.subheader("A study from a file")
        with state.door("read the archive"):
            _bring()


def _waiting() -> None:
    """Videos that came without their footage."""
    waiting = study_restoring.awaiting(state.database(), state.study_id())
    if not waiting:
        return
    st.warning(
        f"The footage of {wording.count(len(waiting), 'video')} of this study is not here. Put it into a folder of "
        "GLINT_MEDIA_ROOTS; its content tells which is which.", icon=":material/movie_off:",
    )  # fmt: skip
    if st.button("Look for it again", key="find-footage"):
        found, missing = study_files.attach_footage(state.database(), state.settings(), state.study_id())
        st.session_state[_DONE] = f"{wording.count(found, 'video')} found, {missing:,} still missing."
        st.rerun()


def _bring() -> None:
    file = st.file_uploader("Archive of a study", ["zip"], key="study-file")
    if file is None:
        st.caption("Larger ones come at the server's command line: python -m webapp.exchange restore FILE")
        return
    found = study_files.look_into(state.database(), state.settings(), file)
    rows = found.about["rows"]
    name = str(found.about["study"]["name"])
    st.markdown(
        f"**{wording.escaped(name)}**, made {wording.escaped(str(found.about['made_at'])[:10])}: "
        f"{wording.count(rows['videos'], 'video')}, {wording.count(rows['annotations'], 'label')}, "
        f"{wording.count(rows['operations'], 'decision')} in its log, "
        f"{wording.count(rows['label_sets'], 'label set')}, people: "
        f"{wording.escaped(', '.join(found.names))}. People of the same name here are taken for the same."
    )
    without = False
    if found.missing:
        st.warning(wording.escaped(study_files.missing_sentence(found.missing)), icon=":material/movie_off:")
        without = st.checkbox("Import without the missing footage", key="without-footage")
    if st.button("Make this study", key="bring-study", type="primary", disabled=bool(found.missing) and not without):
        by = state.identity().annotator_id
        made = study_files.read_archive(state.database(), state.settings(), file, by, without)
        notes = "".join(f" {note[0].upper()}{note[1:]}." for note in made.notes)
        st.session_state[_DONE] = wording.escaped(f"The study {name} is here; choose it on the page People.{notes}")
        st.rerun()
