"""Eyes and head beside the regions: where they stand, how they mirror, and that networks have to ask for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from spotcore.inference import run_network
from spotcore.models import build_network
from spotcore.network_input import FACE_REGIONS, SIGNAL_PAIRS, network_input
from spotcore.training.dataset import vary
from spotcore.training.settings import TrainingSettings
from tests.spotcore.trace_examples import make_traces

ALL = FACE_REGIONS + SIGNAL_PAIRS


@pytest.fixture
def traces():
    rng = np.random.default_rng(0)
    made = make_traces((), 80)
    head = rng.standard_normal((80, 6)).astype(np.float32)
    return replace(made, head_motion=head, eye_openness=np.full(80, 0.3, np.float32))


def test_without_signals_a_network_is_given_the_displacement(traces):
    np.testing.assert_array_equal(network_input(traces), traces.displacement[:, :10])


def test_signals_follow_the_regions_in_pairs(traces):
    given = network_input(traces, ALL)
    np.testing.assert_array_equal(given[:, :10], traces.displacement[:, :10])
    np.testing.assert_allclose(given[:, 10], np.tile([0.0, 20.0], (80, 1)))
    np.testing.assert_array_equal(given[:, 11:].reshape(80, 6), traces.head_motion)


def test_a_shut_eye_counts_the_same_whoever_it_belongs_to(traces):
    narrow, wide = traces.eye_openness * 0.5, traces.eye_openness.copy()
    narrow[40], wide[40] = 0.0, 0.0
    one, two = (network_input(replace(traces, eye_openness=eyes), ALL) for eyes in (narrow, wide))
    np.testing.assert_allclose(one[:, 10], two[:, 10], rtol=1e-6)
    assert one[40, 10, 1] == 0


def test_a_mirrored_face_moves_its_head_to_the_other_side(traces):
    windows = network_input(traces, ALL)[None]
    settings = TrainingSettings(gain=0.0, noise=0.0, mirror=True)
    seeds = (np.random.default_rng(seed) for seed in range(20))
    mirrored = next(m for m in (vary(windows, settings, rng) for rng in seeds) if not np.array_equal(m, windows))
    np.testing.assert_array_equal(mirrored[0, :, 11:, 0], -windows[0, :, 11:, 0])  # x, roll, yaw
    np.testing.assert_array_equal(mirrored[0, :, 11:, 1], windows[0, :, 11:, 1])  # y, scale, pitch
    np.testing.assert_array_equal(mirrored[0, :, 10], windows[0, :, 10])


def test_a_network_with_signals_hears_a_blink_that_one_without_cannot(traces):
    shut = traces.eye_openness.copy()
    shut[38:44] = 0.05
    blinking = replace(traces, eye_openness=shut)
    for signals in (False, True):
        torch.manual_seed(0)
        network = build_network("dilated", {"signals": signals}).eval()
        open_eyes, blink = (run_network(network, network_input(t, network.pairs)) for t in (traces, blinking))
        assert np.array_equal(open_eyes, blink) != signals
