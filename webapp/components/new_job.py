"""Forms that start a job: what is asked for each kind, and nothing else. Other pages open one with `open_form`."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from spotcore.decoding import REVIEW_FALSE_ALARMS
from webapp import job_control, state, wording
from webapp.services import label_sets, library, registry, training
from webapp.values import jobs as kinds

KINDS = (kinds.SPOT_LIBRARY, kinds.LOSO, kinds.COMPARE, kinds.SEEDED_RECALL)
PRESETS = {"quick": "Quick: minutes a fold on two cores", "paper": "Paper: the published settings; needs a GPU or days"}
FORM_OPEN = "new-job-open"
EVENTS = {30: "30 events: a look", 100: "100 events", 300: "300 events: figures to quote"}


def open_form(kind: str, **chosen: int) -> None:
    """Go to the page of jobs with the form of a kind open and these widgets (by key) set."""
    st.session_state["new-kind"] = kind
    for key, value in chosen.items():
        st.session_state[f"new-{key.replace('_', '-')}"] = value
    st.session_state[FORM_OPEN] = True
    st.switch_page("app_pages/jobs.py")


def new_job() -> None:
    """The kind and its form."""
    kind = st.selectbox("What", KINDS, key="new-kind", format_func=kinds.KIND_NAMES.get)
    _FORMS[kind]()


def _spot_library() -> None:
    version = _version("Version", "new-version")
    again = st.checkbox("Also videos that this version has spotted already", key="new-again")
    st.caption("Decisions are kept: a new proposal that matches a decided one is shown as decided.")
    if st.button("Spot the library", key="new-start", type="primary"):
        _start(kinds.SPOT_LIBRARY, {"version_id": version, "again": again})


def _loso() -> None:
    label_set = _label_set()
    if label_set is None:
        return
    left, right = st.columns(2)
    architecture = left.selectbox("Architecture", training.ARCHITECTURES, key="new-architecture")
    preset = right.selectbox("Preset", list(PRESETS), key="new-preset", format_func=PRESETS.get)
    with_test = st.checkbox(
        "Leave the test subjects out in turn, too", key="new-include-test",
        help="Then nothing may be chosen by these figures: networks of this run learn from people kept for testing.",
    )  # fmt: skip
    st.caption(
        "Trains one network per subject left out, scores each on the person it has not seen, and throws it away: the "
        "figures say how such networks do on the next person. It goes on after a restart where it was."
    )
    if st.button("Leave one subject out", key="new-start", type="primary"):
        asked = {"label_set_id": label_set, "architecture": architecture, "preset": preset}
        _start(kinds.LOSO, asked | {"include_test": with_test})


def _compare() -> None:
    label_set = _label_set()
    if label_set is None:
        return
    left, right = st.columns(2)
    first = _version("First version", "new-first", left)
    second = _version("Second version", "new-second", right)
    st.caption(
        "Both propose anew on the reviewed footage of the subjects who test (who validate, where nobody tests), and "
        "are scored on the same people: the gain has an interval."
    )
    if st.button("Compare", key="new-start", type="primary", disabled=first == second):
        _start(kinds.COMPARE, {"first_id": first, "second_id": second, "label_set_id": label_set})


def _seeded() -> None:
    titles = library.newest_ready(state.database(), state.study_id())
    if not titles:
        st.info("There is no imported video to put known movements into.")
        return
    left, middle, right = st.columns(3)
    video = left.selectbox("Video", list(titles), key="new-video", format_func=titles.get)
    version = _version("Version", "new-version", middle)
    events = right.selectbox("Events", list(EVENTS), key="new-events", format_func=EVENTS.get)
    kind = st.radio("Type", ("micro", "macro"), key="new-type", horizontal=True)
    st.caption("Puts movements of known size into copies of the video and counts how many the version finds.")
    if st.button("Measure", key="new-start", type="primary"):
        asked = {"version_id": version, "type": kind, "events": events, "false_alarms": REVIEW_FALSE_ALARMS}
        _start(kinds.SEEDED_RECALL, asked | {"videos": [video]}, video)


def _version(label: str, key: str, place=st) -> int:
    versions = registry.list_versions(state.database())
    names = {version.id: wording.version_name(version) for version in versions}
    champion = registry.champion(state.database()).id
    ids = [champion, *(i for i in names if i != champion)]
    return place.selectbox(label, ids, key=key, format_func=names.get)


def _label_set() -> int | None:
    names = {row.id: row.name for row in label_sets.list_label_sets(state.database(), state.study_id())}
    if not names:
        st.info("Freeze a label set first.")
        return None
    return st.selectbox("Label set", list(names), key="new-label-set", format_func=names.get)


def _start(kind: str, params: dict, *videos: int) -> None:
    with state.door("start the job"):
        me = state.identity().annotator_id
        job_control.start(state.settings(), state.database(), kind, params, state.study_id(), me, videos)
        st.session_state[FORM_OPEN] = False
        st.rerun()


_FORMS: dict[str, Callable[[], None]] = {
    kinds.SPOT_LIBRARY: _spot_library, kinds.LOSO: _loso, kinds.COMPARE: _compare, kinds.SEEDED_RECALL: _seeded,
}  # fmt: skip
