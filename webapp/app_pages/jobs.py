"""Jobs: all work that runs or waits, the button for the night, the workers, and what came of jobs that are over."""

from __future__ import annotations

import streamlit as st

from webapp import job_control, queueing, state, wording
from webapp.access import at_least
from webapp.components.job_result import job_result
from webapp.components.new_job import FORM_OPEN, new_job
from webapp.components.tonight import tonight_part
from webapp.components.work_list import work_list
from webapp.components.workers_view import workers_part
from webapp.services import jobs
from webapp.values.jobs import KIND_NAMES, Job

REFRESH_SECONDS = 2.0
PER_PAGE = 8
LOG_LINES = 200
STATES = {"queued": "waiting", "running": "running", "done": "done", "failed": "failed", "cancelled": "cancelled"}
ICONS = {"queued": ":material/hourglass:", "running": ":material/play_arrow:", "done": ":material/check:",
         "failed": ":material/error:", "cancelled": ":material/block:"}  # fmt: skip


def page() -> None:
    st.title("Jobs")
    may_act = at_least(state.identity().role, "lead")
    tonight_part(may_act)
    st.subheader("Running and waiting")
    busy = bool(queueing.list_work(state.settings(), limit=1))
    st.fragment(work_list, run_every=REFRESH_SECONDS if busy else None)(may_act, busy)
    with st.expander("Workers", icon=":material/memory:", key="workers-open"):
        workers_part(state.database())
    if may_act:
        unfold = st.session_state.get(FORM_OPEN, False)
        with st.expander("Start a job", unfold, key="new-job", icon=":material/add:", on_change="rerun") as form:
            if form.open:
                new_job()
    st.subheader("Jobs so far")
    history(may_act)


def history(may_act: bool) -> None:
    """Jobs of the study, newest first, each with its result and log when opened."""
    kind = st.selectbox(
        "Kind", ["", *KIND_NAMES], key="job-kind", format_func=lambda name: KIND_NAMES.get(name, "Every kind"),
        on_change=lambda: st.session_state.update({"job-page": 1}),
    )  # fmt: skip
    found = jobs.list_jobs(
        state.database(), state.study_id(), kind=kind, page=st.session_state.get("job-page", 1), per_page=PER_PAGE
    )
    if not found.rows:
        st.caption("None yet. Start one here, on the models page, or on a label set.")
    wanted = st.session_state.pop("show-job-of-table", None)
    for number, job in enumerate(found.rows):
        one_job(job, may_act, unfold=job.id == wanted or (wanted is None and number == 0))
    if found.pages > 1:
        st.pagination(found.pages, key="job-page")


def one_job(job: Job, may_act: bool, unfold: bool) -> None:
    """A line, and when it is opened the result, the reason of a failure, the log, and the way to go on."""
    label = f"{ICONS[job.state]} **{job.title}** · {STATES[job.state]} · {wording.moment(job.created_at)}"
    with st.expander(label, expanded=unfold, key=f"job-{job.id}", on_change="rerun") as opened:
        if not opened.open:
            return
        if job.state == "failed":
            st.error(wording.sentence(job.message or "It failed without a reason; see the log."))
        elif job.message:
            st.caption(wording.sentence(job.message))
        job_result(job, may_act)
        if may_act and job.state in ("failed", "cancelled"):
            label = "Go on" if job.state == "cancelled" else "Try again"
            if st.button(label, key=f"retry-{job.id}", icon=":material/replay:"):
                take_up(job)
        if not may_act:  # a log may tell how much was found where
            return
        state.settings().newest(f"{jobs.folder_name(job.id)}/log.txt")
        lines = jobs.log_lines(state.data_dir(), job.id, LOG_LINES)
        st.markdown("**Log**")
        st.code("\n".join(lines) or "Nothing yet.", language=None, height=160 if lines else None)


def take_up(job: Job) -> None:
    """Let a job go on where it stopped."""
    with state.door("take the job up again"):
        me = state.identity().annotator_id
        reason = "Somebody wanted it to go on." if job.state == "cancelled" else f"Tried again after: {job.message}"
        job_control.retry(state.settings(), state.database(), job.id, reason, me)
        st.rerun()


with state.door("show the jobs"):
    page()
