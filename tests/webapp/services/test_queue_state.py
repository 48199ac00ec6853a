"""The queues for people: titles, places, and estimates from this installation's own history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from db.models import SpottingRun
from tests.webapp.services.library_material import desk
from tests.webapp.services.test_workers import card
from webapp import wording
from webapp.services import spotting, workers
from webapp.services.queue_state import pace, queue_state
from webapp.values.work import Work

AT = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def work(kind, row_id, state="waiting", worker="", began=None, priority=10):
    return Work(kind, row_id, f"{kind}-{row_id}-x", state, worker, priority, AT - timedelta(minutes=9), began)


@pytest.fixture
def office(database):
    made = desk(database)
    workers.sign_on(database, card("gpu1"))
    return made


def queued(office, title, minutes=1.0):
    video = office.video(title, frames=round(1800 * minutes))
    return spotting.start_run(office.database, video, office.defaults.baseline_version_id, 6.0, {})


def done(office, title, minutes, seconds):
    """A finished run of a video of so many minutes that took so many seconds."""
    run = office.run(office.video(title, frames=round(1800 * minutes)))
    with office.database.begin() as session:
        row = session.get(SpottingRun, run)
        row.started_at, row.finished_at = AT, AT + timedelta(seconds=seconds)


def test_without_any_history_there_is_no_estimate_and_it_is_said(office):
    state = queue_state(office.database, [work("spotting", queued(office, "a.mp4"))], AT)
    (row,) = state.rows
    assert (row.title, row.position, row.remaining) == ("a.mp4, by baseline", 1, None)
    assert wording.remaining(row.remaining) == "no estimate yet"


def test_waiting_work_is_done_after_what_stands_before_it(office):
    done(office, "old.mp4", 2, 120)  # a minute of work per minute of video
    first, second = queued(office, "a.mp4", 2), queued(office, "b.mp4", 3)
    running = work("spotting", first, "running", "gpu1", AT)
    state = queue_state(office.database, [running, work("spotting", second)], AT)
    assert [(row.position, row.worker, row.remaining) for row in state.rows] == [
        (0, "gpu1", timedelta(minutes=2)), (1, "", timedelta(minutes=5)),
    ]  # fmt: skip


def test_two_workers_halve_the_waiting(office):
    done(office, "old.mp4", 2, 120)
    workers.sign_on(office.database, card("gpu2"))
    workers.sign_on(office.database, card("trainer", kinds=("training",)))
    ids = [queued(office, f"{k}.mp4", 2) for k in range(3)]
    state = queue_state(office.database, [work("spotting", number) for number in ids], AT)
    assert [row.remaining for row in state.rows] == [timedelta(minutes=m) for m in (2, 3, 4)]


def test_work_that_no_worker_serves_has_no_estimate(office):
    done(office, "old.mp4", 2, 120)
    run = queued(office, "a.mp4")
    workers.sign_off(office.database, "gpu1", "1")
    assert queue_state(office.database, [work("spotting", run)], AT).rows[0].remaining is None


def test_running_work_without_a_history_is_judged_by_its_own_progress(office):
    run = queued(office, "a.mp4")
    spotting.set_run_progress(office.database, run, 0.25)
    running = work("spotting", run, "running", "gpu1", AT - timedelta(seconds=50))
    assert queue_state(office.database, [running], AT).rows[0].remaining == timedelta(seconds=150)


def test_rows_say_why_they_were_retried_and_rows_beyond_the_list_are_counted(office):
    first, _ = queued(office, "a.mp4"), queued(office, "b.mp4")
    workers.note_asked_again(office.database, "spotting", first)
    state = queue_state(office.database, [work("spotting", first)], AT)
    assert [note.reason for note in state.rows[0].retries] == [
        "Its work was in no queue any more, so it was asked for again."
    ]
    assert state.more_waiting == 1


def test_work_whose_row_is_gone_is_still_shown(office):
    state = queue_state(office.database, [work("spotting", 999), work("import", "example.1.1")], AT)
    assert {row.title for row in state.rows} == {"spotting 999", "the example clip"}


def test_the_pace_is_a_median_and_ignores_what_took_no_time():
    assert pace([("a", 10, 1), ("a", 30, 1), ("a", 500, 1), ("b", 0, 1), ("b", 5, 0)]) == {"a": 30, "": 30}
