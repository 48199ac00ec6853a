"""The next videos to code, each with why it was chosen; part of the page of the videos."""

from __future__ import annotations

import streamlit as st

from webapp import state, wording
from webapp.access import at_least
from webapp.services import blindness, next_videos

SHOWN = 12
HELP = (
    "By what the newest spotting runs are unsure about, by what differs most from everything coded, new people first; "
    "a fifth is drawn at random, so that a fair sample of the library is coded too."
)


def section() -> None:
    """What is open, and a button that chooses more."""
    picks = next_videos.chosen(state.database(), state.study_id())
    label = f"Next videos to code · {len(picks):,} open" if picks else "Next videos to code"
    with st.expander(label, icon=":material/playlist_add_check:", key="next-videos"):
        withheld = blindness.withheld_videos(
            state.database(), [pick.video_id for pick in picks[:SHOWN]], state.identity().annotator_id
        )
        for pick in picks[:SHOWN]:
            about, look = st.columns((6, 1), vertical_alignment="center")
            person = f" · {wording.escaped(pick.subject)}" if pick.subject else ""
            why = wording.escaped(pick.why(pick.video_id in withheld))
            about.markdown(f"**{wording.escaped(pick.title)}**{person}  \n{why}")
            if look.button("Review", key=f"next-{pick.video_id}", width="stretch"):
                st.switch_page("app_pages/review.py", query_params={"video": str(pick.video_id)})
        if len(picks) > SHOWN:
            st.caption(f"and {len(picks) - SHOWN:,} more")
        if not picks:
            st.caption("Nothing is chosen. Videos are coded in any order you like; choosing spends the work where it "
                       "teaches most.")  # fmt: skip
        if not at_least(state.identity().role, "annotator"):
            return
        number, button, _ = st.columns((1, 1.6, 4), vertical_alignment="bottom")
        count = number.number_input("How many", 1, next_videos.MOST_CHOSEN, 10, key="next-count")
        if button.button("Choose the next", key="choose-next", help=HELP, width="stretch"):
            with state.door("choose the next videos"):
                with st.spinner("Looking at what is not coded yet"):
                    next_videos.choose_next(
                        state.database(), state.settings().located, state.study_id(), int(count),
                        state.identity().annotator_id,
                    )  # fmt: skip
                st.rerun()
