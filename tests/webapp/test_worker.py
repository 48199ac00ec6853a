"""The worker with real processes: import and spotting, bad input, cancelling, and SIGKILL in the middle."""

import os
import threading
from datetime import timedelta

import pytest

from tests.databases import KINDS, drop, empty_url
from tests.servers import wait_for
from tests.webapp.worker_process import Installation, write_noise
from webapp import queueing
from webapp.jobs.reconcile import reconcile
from webapp.services import library, spotting
from webapp.worker import _only_one


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """An installation with a worker that no test of this module kills."""
    made = Installation(tmp_path_factory.mktemp("data"))
    made.start()
    yield made
    made.kill()


@pytest.fixture(params=KINDS)
def fragile(request, tmp_path):
    """An installation on each kind of database whose worker a test starts and kills."""
    url = "" if request.param == "sqlite" else empty_url(request.param)
    made = Installation(tmp_path / "data", url)
    yield made
    made.kill()
    made.database.dispose()
    drop(url)


def test_a_video_is_imported_and_spotted_by_itself(installation, tmp_path):
    video_id = installation.register(write_noise(tmp_path / "noise.mp4", 90))
    video = installation.imported(video_id)
    assert (video.state, video.frame_count, video.fps) == ("ready", 90, 30.0)
    assert (installation.settings.data_dir / video.thumbnail_path).read_bytes()[:2] == b"\xff\xd8"
    run = installation.spotted(video_id)
    assert (run.state, run.message) == ("done", "no face found")
    assert installation.settings.located(run.curves_path).exists()


@pytest.mark.parametrize("kind", ["text", "cut off", "empty folder"])
def test_what_is_no_video_is_failed_with_a_sentence_and_the_worker_goes_on(installation, tmp_path, kind):
    path = tmp_path / "bad.mp4"
    if kind == "text":
        path.write_text("this is no video\n" * 100)
    elif kind == "cut off":
        whole = write_noise(tmp_path / "whole.mp4", 60).read_bytes()
        path.write_bytes(whole[: len(whole) // 3])
    else:
        path.mkdir()
        (path / "notes.txt").write_text("no pictures here")
    video_id = library.register_video(
        installation.database, installation.ids.study_id, path.name, str(path),
        "images" if path.is_dir() else "file", None, 1, "s01", rate=30.0 if path.is_dir() else None,
    )  # fmt: skip
    queueing.enqueue_import(video_id, installation.settings)
    video = installation.imported(video_id)
    assert video.state == "failed"
    assert len(video.message) > 15
    assert "Error" not in video.message


def test_asking_twice_for_the_same_import_asks_once(installation, tmp_path):
    video_id = installation.register(write_noise(tmp_path / "twice.mp4", 30, seed=5))
    names = {queueing.enqueue_import(video_id, installation.settings) for _ in range(3)}
    assert len(names) == 1
    assert installation.imported(video_id).state == "ready"
    installation.spotted(video_id)
    assert len(spotting.list_runs(installation.database, video_id)) == 1


def test_a_running_spotting_is_cancelled_within_seconds_and_the_next_one_runs(installation, tmp_path):
    long = installation.register(write_noise(tmp_path / "long.mp4", 6000, seed=6))
    installation.imported(long)
    run = wait_for("the run to move", lambda: running(installation, long))
    assert queueing.cancel(queueing.SPOTTING, run.id, installation.settings) == 1
    spotting.cancel_run(installation.database, run.id)
    short = installation.register(write_noise(tmp_path / "short.mp4", 30, seed=7))
    assert installation.spotted(short, 30).state == "done"
    assert spotting.get_run(installation.database, run.id).state == "cancelled"


def running(installation, video_id):
    """The newest run of the video once it has got somewhere."""
    run = spotting.latest_run(installation.database, video_id, state="running")
    return run if run and run.progress > 0 else None


def test_a_worker_killed_in_the_middle_of_spotting_finishes_it_when_it_starts_again(fragile, tmp_path):
    video_id = fragile.register(write_noise(tmp_path / "noise.mp4", 2000, seed=1))
    fragile.start()
    run = wait_for("the run to move", lambda: running(fragile, video_id), 120)
    fragile.kill()
    assert spotting.get_run(fragile.database, run.id).state == "running"
    fragile.start()
    assert fragile.spotted(video_id).state == "done"
    assert [found.id for found in spotting.list_runs(fragile.database, video_id)] == [run.id]
    assert len(spotting.list_sets(fragile.database, run.id)) == 1


def test_a_second_worker_of_the_same_name_waits_for_the_first_to_end(tmp_path):
    path, stop, held = tmp_path / "worker-1.lock", threading.Event(), []
    first = _only_one(path, stop)
    second = threading.Thread(target=lambda: held.append(_only_one(path, stop)))
    second.start()
    assert path.read_text() == str(os.getpid())
    assert held == []
    first.close()
    second.join(20)
    assert held[0] is not None


def test_a_waiting_worker_that_is_told_to_stop_stops(tmp_path):
    path, stop = tmp_path / "worker-1.lock", threading.Event()
    first = _only_one(path, stop)
    stop.set()
    assert _only_one(path, stop) is None
    first.close()


def test_a_row_whose_work_was_lost_is_asked_for_again(tmp_path):
    made = Installation(tmp_path / "data")
    lost = library.register_video(
        made.database, made.ids.study_id, "lost.mp4", "x.mp4", "file", None, 1, "s01"
    )  # the process died before it could ask for the import
    assert reconcile(made.settings, made.database, timedelta(seconds=-1)) == 1
    assert len(queueing.unfinished(queueing.IMPORTING, lost, made.settings)) == 1
    assert reconcile(made.settings, made.database, timedelta(seconds=-1)) == 0


def test_a_row_that_was_just_made_is_left_alone(tmp_path):
    made = Installation(tmp_path / "data")
    library.register_video(made.database, made.ids.study_id, "new.mp4", "x.mp4", "file", None, 1, "s01")
    assert reconcile(made.settings, made.database) == 0
