"""Pooled counts, ratios at the empty edges, and the bootstrap over subjects."""

from __future__ import annotations

import pytest

from spotcore.evaluation import Range, Score, bootstrap_f1, hit_quality, iou_sweep, score_videos
from spotcore.intervals import Interval
from spotcore.matching import MatchingRule

A = Interval(10, 29, "macro", 15, 0.9)
B = Interval(50, 59, "micro", 55, 0.8)


def test_counts_are_pooled_over_videos_before_any_ratio():
    truth = {"one": [A, B], "two": [A]}
    proposals = {"one": [A], "two": [A, Interval(90, 99, "micro")]}
    scores = score_videos(truth, proposals)
    assert (scores.macro, scores.micro, scores.overall) == (Score(2, 0, 0), Score(0, 1, 1), Score(2, 1, 1))
    assert scores.overall.f1 == pytest.approx(2 / 3)


def test_a_video_that_one_side_does_not_know_counts_as_false_or_missed():
    scores = score_videos({"one": [A]}, {"two": [B]})
    assert (scores.macro, scores.micro) == (Score(0, 0, 1), Score(0, 1, 0))


@pytest.mark.parametrize(
    ("truth", "proposals", "expected"),
    [({}, {}, (0, 0, 0)), ({"v": []}, {}, (0, 0, 0)), ({"v": [A]}, {}, (0, 0, 1)), ({}, {"v": [A]}, (0, 1, 0))],
)
def test_empty_sides_give_zeros_and_no_division(truth, proposals, expected):
    score = score_videos(truth, proposals).overall
    assert (score.tp, score.fp, score.fn) == expected
    assert (score.precision, score.recall, score.f1) == (0, 0, 0)


def test_with_types_ignored_a_hit_belongs_to_the_type_of_the_truth():
    scores = score_videos({"v": [A]}, {"v": [Interval(10, 29, "micro")]}, MatchingRule(by_type=False))
    assert (scores.macro, scores.micro, scores.overall) == (Score(1, 0, 0), Score(0, 0, 0), Score(1, 0, 0))


def test_proposals_without_types_leave_false_alarms_per_type_unknown():
    rule = MatchingRule(by_type=False)
    scores = score_videos({"v": [A, B]}, {"v": [A]}, rule, proposals_typed=False)
    assert scores.micro == Score(0, None, 1)
    assert (scores.micro.f1, scores.micro.precision, scores.micro.recall) == (None, None, 0)
    assert scores.overall == Score(1, 0, 1)


def test_the_published_count_of_false_proposals_never_falls_below_zero():
    truth = {"v": [Interval(10, 19, "macro"), Interval(12, 21, "macro")]}
    score = score_videos(truth, {"v": [Interval(11, 20, "macro")]}, MatchingRule(matching="any-proposal")).overall
    assert score == Score(2, 0, 0)


def test_subjects_are_drawn_whole_so_one_subject_has_no_spread():
    truth, proposals = {"one": [A], "two": [B]}, {"one": [A], "two": []}
    same = bootstrap_f1(truth, proposals, {"one": "s1", "two": "s1"}, repeats=50)
    assert same["overall"] == Range(2 / 3, 2 / 3)
    apart = bootstrap_f1(truth, proposals, {"one": "s1", "two": "s2"}, repeats=200)
    assert apart["overall"] == Range(0.0, 1.0)


def test_the_bootstrap_is_the_same_for_the_same_seed():
    truth = {str(n): [A] for n in range(9)}
    proposals = {str(n): [A] if n % 2 else [B] for n in range(9)}
    first, again = (bootstrap_f1(truth, proposals, {}, repeats=100, seed=4) for _ in range(2))
    assert first == again
    assert first["macro"].low < score_videos(truth, proposals).macro.f1 < first["macro"].high


def test_nothing_to_draw_from_gives_an_empty_range():
    assert bootstrap_f1({}, {}, {})["micro"] == Range(0.0, 0.0)


def test_hit_quality_leaves_unknown_apexes_out():
    truth = {"v": [A, Interval(50, 59, "micro")]}
    quality = hit_quality(truth, {"v": [Interval(10, 29, "macro", 18), B]})
    assert (quality.mean_iou, quality.apex_error) == (1.0, 3.0)
    assert hit_quality({}, {}).mean_iou is None


def test_a_looser_iou_finds_no_less():
    truth, proposals = {"v": [A]}, {"v": [Interval(18, 29, "macro")]}
    sweep = iou_sweep(truth, proposals)
    assert [sweep[value].overall.tp for value in (0.3, 0.5, 0.6, 0.7)] == [1, 1, 1, 0]
