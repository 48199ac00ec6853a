"""Two sets of proposals on the same people: the difference with its interval, and what changed sides."""

from __future__ import annotations

import numpy as np
import pytest

from spotcore.evaluation import Score, bootstrap_f1, score_videos
from spotcore.intervals import Interval
from spotcore.matching import MatchingRule
from spotcore.paired import Flip, flips, paired_difference

SUBJECTS = {name: name for name in "abc"}


def event(kind="macro", score=None, at=10):
    return Interval(at, at + 20, kind, score=score)


TRUTH = {video: [event()] for video in SUBJECTS}
TWO = {video: [event(score=0.9)] for video in "ab"}
ONE = {"a": [event(score=0.9)], "b": [event(score=0.9, at=100)]}


def test_the_paired_difference_is_that_of_the_two_scores():
    found = paired_difference(TRUTH, ONE, TWO, SUBJECTS, MatchingRule(lengths="exclusive"), repeats=200)
    assert (found.overall.a, found.overall.b) == (Score(1, 1, 2), Score(2, 0, 1))
    assert found.overall.gain.difference == pytest.approx(0.8 - 0.4)
    assert found.overall.gain.low <= found.overall.gain.difference <= found.overall.gain.high
    assert (found.subjects, found.videos) == (3, 3)


def test_a_version_against_itself_differs_by_nothing():
    gain = paired_difference(TRUTH, TWO, TWO, SUBJECTS, repeats=50).overall.gain
    assert (gain.difference, gain.low, gain.high, gain.not_better) == (0.0, 0.0, 0.0, 1.0)
    assert gain.verdict == "no difference shown"


def test_the_range_of_each_side_is_the_bootstrap_of_that_side_alone():
    found = paired_difference(TRUTH, ONE, TWO, SUBJECTS, repeats=300, seed=4)
    alone = bootstrap_f1(TRUTH, TWO, SUBJECTS, repeats=300, seed=4)["overall"]
    assert found.overall.b_range == (alone.low, alone.high)


def test_drawing_counts_is_scoring_the_drawn_videos_again():
    draws = np.random.default_rng(7).integers(0, 3, (40, 3))
    gains = []
    for draw in draws:
        names = ["abc"[i] for i in draw]
        truth = {f"{n}{i}": TRUTH[n] for i, n in enumerate(names)}
        sides = [{f"{n}{i}": side.get(n, []) for i, n in enumerate(names)} for side in (ONE, TWO)]
        gains.append(score_videos(truth, sides[1]).overall.f1 - score_videos(truth, sides[0]).overall.f1)
    found = paired_difference(TRUTH, ONE, TWO, SUBJECTS, repeats=40, seed=7).overall.gain
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(gains, [0.025, 0.975])))


def test_pairing_is_surer_than_two_intervals_apart():
    rng = np.random.default_rng(1)
    people = [f"p{i}" for i in range(30)]
    truth = {p: [event(at=50 * k) for k in range(8)] for p in people}
    skill = {p: rng.random() for p in people}  # people differ much, the versions little
    a = {p: [event(score=0.5, at=50 * k) for k in range(8) if k < 8 * skill[p]] for p in people}
    b = {p: [*found, event(score=0.4, at=50 * 7)] if len(found) < 8 else found for p, found in a.items()}
    found = paired_difference(truth, a, b, {p: p for p in people}, repeats=400).overall
    assert found.a_range[1] > found.b_range[0]  # apart they overlap
    assert found.gain.verdict == "better"
    assert paired_difference(truth, b, a, {p: p for p in people}, repeats=400).overall.gain.verdict == "worse"


def test_one_subject_knows_no_spread():
    found = paired_difference({"a": [event()]}, {}, {"a": [event(score=1.0)]}, {})
    assert (found.overall.gain.difference, found.overall.gain.low, found.overall.a_range) == (1.0, None, None)
    assert found.overall.gain.verdict == "no difference shown"


def test_proposals_in_videos_without_truth_do_not_count():
    found = paired_difference(TRUTH, ONE, {**TWO, "elsewhere": [event(score=1.0)]}, SUBJECTS)
    assert found.overall.b == Score(2, 0, 1)


def test_intervals_that_changed_sides_are_named():
    truth = {"v": [event(at=0), event(at=100), event(at=200)]}
    a = {"v": [event(score=0.9, at=0), event(score=0.8, at=100), event(score=0.5, at=400), event(score=0.5, at=500)]}
    b = {"v": [event(score=0.9, at=1), event(score=0.8, at=200), event(score=0.5, at=402), event(score=0.5, at=600)]}
    assert flips(truth, a, b) == [
        Flip("v", "missed now", truth["v"][1]),
        Flip("v", "found now", truth["v"][2]),
        Flip("v", "false alarm gone", a["v"][3]),
        Flip("v", "new false alarm", b["v"][3]),
    ]


def test_a_hit_of_another_type_is_no_hit():
    assert [f.kind for f in flips({"v": [event()]}, {"v": [event("micro", 0.9)]}, {"v": [event(score=0.9)]})] == [
        "false alarm gone", "found now",
    ]  # fmt: skip
