"""Thresholds are those of a slow search; frames that nobody decided about are left out of every score."""

from __future__ import annotations

import numpy as np
import pytest

from spotcore.boundary_apex import decode_boundary_apex
from spotcore.evaluation import score_videos
from spotcore.feature_files import save_traces
from spotcore.intervals import Interval
from spotcore.manifest import ManifestVideo
from spotcore.probabilities import CHANNELS, Curves
from spotcore.targets import target_channels
from spotcore.training.dataset import load_videos
from spotcore.training.selection import choose_thresholds, decoder_settings, in_known, score_role, true_intervals
from tests.spotcore.trace_examples import make_events, make_traces


def video(tmp_path, name, count=600, **changes):
    save_traces(make_traces((), count), tmp_path / f"{name}.npz")
    values = {"reviewed": ((0, count - 1),), "intervals": make_events(count, 3)} | changes
    entry = ManifestVideo(name, name, name, "validation", tmp_path / f"{name}.npz", count, 30.0, **values)
    return load_videos([entry])[0]


def noisy_curves(made, seed, thresholds=None):
    """Targets under noise: some events are found surely, some barely, some proposals are false."""
    rng = np.random.default_rng(seed)
    base = target_channels(made.targets)
    channels = {name: np.clip(base[name] * 0.5 + rng.random(len(made.traces)) * 0.6, 0, 1) for name in CHANNELS}
    settings = decoder_settings(["macro", "micro"], thresholds or {})
    return Curves(made.traces.frames, made.traces.timestamps, channels, "boundary_apex", settings)


@pytest.mark.parametrize("seed", range(6))
def test_chosen_thresholds_are_as_good_as_trying_every_one(tmp_path, seed):
    videos = [video(tmp_path, "a"), video(tmp_path, "b")]
    curves = [noisy_curves(made, 10 * seed + n) for n, made in enumerate(videos)]
    choice = choose_thresholds(videos, curves)
    decoded = [decode_boundary_apex(line) for line in curves]
    truth = {made.entry.id: list(made.entry.intervals) for made in videos}
    for kind in ("macro", "micro"):
        best = 0.0
        for threshold in {p.score for found in decoded for p in found}:
            kept = [[p for p in found if p.score >= threshold] for found in decoded]
            proposals = {made.entry.id: found for made, found in zip(videos, kept, strict=True)}
            best = max(best, getattr(score_videos(truth, proposals), kind).f1)
        assert getattr(choice.scores, kind).f1 == pytest.approx(best)
        assert best > 0.2
    applied = [noisy_curves(made, 10 * seed + n, choice.thresholds) for n, made in enumerate(videos)]
    assert score_role(videos, applied, None).macro == choice.scores.macro


def test_proposals_and_truth_in_undecided_frames_are_not_scored(tmp_path):
    events = (Interval(100, 130, "macro", 115), Interval(300, 330, "macro", 315))
    made = video(tmp_path, "a", reviewed=((0, 199),), unsure=((290, 340),), intervals=events)
    assert true_intervals(made) == [events[0]]
    proposals = [Interval(150, 180, "macro"), Interval(190, 230, "macro"), Interval(310, 330, "macro")]
    assert in_known(made, proposals) == proposals[:1]


def test_nothing_found_chooses_a_threshold_above_every_score(tmp_path):
    made = video(tmp_path, "a")
    silent = {name: np.zeros(600, np.float32) for name in CHANNELS}
    settings = decoder_settings(["macro"], {})
    curves = Curves(made.traces.frames, made.traces.timestamps, silent, "boundary_apex", settings)
    choice = choose_thresholds([made], [curves])
    assert choice.thresholds == {"macro": 1.0, "micro": 1.0}
    assert choice.scores.macro.fn == 4
