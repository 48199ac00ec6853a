"""A benchmark becomes a study: where its folder lies, and one button."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from spotcore.corpora.casme2_sq import MISSING_OFFSETS
from webapp import job_control, registration, state, wording
from webapp.services import benchmarks
from webapp.values import jobs as kinds

_STARTED = "benchmark-started"


def benchmark_study() -> None:
    """Draw the form; studies are made by who looks after the installation."""
    if _STARTED in st.session_state:
        st.success(st.session_state.pop(_STARTED), icon=":material/check:")
    if not state.signed_in().site_admin:
        st.info("Studies of benchmarks are made by admins of the installation.", icon=":material/lock:")
        return
    roots = state.settings().media_roots
    if not roots:
        st.info("Name the folder of your benchmarks in GLINT_MEDIA_ROOTS and start Glint again; it is read in place.")
        return
    st.caption("The folder as its owners ship it: the workbook, and a folder of numbered pictures for every video.")
    left, right = st.columns(2)
    corpus = left.selectbox("Benchmark", list(benchmarks.CORPORA), key="corpus", format_func=benchmarks.CORPORA.get)
    name = right.text_input("Name of the study", benchmarks.CORPORA[corpus], key=f"benchmark-name-{corpus}")
    root = st.text_input("Folder on the server", str(roots[0]), key="benchmark-root")
    missing = "apex+20"
    if corpus == "casme2_sq":
        missing = st.selectbox(
            "Where the sheet has no offset", list(MISSING_OFFSETS), list(MISSING_OFFSETS).index(missing),
            key="missing-offset", help="44 macro-expressions have the offset 0; published work fills them differently.",
        )  # fmt: skip
    if st.button("Make the study", key="make-benchmark", type="primary"):
        with state.door("make the study"):
            _start(corpus, name, root, missing)


def _start(corpus: str, name: str, root: str, missing: str) -> None:
    me = state.identity().annotator_id
    folder = registration.inside_roots(state.settings(), Path(root))
    study_id = benchmarks.create(state.database(), name, corpus, me)
    params = {"corpus": corpus, "root": str(folder), "missing_offset": missing}
    job_control.start(state.settings(), state.database(), kinds.BENCHMARK, params, study_id, me)
    st.session_state[_STARTED] = wording.escaped(
        f"The study {name.strip()} is being made; choose it on the page People, and look at the page Jobs."
    )
    st.rerun()
