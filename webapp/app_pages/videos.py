"""Videos: what is in the library, how far each video is, and what to do next."""

from __future__ import annotations

import streamlit as st

from webapp import queueing, state, wording
from webapp.components import batch_bar, next_videos, video_actions
from webapp.components.add_videos import EXAMPLE_ASKED, add_videos, load_example
from webapp.components.label_files import label_files
from webapp.components.subject_names import subject_names
from webapp.components.video_list import NOTICE, is_busy, video_row
from webapp.services import assignments, library, places

PER_PAGE = 12
STATES = {
    "": "Every state", "importing": "Being imported", "unspotted": "Not spotted yet", "open": "To review",
    "reviewed": "Reviewed", "failed": "Import failed",
}  # fmt: skip
REFRESH_SECONDS = 2.0


def listing() -> library.VideoPage:
    """The page of the library that search, filters and paging ask for."""
    return library.list_videos(
        state.database(),
        state.study_id(),
        search=st.session_state.get("search", "").strip(),
        subject=st.session_state.get("subject", ""),
        state=st.session_state.get("state", ""),
        page=st.session_state.get("page", 1),
        per_page=PER_PAGE,
        assigned_to=state.identity().annotator_id if st.session_state.get("assigned") else None,
    )


def page() -> None:
    st.title("Videos")
    video_actions.open_dialog()
    subjects = library.list_subjects(state.database(), state.study_id())
    codes = [subject.code for subject in subjects]
    total = library.count_videos(state.database(), state.study_id())
    waiting = example_rendering()
    if total and not waiting:
        st.session_state.pop(EXAMPLE_ASKED, None)
    with st.container():  # always there: what comes and goes above the upload box would mount it anew
        if total == 0:
            empty_library(waiting)
    # Open for the whole session that found the library empty: closing it under a running upload would hide that.
    if state.may("lead"):
        unfold = st.session_state.setdefault("add-unfolded", total == 0)
        with st.expander("Add videos", expanded=unfold, icon=":material/add:", key="add-videos"):
            add_videos(codes)
    if total and state.may("annotator"):
        go_on()
    if total:
        next_videos.section()
        toolbar(codes)
    shown = listing()
    busy = waiting or any(is_busy(row) for row in shown.rows) or bool(batch_bar.running())
    st.fragment(video_list, run_every=REFRESH_SECONDS if busy else None)(busy)


def go_on() -> None:
    """Back to where this person stopped reviewing, on whichever machine that was."""
    place = places.last_place(state.database(), state.identity().annotator_id, state.study_id())
    if place is None:
        return
    label = f"Continue where you stopped: {wording.escaped(place.title)}, frame {place.frame:,}"
    if st.button(label, key="continue", icon=":material/resume:"):
        st.switch_page("app_pages/review.py", query_params={"video": str(place.video_id)})


def example_rendering() -> bool:
    """Whether the example that this session asked for is still on its way."""
    if not st.session_state.get(EXAMPLE_ASKED):
        return False
    row = queueing.example_row(state.study_id(), state.identity().annotator_id)
    return bool(queueing.unfinished(queueing.IMPORTING, row))


def empty_library(waiting: bool) -> None:
    if waiting:
        st.info("The example is being rendered by the worker; it appears here by itself.", icon=":material/hourglass:")
        return
    if st.session_state.get(EXAMPLE_ASKED):
        st.error("The example could not be rendered; the worker's log says why. The library is as it was.")
    if not state.may("lead"):
        st.info("There is no video in this study yet. Leads of the study add them.")
        return
    st.markdown("The library is empty. Start with the example, or add a video of your own below.")
    load_example("example", primary=True)


def toolbar(codes: list[str]) -> None:
    search, subject, kind, names, files = st.columns((3, 1.6, 1.6, 1.3, 1.3), vertical_alignment="bottom")
    search.text_input("Search", key="search", placeholder="Title or subject", on_change=first_page)
    subject.selectbox(
        "Subject", ["", *codes], key="subject", format_func=lambda code: code or "Every subject", on_change=first_page
    )
    kind.selectbox("State", list(STATES), key="state", format_func=STATES.get, on_change=first_page)
    me, study = state.identity(), state.study_id()
    if assignments.assigned_videos(state.database(), study, me.annotator_id):
        st.toggle("Only what is mine to code", key="assigned", on_change=first_page)
    if not state.may("lead"):
        return
    # Filled when opened: their previews read the whole library.
    with names.popover("Subjects", key="subjects-open", width="stretch", on_change="rerun") as opened:
        if opened.open:
            subject_names()
    with files.popover("Labels", key="labels-open", width="stretch", on_change="rerun") as opened:
        if opened.open:
            label_files()


def first_page() -> None:
    st.session_state["page"] = 1


def video_list(was_busy: bool) -> None:
    with state.door("list the videos"):
        shown = listing()
        batches = batch_bar.running()
        if was_busy and not batches and not example_rendering() and not any(is_busy(row) for row in shown.rows):
            st.rerun()  # the timer is no longer needed
        if not shown.rows:
            if any(st.session_state.get(key) for key in ("search", "subject", "state", "assigned")):
                st.info("No video matches. Clear the search or choose every subject and state.")
            return
        if NOTICE in st.session_state:
            st.error(st.session_state.pop(NOTICE), icon=":material/error:")
        for job in batches:
            batch_bar.bar(job)
        selection_bar(shown)
        for row in shown.rows:
            video_row(row)
        if shown.pages > 1:
            st.pagination(shown.pages, key="page")


def selection_bar(shown: library.VideoPage) -> None:
    ready = [row.id for row in shown.rows if row.state == "ready"]
    selected = [video_id for video_id in ready if st.session_state.get(f"select-{video_id}")]
    unspotted = library.count_unspotted(state.database(), state.study_id())
    about, spot, everything = st.columns((4, 1.6, 2), vertical_alignment="center")
    if not state.may("lead"):
        about.caption(wording.count(shown.total, "video"))
        return
    about.caption(f"{wording.count(shown.total, 'video')}, {len(selected)} selected")
    if spot.button("Spot selected", key="spot-selected", disabled=not selected, width="stretch"):
        video_actions.ask("spot", *selected)
    label = f"Spot {unspotted:,} not yet spotted" if unspotted else "Nothing left to spot"
    if everything.button(label, key="spot-unspotted", disabled=not unspotted, width="stretch"):
        video_actions.ask("spot", *library.unspotted_videos(state.database(), state.study_id()))


with state.door("show the videos"):
    page()
