"""One training job: progress, live curves, log, cancel and retry, and the model when it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from webapp import queueing, state, wording
from webapp.components import charts
from webapp.services import training
from webapp.services.against_parent import WORSE
from webapp.services.training import TrainingJob

RUNNING = ("queued", "running")
LOG_LINES = 200


def job_view(job_id: int, was_running: bool) -> None:
    """Draw the job; asks for a rerun of the whole page when it has just ended, so that the timer stops."""
    with state.door("show the training job"):
        job = training.get_job(state.database(), job_id)
        if was_running and job.state not in RUNNING:
            st.rerun()
        _status(job)
        for name in ("metrics.jsonl", "log.txt"):
            state.settings().newest(f"jobs/{job_id}/{name}")
        history = training.metrics(state.data_dir(), job_id)
        _curves(history)
        with st.expander("Log", key=f"log-{job_id}", icon=":material/article:"):
            lines = training.log_lines(state.data_dir(), job_id, LOG_LINES)
            st.code("\n".join(lines) or "Nothing yet.", language=None, height=260)


def _status(job: TrainingJob) -> None:
    about, action = st.columns((5, 1), vertical_alignment="center")
    with about:
        match job.state:
            case "queued":
                st.info("Waiting for the worker.", icon=":material/hourglass:")
            case "running":
                ending = " Stopping after this step." if job.cancel_requested else ""
                st.progress(job.progress, text=f"{wording.share(job.progress)} done. {job.message}{ending}")
            case "done" if job.message.startswith(WORSE):
                st.warning(wording.escaped(job.message), icon=":material/trending_down:")
            case "done":
                st.success(job.message or "Finished.", icon=":material/check:")
            case "failed":
                st.error(job.message or "The job failed without a reason; see the log.", icon=":material/error:")
            case "cancelled":
                st.warning("Cancelled. What was learned until then is kept, and the job can go on.")
    with action:
        _action(job)
    st.caption(
        f"{job.architecture}, preset {job.preset}, label set {wording.escaped(job.label_set)}, "
        f"asked for {wording.moment(job.created_at)}"
        + (f", ended {wording.moment(job.finished_at)}" if job.finished_at else "")
    )


def _action(job: TrainingJob) -> None:
    if job.state in RUNNING:
        if st.button("Cancel", key=f"cancel-job-{job.id}", disabled=job.cancel_requested, width="stretch"):
            training.request_cancel(state.database(), job.id)
            queueing.cancel(queueing.TRAINING, job.id, state.settings())
            st.rerun()
    elif job.model_version_id is not None:
        if st.button("See the model", key=f"model-of-{job.id}", type="primary", width="stretch"):
            st.session_state["show-version"] = job.model_version_id
            st.switch_page("app_pages/models.py")
    elif st.button("Go on" if job.state == "cancelled" else "Try again", key=f"retry-{job.id}", width="stretch"):
        training.retry_job(state.database(), job.id)
        queueing.enqueue_training(job.id, state.settings())
        st.rerun()


def epoch_point(entry: Mapping[str, Any]) -> dict[str, float | int | None]:
    """The numbers to draw of one line of metrics.jsonl; None where this epoch was not validated."""
    validation = entry.get("validation") or {}
    return {
        "epoch": entry["epoch"],
        "loss": entry.get("train_loss", {}).get("total"),
        "validation_loss": (entry.get("validation_loss") or {}).get("total"),
        **{kind: f1_of(validation.get(kind, {})) for kind in ("overall", "macro", "micro")},
    }


def f1_of(score: Mapping[str, Any]) -> float | None:
    """F1, or None where there was nothing to find and nothing was proposed: such a 0 would look like a failure."""
    return score.get("f1") if any(score.get(count) for count in ("tp", "fp", "fn")) else None


def _curves(history: Sequence[Mapping[str, Any]]) -> None:
    points = [epoch_point(entry) for entry in history]
    loss = charts.epoch_curves(points, {"loss": "training", "validation_loss": "validation"}, "loss")
    f1 = charts.epoch_curves(
        points, {"overall": "overall", "macro": "macro", "micro": "micro"}, "F1 (validation)", bounded=True
    )
    left, right = st.columns(2)
    for column, title, chart in ((left, "Loss per epoch", loss), (right, "F1 per epoch", f1)):
        with column:
            st.markdown(f"**{title}**")
            if chart is None:
                st.caption("No values yet.")
            else:
                st.altair_chart(chart, key=f"chart-{title}", width="stretch")
