"""Measuring that breaks off goes on at its last whole block, and gives what it would have given."""

import dataclasses
import itertools

import numpy as np
import pytest

from spotcore import features
from spotcore.errors import Cancelled
from spotcore.feature_files import load_traces
from spotcore.measuring_blocks import Blocks
from spotcore.pipeline import blocks_folder, features_for, trace_path
from spotcore.video import open_video

FRAMES = 90
BLOCK = 20  # 30 frames a second, a mesh every five


@pytest.fixture(scope="module")
def footage(shared_media, tmp_path_factory):
    """The first three seconds of a face as pictures, one of them missing in the middle."""
    import cv2

    folder = tmp_path_factory.mktemp("footage")
    with open_video(shared_media / "liveportrait_d0.mp4") as video:
        for frame in itertools.islice(video.frames(), FRAMES):
            if frame.index != 47:
                cv2.imwrite(str(folder / f"{frame.index:04}.png"), cv2.cvtColor(frame.rgb(), cv2.COLOR_RGB2BGR))
    return folder


@pytest.fixture(autouse=True)
def short_blocks(monkeypatch):
    monkeypatch.setattr(features, "BLOCK_SECONDS", BLOCK / 30)
    monkeypatch.setattr(features, "PROGRESS_EVERY", 1)


@pytest.fixture(scope="module")
def undisturbed(footage, tmp_path_factory):
    """Measured in one go, in blocks of the same length."""
    with pytest.MonkeyPatch.context() as patched, open_video(footage, rate=30) as video:
        patched.setattr(features, "BLOCK_SECONDS", BLOCK / 30)
        return features.extract(video)


def measure(footage, cache, kill_at=None, read=None):
    """Traces through the files of `cache`; frames that were read are added to `read`."""

    def progress(done, total):
        if read is not None:
            read.append(done)
        if done == kill_at:
            raise Cancelled("killed")

    with open_video(footage, rate=30) as video:
        return features_for(video, cache, progress=progress)


def same(one, other):
    for field in dataclasses.fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b, err_msg=field.name)
        else:
            assert field.name in ("signals", "source", "kind")
    assert (one.source, one.kind, one.signals.keys()) == (other.source, other.kind, other.signals.keys())
    for name, values in one.signals.items():
        np.testing.assert_array_equal(values, other.signals[name], err_msg=name)


def path_of(footage, cache):
    with open_video(footage, rate=30) as video:
        return trace_path(video.info, cache, features.DEFAULT_SETTINGS, None)


def test_killed_twice_it_goes_on_where_it_was_and_gives_the_same_to_the_last_bit(footage, undisturbed, tmp_path):
    for kill_at, begins in ((25, 0), (70, 20)):
        read = []
        with pytest.raises(Cancelled):
            measure(footage, tmp_path, kill_at, read)
        assert read[0] == begins
    assert len(list(blocks_folder(path_of(footage, tmp_path)).iterdir())) == 3
    read = []
    traces = measure(footage, tmp_path, read=read)
    assert read[0] == 60
    assert traces.found.any()
    same(traces, undisturbed)
    same(load_traces(path_of(footage, tmp_path)), undisturbed)
    assert not blocks_folder(path_of(footage, tmp_path)).exists()


def test_a_damaged_block_and_what_follows_it_is_measured_again(footage, undisturbed, tmp_path):
    with pytest.raises(Cancelled):
        measure(footage, tmp_path, 70)
    second = blocks_folder(path_of(footage, tmp_path)) / "00001.npz"
    second.write_bytes(second.read_bytes()[:-200])
    read = []
    same(measure(footage, tmp_path, read=read), undisturbed)
    assert read[0] == 20


def test_blocks_of_another_length_are_not_used(tmp_path, footage):
    with pytest.raises(Cancelled):
        measure(footage, tmp_path, 25)
    folder = blocks_folder(path_of(footage, tmp_path))
    assert Blocks(folder, BLOCK).load().end == 20
    assert Blocks(folder, 25).load() is None


def test_reading_in_a_process_goes_on_alike(footage, undisturbed, tmp_path, monkeypatch):
    monkeypatch.setattr(features, "PROCESS_FROM", 1)
    monkeypatch.setattr(features, "available_cores", lambda: 2)
    with pytest.raises(Cancelled):
        measure(footage, tmp_path, 50)
    same(measure(footage, tmp_path), undisturbed)
