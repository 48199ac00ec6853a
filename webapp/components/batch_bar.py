"""One bar above the list of videos for each job that spots many of them."""

from __future__ import annotations

import streamlit as st

from webapp import job_control, state, wording
from webapp.access import at_least
from webapp.services import jobs
from webapp.values.jobs import SPOT_LIBRARY, Job


def running() -> tuple[Job, ...]:
    """The jobs of this study that spot many videos and are not over."""
    return jobs.list_jobs(state.database(), state.study_id(), jobs.WAITING, SPOT_LIBRARY).rows


def bar(job: Job) -> None:
    """How many videos of the job are over, with its cancel."""
    how_far, action = st.columns((6, 1), vertical_alignment="center")
    doing = wording.escaped(job.message) if job.message else "Many videos are about to be spotted; waiting for a worker"
    how_far.progress(job.progress, text=doing[:1].upper() + doing[1:])
    me = state.identity()
    if at_least(me.role, "lead") and action.button("Cancel all", key=f"cancel-batch-{job.id}", width="stretch"):
        with state.door("cancel the job"):
            job_control.cancel(state.settings(), state.database(), job.id, me.annotator_id)
            st.rerun()
