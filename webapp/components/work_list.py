"""Running and waiting work of all kinds, with its place, estimate and worker; cancelling it and changing its place."""

from __future__ import annotations

import streamlit as st

from webapp import job_control, queueing, state, wording
from webapp.services import spotting, training
from webapp.services.queue_state import queue_state
from webapp.services.work_of_study import of_study
from webapp.values.work import QueueRow

SHOWN = 25
NAMES = {
    queueing.IMPORTING: (":material/movie:", "Import"), queueing.SPOTTING: (":material/troubleshoot:", "Spotting"),
    queueing.TRAINING: (":material/model_training:", "Training"), queueing.JOBS: (":material/work_history:", "Job"),
}  # fmt: skip
_WIDTHS = (1.1, 3.1, 3.1, 1.3, 2.4)


def work_list(may_act: bool, was_busy: bool) -> None:
    """Draw the queues; asks for a rerun of the whole page when the last work has ended, so that the timer stops.

    Args:
        may_act: whether this person may cancel and move work.
        was_busy: whether there was work when the page was drawn.
    """
    with state.door("show the queues"):
        work = queueing.list_work(state.settings(), limit=500)
        if was_busy and not work:
            st.rerun()
        if not work:
            st.caption("Nothing runs and nothing waits.")
            return
        queue = queue_state(state.database(), work)
        mine = of_study(state.database(), state.study_id(), [(row.kind, row.row_id) for row in queue.rows])
        for row in queue.rows[:SHOWN]:
            _row(row, (row.kind, row.row_id) in mine, may_act)
        more = len(queue.rows) - SHOWN
        if max(more, 0) + queue.more_waiting:
            st.caption(f"And {wording.count(max(more, 0) + queue.more_waiting, 'more row')} waiting.")


def _row(row: QueueRow, mine: bool, may_act: bool) -> None:
    icon, kind = NAMES[row.kind]
    about = mine or not isinstance(row.row_id, int)  # work without a row, such as the example clip, is everybody's
    with st.container(key=f"work-{row.kind}-{row.row_id}"):
        what, title, how_far, worker, action = st.columns(_WIDTHS, vertical_alignment="center")
        what.markdown(f"{icon} {kind}")
        title.markdown(wording.escaped(row.title) if about else ":gray[work of another study]")
        with how_far:
            _how_far(row, mine)
        worker.caption(f"by {wording.escaped(row.worker)}" if row.worker else f"priority {row.priority}")
        if mine and may_act:
            with action, st.container(horizontal=True, horizontal_alignment="right", gap="xsmall"):
                _actions(row)
        if mine:
            for note in row.retries[-1:]:
                title.caption(f":material/replay: {wording.escaped(note.reason)}")


def _how_far(row: QueueRow, mine: bool) -> None:
    left, known = wording.remaining(row.remaining), row.remaining is not None
    if row.state == "running":
        doing = f", {wording.escaped(row.message)}" if row.message and mine else ""
        said = f"{wording.share(row.progress)}{doing} · {left}{' left' if known else ''}"
        st.progress(min(row.progress, 1.0), text=said)
    else:
        st.caption(f"Number {row.position} in its queue · {'done in ' if known else ''}{left}")


def _actions(row: QueueRow) -> None:
    key = f"{row.kind}-{row.row_id}"
    if row.state == "waiting":
        if st.button("", icon=":material/arrow_upward:", key=f"earlier-{key}", help="Earlier: before others that wait"):
            _move(row, max(0, row.priority - 5))
        if st.button("", icon=":material/arrow_downward:", key=f"later-{key}", help="Later: after others that wait"):
            _move(row, row.priority + 5)
    # An import has no row that could be left cancelled: its video is deleted on the page of videos.
    if row.kind != queueing.IMPORTING and st.button("Cancel", key=f"cancel-{key}"):
        with state.door("cancel the work"):
            cancel(row.kind, row.row_id)
            st.rerun()


def _move(row: QueueRow, priority: int) -> None:
    with state.door("change the place in the queue"):
        if not job_control.move(state.settings(), state.database(), row.kind, row.row_id, priority):
            st.toast("It has begun meanwhile.")
        st.rerun()


def cancel(kind: str, row_id: int) -> None:
    """Take a row's work back, in the queue and in the database."""
    settings, database = state.settings(), state.database()
    if kind == queueing.JOBS:
        job_control.cancel(settings, database, row_id, state.identity().annotator_id)
    elif kind == queueing.SPOTTING:
        queueing.cancel(kind, row_id, settings)
        spotting.cancel_run(database, row_id)
    elif kind == queueing.TRAINING:
        training.request_cancel(database, row_id)
        queueing.cancel(kind, row_id, settings)
