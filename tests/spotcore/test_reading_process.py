"""Reading in a process of its own changes nothing but the time it takes, and leaves nothing behind."""

import itertools
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from spotcore import features
from spotcore.commands.bench.looped_video import LoopedVideo
from spotcore.errors import Cancelled, SpotcoreError, UnreadableVideo
from spotcore.reading_process import AVAILABLE, in_process, portable
from spotcore.readings import AHEAD, Order
from spotcore.video import open_video
from tests.spotcore.moving_faces import PictureVideo

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="memory without a name is there on Linux only")

ORDER = Order(step=1, mesh_every=5)


def children() -> set[psutil.Process]:
    return set(psutil.Process().children())


@pytest.fixture
def folder(tmp_path):
    """More pictures than fit into the ring, each of a grey of its own."""
    for number in range(3 * AHEAD):
        cv2.imwrite(str(tmp_path / f"{number:04}.png"), np.full((48, 64), number, np.uint8))
    return tmp_path


def read(folder):
    with open_video(folder, rate=30) as video:
        return in_process(portable(video), (48, 64), folder.name, ORDER)


@pytest.mark.parametrize("step", [1, 2])
def test_every_picture_arrives_in_order_as_it_was(folder, step):
    with open_video(folder, rate=30) as video:
        order = Order(step, mesh_every=7)
        with in_process(portable(video), (48, 64), folder.name, order) as readings:
            found = [(r.sample, int(r.luma.min()), int(r.luma.max()), r.tried) for r in readings]
    greys = range(0, 3 * AHEAD, step)
    assert found == [(sample, grey, grey, sample % 7 == 0) for sample, grey in enumerate(greys)]


def test_a_missing_picture_arrives_as_missing(folder):
    (folder / "0005.png").unlink()
    with read(folder) as readings:
        assert [r.sample for r in readings if r.luma is None] == [5]


def test_process_and_threads_give_identical_traces(shared_media, monkeypatch):
    def measured(process_from):
        monkeypatch.setattr(features, "PROCESS_FROM", process_from)
        with open_video(shared_media / "pyfeat_single_face.mp4", threads=1) as video:
            return features.extract(video)

    threads, process = measured(10**9), measured(1)
    for name in ("displacement", "head_motion", "eye_openness", "mouth_activity", "found", "analysable", "anchor"):
        np.testing.assert_array_equal(getattr(process, name), getattr(threads, name))
    assert process.source == threads.source


def test_an_error_inside_is_raised_outside_after_the_pictures_before_it(folder):
    with open_video(folder, rate=30) as video:
        (folder / "0030.png").write_bytes((folder / "0030.png").read_bytes()[:40])
        samples = []
        with in_process(portable(video), (48, 64), folder.name, ORDER) as readings:  # noqa: SIM117
            with pytest.raises(UnreadableVideo, match=r"0030\.png"):
                samples.extend(r.sample for r in readings)
    assert samples == list(range(28))  # frames travel by fours


def test_a_video_that_is_gone_is_refused_at_the_start(folder):
    with open_video(folder, rate=30) as video:
        sent = portable(video)
    with pytest.raises(UnreadableVideo, match="no such file"), in_process(sent.replace(
            folder.name.encode(), b"x" * len(folder.name)), (48, 64), "gone", ORDER):  # fmt: skip
        pass


def test_cancelling_ends_the_process(shared_media, monkeypatch):
    monkeypatch.setattr(features, "PROCESS_FROM", 1)
    before, during = children(), []

    def progress(done, total):
        during.append(children() - before)
        raise Cancelled("stop")

    with open_video(shared_media / "pyfeat_single_face.mp4") as video, pytest.raises(Cancelled):
        features.extract(video, progress=progress)
    assert [len(there) for there in during] == [1]
    assert not children() - before


def test_a_killed_process_is_a_clear_error(folder):
    before = children()
    with read(folder) as readings:
        next(readings)
        for process in children() - before:
            process.kill()
        with pytest.raises(SpotcoreError, match=r"ended too early.*signal 9"):
            list(readings)


def test_the_process_ends_when_its_parent_is_killed(folder):
    script = """
import sys, psutil
from tests.spotcore.test_reading_process import ORDER, in_process, open_video, portable
with open_video(sys.argv[1], rate=30) as video, in_process(portable(video), (48, 64), "x", ORDER) as readings:
    next(readings)
    print(psutil.Process().children()[0].pid, flush=True)
    sys.stdin.read()
"""
    parent = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])  # fmt: skip
    child = psutil.Process(int(parent.stdout.readline()))
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    assert psutil.wait_procs([child], timeout=30)[1] == []


@pytest.mark.parametrize(
    "opened", [lambda path: open_video(path, threads=1), lambda path: LoopedVideo(path, 100, None, 1)]
)
def test_a_file_is_opened_elsewhere_as_it_was_here(shared_media, opened):
    here = opened(shared_media / "pyfeat_single_face.mp4")
    there = pickle.loads(portable(here))
    assert there.info.path == here.info.path
    np.testing.assert_array_equal(there.info.table.timestamps, here.info.table.timestamps)
    np.testing.assert_array_equal(next(there.frames()).luma(), next(here.frames()).luma())


def test_a_video_made_in_memory_cannot_be_opened_elsewhere():
    assert portable(PictureVideo(5, lambda t: np.zeros((8, 8, 3), np.uint8))) is None


def test_readers_one_after_another_leave_no_descriptor_open(folder):
    with read(folder) as readings:
        next(readings)
    open_before = len(os.listdir("/proc/self/fd"))
    with read(folder) as readings:
        assert len(list(itertools.islice(readings, 3))) == 3
    assert len(os.listdir("/proc/self/fd")) == open_before
