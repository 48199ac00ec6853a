"""Spotting runs and decoding again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from spotcore import decoding
from spotcore.probabilities import CHANNELS, Curves, load_curves, save_curves
from tests.webapp.services.library_material import MACRO, MICRO, desk
from webapp.services import library, spotting
from webapp.services.errors import NotFound, Refused


@pytest.fixture
def work(database):
    return desk(database)


def start(work, video: int, rate: float = 6.0) -> int:
    return spotting.start_run(work.database, video, work.defaults.baseline_version_id, rate, {"a": 1})


def test_a_run_goes_from_queued_over_running_to_done(work):
    run = start(work, work.video())
    assert spotting.get_run(work.database, run).state == "queued"
    assert spotting.set_run_progress(work.database, run, 0.5, "landmarks")
    now = spotting.get_run(work.database, run)
    assert (now.state, now.progress, now.message) == ("running", 0.5, "landmarks")
    assert (now.settings, now.model) == ({"a": 1}, "baseline")
    spotting.finish_run(work.database, run, "runs/1/curves.npz", None, [MACRO, MICRO])
    assert spotting.latest_run(work.database, now.video_id).state == "done"
    assert spotting.proposals_of(work.database, run) == (MICRO, MACRO)


def test_finishing_twice_keeps_the_first_proposals(work):
    run = start(work, work.video())
    first = spotting.finish_run(work.database, run, "c", None, [MACRO])
    assert spotting.finish_run(work.database, run, "c", None, [MICRO]) == first
    assert spotting.proposals_of(work.database, run) == (MACRO,)


def test_a_second_wish_while_one_waits_gives_the_same_run(work):
    video = work.video()
    assert start(work, video) == start(work, video)


def test_a_cancelled_run_hears_it_and_cannot_be_finished(work):
    run = start(work, work.video())
    spotting.cancel_run(work.database, run)
    assert not spotting.set_run_progress(work.database, run, 0.5)
    with pytest.raises(Refused, match="cancelled"):
        spotting.finish_run(work.database, run, "c", None, [])
    assert spotting.latest_run(work.database, 1) is None
    assert spotting.latest_run(work.database, 1, state="").id == run


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_a_rate_of_false_alarms_that_makes_no_sense_is_refused(work, rate):
    with pytest.raises(Refused, match="above 0"):
        start(work, work.video(), rate)


def test_a_video_that_is_not_imported_cannot_be_spotted(work):
    video = library.register_video(work.database, work.defaults.study_id, "x", "x", "file", None, None, None)
    with pytest.raises(Refused, match="not imported"):
        start(work, video)


def test_a_run_that_does_not_exist_is_not_found(work):
    with pytest.raises(NotFound):
        spotting.get_run(work.database, 99)


@pytest.fixture
def decoded(work, tmp_path):
    """A finished run whose stored probabilities hold one clear macro-expression."""
    frames = np.arange(300)
    channels = {name: np.full(300, 0.01, np.float32) for name in CHANNELS}
    for name, frame in (("macro_onset", 100), ("macro_apex", 115), ("macro_offset", 130)):
        channels[name] = np.exp(-(((frames - frame) / 2.0) ** 2)).astype(np.float32)
    curves = Curves(frames, frames / 30.0, channels, "boundary_apex")
    video = work.video()
    run = start(work, video)
    save_curves(curves, tmp_path / f"runs/{run}/curves.npz")
    spotting.finish_run(work.database, run, f"runs/{run}/curves.npz", None, [])
    return work, tmp_path, run


def test_stored_probabilities_are_decoded_at_another_rate_into_a_set_of_their_own(decoded):
    work, folder, run = decoded
    made = spotting.decode_again(work.database, folder.joinpath, run, 1.0)
    expected = decoding.propose(load_curves(folder / f"runs/{run}/curves.npz"), 1.0)
    assert spotting.proposals_of_set(work.database, made) == tuple(expected)
    assert [(p.type, p.apex) for p in expected] == [("macro", 115)]
    assert [s.false_alarms for s in spotting.list_sets(work.database, run)] == [1.0, 6.0]


def test_the_same_rate_gives_the_same_set_also_from_two_tabs(decoded):
    work, folder, run = decoded
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: spotting.decode_again(work.database, folder.joinpath, run, 2.0), range(4)))
    assert set(made) == {spotting.decode_again(work.database, folder.joinpath, run, 2.0001)}


def test_a_run_without_probabilities_cannot_be_decoded(work, tmp_path):
    with pytest.raises(Refused, match="no probabilities"):
        spotting.decode_again(work.database, tmp_path.joinpath, start(work, work.video()), 1.0)
