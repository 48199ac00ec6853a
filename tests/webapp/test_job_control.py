"""Jobs and their work in the queues together, on each kind of database: cancelling, moving, and work that got lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.databases import KINDS, drop, empty_url
from tests.webapp.worker_process import Installation
from webapp import job_control, queueing
from webapp.jobs.reconcile import reconcile
from webapp.services import job_runs, jobs, library, spotting
from webapp.services.errors import Refused
from webapp.values.library import ImportedVideo


@pytest.fixture(params=KINDS)
def lab(request, tmp_path):
    """An installation without a worker."""
    url = "" if request.param == "sqlite" else empty_url(request.param)
    made = Installation(tmp_path / "data", url)
    yield made
    made.database.dispose()
    drop(url)


def start(lab, **params) -> int:
    return job_control.start(lab.settings, lab.database, "spot_library", params, lab.ids.study_id, None)


def waiting(lab, kind=queueing.JOBS):
    return [work.row_id for work in queueing.list_work(lab.settings) if work.kind == kind]


def video(lab) -> int:
    made = library.register_video(lab.database, lab.ids.study_id, "a.mp4", "uploads/a.mp4", "file", None, 1, "s1")
    facts = ImportedVideo("0" * 64, 1, 100, 30.0, 3.3, False, 64, 48, "frames.npz")
    library.finish_import(lab.database, made, facts)
    return made


def test_work_is_moved_cancelled_and_taken_up_again_together_with_its_row(lab):
    first, second = start(lab), start(lab)
    assert job_control.move(lab.settings, lab.database, queueing.JOBS, second, 5)
    assert waiting(lab) == [second, first]
    assert jobs.get(lab.database, second).priority == 5
    job_control.cancel(lab.settings, lab.database, second)
    assert (jobs.get(lab.database, second).state, waiting(lab)) == ("cancelled", [first])
    assert not job_control.move(lab.settings, lab.database, queueing.JOBS, second, 1)
    job_control.retry(lab.settings, lab.database, second, "It is wanted again.")
    assert (jobs.get(lab.database, second).state, sorted(waiting(lab))) == ("queued", [first, second])
    assert any("It is wanted again" in line for line in jobs.log_lines(lab.settings.data_dir, second))
    with pytest.raises(Refused):
        job_control.retry(lab.settings, lab.database, first, "It waits already.")


def test_cancelling_a_job_takes_its_runs_back_without_any_worker(lab):
    one, version = video(lab), lab.ids.baseline_version_id
    made = start(lab)
    jobs.look_at(lab.database, made, [one])
    run = job_runs.start_run(lab.database, made, one, version, 6.0)
    queueing.enqueue_spotting(run, lab.settings)
    job_control.cancel(lab.settings, lab.database, made)
    assert spotting.get_run(lab.database, run).state == "cancelled"
    assert waiting(lab, queueing.SPOTTING) == []


def test_a_job_whose_work_was_lost_is_asked_for_again_and_one_that_was_taken_back_ends(lab):
    lost, unwanted = start(lab), start(lab)
    jobs.set_progress(lab.database, unwanted, 0.5)
    jobs.request_cancel(lab.database, unwanted)
    for made in (lost, unwanted):
        queueing.cancel(queueing.JOBS, made, lab.settings)
    assert reconcile(lab.settings, lab.database, timedelta(seconds=-1)) == 2
    assert waiting(lab) == [lost]
    assert jobs.get(lab.database, unwanted).state == "cancelled"
