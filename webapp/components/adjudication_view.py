"""Adjudication around the surface: the pair in the address, what is left in this video, and the way to the next one."""

from __future__ import annotations

import streamlit as st

from webapp import state, wording
from webapp.services import adjudication
from webapp.services.library import VideoDetails
from webapp.values.adjudication import AdjudicatedVideo


def asked_pair() -> tuple[int, int] | None:
    """The two coders that the address names: adjudicate=FIRST,SECOND."""
    parts = st.query_params.get("adjudicate", "").split(",")
    if len(parts) != 2 or not all(part.isdecimal() and len(part) < 10 for part in parts):
        return None
    return int(parts[0]), int(parts[1])


def address(video_id: int, first: int, second: int) -> str:
    """Where a pair is adjudicated in one video."""
    return f"/review?video={video_id}&adjudicate={first},{second}"


def begin(video: VideoDetails, pair: tuple[int, int]) -> AdjudicatedVideo | None:
    """Take over what both agree on; None where this cannot be adjudicated, and the page says why."""
    if not state.may("lead"):
        st.warning("Only leads and admins of the study adjudicate.", icon=":material/lock:")
        return None
    found = None
    with state.door("open the adjudication"):
        found = adjudication.begin(state.database(), video.id, *pair, state.identity().annotator_id)
    if found is None:
        _to_agreement()
    return found


def bar(video: VideoDetails, found: AdjudicatedVideo) -> None:
    """One line above the surface."""
    left, middle, right = st.columns([6, 3, 2], vertical_alignment="center")
    names = f"{wording.escaped(found.first_name)} and {wording.escaped(found.second_name)}"
    left.markdown(f"**Adjudication** of {names} in “{wording.escaped(video.title)}”")
    with middle:
        if found.open:
            st.caption(f"{wording.count(found.open, 'item')} open of {len(found.items)}")
        else:
            _next_video(found)
    with right:
        _to_agreement()


def _to_agreement() -> None:
    if st.button("Agreement", key="to-agreement", icon=":material/handshake:", width="stretch"):
        st.switch_page("app_pages/agreement.py")


def _next_video(found: AdjudicatedVideo) -> None:
    """Which one it is reads every video of the two, so it is asked for only when somebody wants to go there."""
    if not st.button("Next video", key="next-video", type="primary", icon=":material/skip_next:"):
        return
    rows = adjudication.progress(state.database(), state.study_id(), found.first, found.second)
    waiting = [row for row in rows if not row.done and row.video_id != found.video_id]
    if not waiting:
        st.caption(":material/check: Everything these two coded is settled.")
        return
    place = {"video": str(waiting[0].video_id), "adjudicate": f"{found.first},{found.second}"}
    st.query_params.from_dict(place)
    st.rerun()
