"""Rough traces: the truth stays, and what real footage adds is there, proven on clips in which nothing else happens."""

from __future__ import annotations

import numpy as np
import pytest

from spotcore.errors import InvalidSettings
from spotcore.feature_files import load_traces
from spotcore.synthesis.planning import PlanSettings
from spotcore.synthesis.rough_footage import add_free_head
from spotcore.synthesis.script import ClipScript
from spotcore.synthesis.trace_corpus import write_trace_corpus
from spotcore.synthesis.trace_spiking import synthetic_traces

QUIET = PlanSettings(micro=(0, 0), macro=(0, 0), speech_share=0, turn_share=0, blinks_per_minute=(0, 0), sway=(0, 0))


def test_rough_clips_hold_the_same_events_as_smooth_ones():
    for seed in range(4):
        smooth, rough = synthetic_traces(seed), synthetic_traces(seed, rough=True)
        assert smooth[1] == rough[1]
        assert not np.array_equal(smooth[0].displacement, rough[0].displacement)


def test_the_same_seed_gives_the_same_rough_traces():
    one, two = synthetic_traces(3, rough=True)[0], synthetic_traces(3, rough=True)[0]
    assert np.array_equal(one.displacement, two.displacement)
    assert not one.displacement[0].any(), "traces start at zero"


def test_regions_move_though_no_expression_and_no_speech_is_there():
    rough = [np.abs(synthetic_traces(seed, QUIET, rough=True)[0].displacement).max() for seed in range(8)]
    smooth = [np.abs(synthetic_traces(seed, QUIET)[0].displacement).max() for seed in range(8)]
    assert np.median(rough) > 2 * np.median(smooth)


def test_heads_move_much_farther_than_in_the_test_corpus():
    sizes = []
    for seed in range(10):
        script = ClipScript(450, 30.0)
        add_free_head(script, np.random.default_rng(seed))
        sizes.append(np.ptp(script.pose[:, 0]))
    assert max(sizes) > 0.15  # inter-ocular distances; a turn of the corpus shifts by 0.05


def test_some_clips_repeat_frames():
    repeats = []
    for seed in range(16):
        moved = np.diff(synthetic_traces(seed, QUIET, rough=True)[0].displacement, axis=0)
        repeats.append((~moved.any(axis=(1, 2))).mean())
    assert sum(share > 0.15 for share in repeats) >= 2
    assert sum(share < 0.01 for share in repeats) >= 6


def test_a_training_set_holds_the_share_that_was_asked(tmp_path):
    manifest = write_trace_corpus(tmp_path, 4, 5, rough_share=0.5)
    rough = [not np.array_equal(load_traces(video.features).displacement,
                                synthetic_traces(5 * 1_000_003 + number)[0].displacement)
             for number, video in enumerate(manifest.videos)]  # fmt: skip
    assert rough == [False, True, False, True]


def test_a_share_above_one_is_refused(tmp_path):
    with pytest.raises(InvalidSettings, match="rough"):
        write_trace_corpus(tmp_path, 4, 5, rough_share=1.5)
