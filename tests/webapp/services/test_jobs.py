"""Jobs and the runs they wait for: their lives, their lists, and what an erasure takes out of them."""

from __future__ import annotations

import pytest

from tests.webapp.services.library_material import desk
from webapp.services import job_runs, jobs, library, spotting
from webapp.services.errors import NotFound, Refused


@pytest.fixture
def work(database):
    return desk(database)


def job(work, kind="spot_library", params=None, **more) -> int:
    return jobs.create(work.database, kind, params or {}, work.defaults.study_id, work.annotator_id, **more)


def state(work, made: int) -> str:
    return jobs.get(work.database, made).state


def version(work) -> int:
    return work.defaults.baseline_version_id


def test_a_job_runs_keeps_what_is_finished_of_it_and_ends_with_a_result(work):
    made = job(work, params={"version_id": 1})
    assert jobs.set_progress(work.database, made, 0.5, "half")
    jobs.set_part(work.database, made, "spot", {"begun_at": 1})
    jobs.set_part(work.database, made, "spot", {"done": 3})
    jobs.finish(work.database, made, {"done": 3})
    found = jobs.get(work.database, made)
    assert (found.state, found.progress, found.params) == ("done", 1.0, {"version_id": 1})
    assert found.part("spot") == {"begun_at": 1, "done": 3}
    assert found.result["done"] == 3


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_is_told(work):
    waiting, running = job(work), job(work)
    jobs.set_progress(work.database, running, 0.1)
    for made in (waiting, running):
        jobs.request_cancel(work.database, made, work.annotator_id)
    assert (state(work, waiting), state(work, running)) == ("cancelled", "running")
    assert not jobs.set_progress(work.database, running, 0.2)
    jobs.cancel(work.database, running)
    assert state(work, running) == "cancelled"
    with pytest.raises(Refused, match="cancelled"):
        jobs.finish(work.database, running, {})


def test_what_failed_can_go_on_with_what_it_had_and_what_is_done_cannot(work):
    made = job(work)
    jobs.set_part(work.database, made, "freeze", {"label_set_id": 1})
    jobs.fail(work.database, made, "The disk is full.")
    assert jobs.get(work.database, made).message == "The disk is full."
    jobs.retry(work.database, made)
    assert (state(work, made), jobs.get(work.database, made).part("freeze")) == ("queued", {"label_set_id": 1})
    jobs.finish(work.database, made, {})
    with pytest.raises(Refused, match="go on"):
        jobs.retry(work.database, made)


def test_jobs_are_listed_by_state_and_kind_in_pages(work):
    ids = [job(work, kind) for kind in ("spot_library", "loso", "tonight", "loso")]
    jobs.fail(work.database, ids[1], "no")
    page = jobs.list_jobs(work.database, work.defaults.study_id, ("queued",), per_page=2)
    assert ([row.id for row in page.rows], page.total, page.pages) == ([ids[3], ids[2]], 3, 2)
    assert [row.id for row in jobs.list_jobs(work.database, work.defaults.study_id, kind="loso").rows] == ids[:0:-2]
    assert jobs.list_jobs(work.database, 99).rows == ()


def test_a_kind_or_a_video_that_does_not_exist_is_refused(work):
    with pytest.raises(Refused, match="tonight"):
        job(work, "cook")
    with pytest.raises(NotFound, match="video 7"):
        job(work, videos=[7])


def test_videos_that_the_version_has_spotted_are_left_out_unless_asked_for_again(work):
    first, second = work.video("a.mp4"), work.video("b.mp4")
    work.run(first)
    study = work.defaults.study_id
    assert job_runs.videos_to_spot(work.database, study, version(work)) == (second,)
    assert job_runs.videos_to_spot(work.database, study, version(work), again=True) == (first, second)
    assert job_runs.videos_to_spot(work.database, study, version(work), again=True, among=[first]) == (first,)


def test_a_job_has_one_run_per_video_and_a_new_one_only_after_a_failure(work):
    video = work.video()
    made = job(work, videos=[video])
    run = job_runs.start_run(work.database, made, video, version(work), 6.0)
    assert job_runs.start_run(work.database, made, video, version(work), 6.0) == run
    assert job_runs.open_runs(work.database, made) == (run,)
    spotting.fail_run(work.database, run, "no face")
    assert [one.reason for one in job_runs.failed_runs(work.database, made, version(work))] == ["no face"]
    again = job_runs.start_run(work.database, made, video, version(work), 6.0)
    assert again != run
    spotting.finish_run(work.database, again, "runs/curves.npz", None, [])
    assert job_runs.start_run(work.database, made, video, version(work), 6.0) is None
    counts = job_runs.counts(work.database, made, version(work))
    assert (counts.done, counts.failed, counts.waiting) == (1, 0, 0)


def test_a_run_that_somebody_wanted_before_the_job_is_not_the_jobs_to_cancel(work):
    video = work.video()
    theirs = spotting.start_run(work.database, video, version(work), 6.0, {})
    made = job(work, videos=[video])
    assert job_runs.start_run(work.database, made, video, version(work), 6.0) == theirs
    assert job_runs.open_runs(work.database, made) == ()


def test_erasing_a_video_takes_it_out_of_wishes_results_sentences_and_files(work):
    gone, kept = work.video("a.mp4"), work.video("b.mp4")
    made = job(work, params={"videos": [gone, kept]}, videos=[gone, kept])
    other = job(work, videos=[kept])
    job_runs.start_run(work.database, made, gone, version(work), 6.0)
    jobs.set_part(work.database, made, "spot", {"failed": [{"video_id": gone, "reason": "a.mp4"}, {"video_id": kept}]})
    jobs.fail(work.database, made, "a.mp4 is no video")
    paths = library.delete_video(work.database, gone)
    found = jobs.get(work.database, made)
    assert found.params == {"videos": [kept]}
    assert found.part("spot") == {"failed": [{"video_id": kept}]}
    assert "a.mp4" not in found.message
    assert jobs.folder_name(made) in paths
    assert jobs.folder_name(other) not in paths


def test_the_log_of_a_job_is_read_from_its_end(tmp_path):
    assert jobs.log_lines(tmp_path, 3) == ()
    for line in ("one", "two"):
        jobs.note(tmp_path, 3, line)
    assert [line[20:] for line in jobs.log_lines(tmp_path, 3, 1)] == ["two"]
