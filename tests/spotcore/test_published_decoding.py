"""The SL-Swin recipe on the published scores of the real benchmark gives the published counts."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from spotcore.evaluation import Score, score_videos
from spotcore.intervals import Interval
from spotcore.matching import MatchingRule
from spotcore.published_decoding import decode_sl_swin


def published(folder, name, kind):
    """Score of one set: casme2_{name}_scores.npz decoded against casme2_{name}_gt.csv."""
    truth: dict[str, list[Interval]] = {}
    with (folder / f"casme2_{name}_gt.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            truth.setdefault(row["video"], []).append(Interval(int(row["onset"]), int(row["offset"]), kind))
    with np.load(folder / f"casme2_{name}_scores.npz") as scores:
        proposals = {video: decode_sl_swin(scores[video], kind) for video in scores.files}
    assert truth.keys() == proposals.keys()
    return score_videos(truth, proposals, MatchingRule(lengths="exclusive")).overall


@pytest.mark.shared
def test_sl_swin_on_casme2_comes_out_as_published(shared_benchmarks):
    folder = shared_benchmarks / "sl_swin"
    macro, micro = published(folder, "mae", "macro"), published(folder, "me", "micro")
    assert (macro, round(macro.f1, 6)) == (Score(70, 258, 228), 0.223642)
    assert (micro, round(micro.f1, 6)) == (Score(12, 204, 45), 0.087912)
    both = Score(macro.tp + micro.tp, macro.fp + micro.fp, macro.fn + micro.fn)
    assert (both, round(both.f1, 4)) == (Score(82, 462, 273), 0.1824)


@pytest.mark.parametrize("scores", [np.zeros(3), np.zeros(100), np.linspace(0, 1, 100)])
def test_a_video_without_a_peak_adds_one_dummy(scores):
    assert [(p.onset, p.offset) for p in decode_sl_swin(scores, "macro")] == [(0, 0)]


def test_a_peak_becomes_an_interval_of_twice_half_the_mean_duration():
    scores = np.zeros(200)
    scores[90:102] = np.hanning(12)
    assert [(p.onset, p.offset) for p in decode_sl_swin(scores, "micro")] == [(90, 102)]
