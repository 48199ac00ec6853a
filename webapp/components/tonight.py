"""The one button before going home: what it would do, how long it may take, and what keeps it from beginning."""

from __future__ import annotations

import streamlit as st

from webapp import job_control, state, wording
from webapp.services import jobs
from webapp.services.night_outlook import NightOutlook, night_outlook
from webapp.values.jobs import TONIGHT, Job


def tonight_part(may_act: bool) -> None:
    """Draw the statement and the button; a night that is under way is followed in the lists below."""
    st.subheader("Tonight")
    if _running():
        under_way()
        return
    if not may_act:  # what is curated tells what others decided
        st.caption("A lead or an admin can start it.")
        return
    outlook = night_outlook(state.database(), state.study_id())
    for sentence in outlook.blocking:
        st.warning(sentence, icon=":material/block:")
    if not outlook.blocking:
        st.markdown(statement(outlook))
    if outlook.testing < 2 and not outlook.blocking:
        st.caption(
            f":material/warning: {wording.count(outlook.testing, 'subject has', 'subjects have')} the role test: the "
            "comparison will have no interval, so the report cannot recommend anything. Two or more are needed."
        )
    start, scratch, _ = st.columns((1.4, 2.2, 3), vertical_alignment="center")
    anew = scratch.checkbox("Train from scratch instead of going on from the champion", key="night-from-scratch")
    if start.button(
        "Start tonight", key="start-tonight", type="primary", icon=":material/bedtime:", width="stretch",
        disabled=bool(outlook.blocking),
    ):  # fmt: skip
        with state.door("start the night"):
            me = state.identity()
            job_control.start(
                state.settings(), state.database(), TONIGHT, {"from_scratch": anew}, state.study_id(), me.annotator_id
            )
            st.rerun()


def _running() -> tuple[Job, ...]:
    return jobs.list_jobs(state.database(), state.study_id(), jobs.WAITING, TONIGHT).rows


@st.fragment(run_every=3)
def under_way() -> None:
    """What the night does now; drawn again by itself, or it would stand at its first step till the morning."""
    with state.door("show how far the night is"):
        running = _running()
        if not running:
            st.rerun()
        st.info(f"Tonight is under way: {_now(running[0])}.", icon=":material/bedtime:")


def statement(outlook: NightOutlook) -> str:
    """What the button does, in plain words."""
    labels = (
        f"{wording.count(outlook.videos, 'reviewed video')} of {wording.count(outlook.subjects, 'subject')}, "
        f"{outlook.macro:,} macro and {outlook.micro:,} micro"
    )
    return (
        f"It freezes everything that is curated ({labels}), trains a new version going on from "
        f"**{wording.escaped(outlook.champion)}**, spots {wording.count(outlook.to_spot, 'video')} with it, compares "
        "it with the champion on the subjects who test, and writes a report for the morning. Nothing is promoted by "
        f"itself. Time: {wording.remaining(outlook.remaining)}."
    )


def _now(job: Job) -> str:
    return wording.escaped(job.message) or "waiting for a worker"
