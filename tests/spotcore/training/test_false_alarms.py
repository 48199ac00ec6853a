"""Calibration: rates fall as scores rise, only proposals away from expressions count, surrogates keep the spectrum."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from spotcore.feature_files import save_traces
from spotcore.intervals import Interval
from spotcore.manifest import ManifestVideo
from spotcore.models import build_network
from spotcore.probabilities import Curves
from spotcore.targets import make_targets, target_channels
from spotcore.training.dataset import load_videos
from spotcore.training.false_alarms import measure, shuffle_phases, stitch
from tests.spotcore.trace_examples import make_traces

TRUE, FALSE, UNKNOWN = (Interval(n, n + 40, "macro", n + 20) for n in (100, 1000, 3000))


@pytest.fixture
def network():
    torch.manual_seed(0)
    return build_network("spot_gcn", {"window": 5, "channels": 4}).eval()


def video(tmp_path, count=3600, reviewed=((0, 2699),)):
    save_traces(make_traces([TRUE], count), tmp_path / "t.npz")
    entry = ManifestVideo("v", "v", "s", "train", tmp_path / "t.npz", count, 30.0, reviewed, (), (TRUE,))
    return load_videos([entry])[0]


def curves(proposals, count=3600):
    channels = target_channels(make_targets(proposals, count))
    settings = {"suppressed": "micro"}
    return Curves(np.arange(count), np.arange(count) / 30, channels, "boundary_apex", settings)


def test_only_proposals_in_reviewed_frames_away_from_expressions_count(tmp_path, network):
    made = measure(network, [video(tmp_path)], [curves([TRUE, FALSE, UNKNOWN])], ["macro"])
    minutes = (2700 - 41) / 30 / 60
    assert "1 proposals" in made.source
    assert "surrogates" not in made.source
    assert made.rate("macro", 0.0) == pytest.approx(1.5 / minutes, rel=0.01)
    assert made.scores["micro"] == ()


def test_short_footage_is_filled_up_with_surrogates_and_says_so(tmp_path, network):
    made = measure(network, [video(tmp_path, 300, ((0, 299),))], [curves([TRUE], 300)], ["macro", "micro"])
    assert "surrogates" in made.source
    assert list(made.scores["macro"]) == sorted(made.scores["macro"])
    assert list(made.false_alarms["macro"]) == sorted(made.false_alarms["macro"], reverse=True)


def test_the_same_seed_measures_the_same(tmp_path, network):
    short, line = video(tmp_path, 300, ((0, 299),)), curves([TRUE], 300)
    assert measure(network, [short], [line], ["macro"], 1) == measure(network, [short], [line], ["macro"], 1)


def test_no_footage_gives_no_calibration(network):
    assert measure(network, [], [], ["macro"]) is None


def test_shuffled_phases_keep_spectrum_and_correlation_but_not_the_course():
    rng = np.random.default_rng(0)
    values = rng.standard_normal((128, 10, 2))
    values -= np.linspace(0, 1, 128)[:, None, None] * (values[-1] - values[0])
    shuffled = shuffle_phases(values, rng)
    inner = slice(1, 64)  # the highest frequency of an even length is real
    np.testing.assert_allclose(
        np.abs(np.fft.rfft(shuffled, axis=0))[inner], np.abs(np.fft.rfft(values, axis=0))[inner], rtol=1e-6
    )
    before, after = (np.fft.rfft(v, axis=0)[inner] for v in (values, shuffled))
    np.testing.assert_allclose(after[:, 0, 0] * after[:, 3, 1].conj(), before[:, 0, 0] * before[:, 3, 1].conj())
    assert np.corrcoef(values[:, 0, 0], shuffled[:, 0, 0])[0, 1] < 0.9


def test_stitching_leaves_out_samples_and_the_jump_over_them():
    displacement = np.zeros((8, 10, 2))
    displacement[:, 0, 0] = [0, 1, 2, 90, 91, 10, 11, 12]
    wanted = np.array([True, True, True, False, False, True, True, True])
    assert stitch(displacement, wanted)[:, 0, 0].tolist() == [1, 2, 3, 4]
