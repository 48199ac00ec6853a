"""Epochs and thresholds come from other subjects, except under the name paper_style."""

from __future__ import annotations

import pytest

from spotcore.error_analysis import precision_recall, type_confusion
from spotcore.intervals import Interval
from spotcore.nested import CHOICES, FoldProposals
from spotcore.splits import leave_one_subject_out
from spotcore.thresholds import best_thresholds

EVENT = Interval(10, 30, "macro", 20)
SUBJECTS = {name: name for name in "abc"}
TRUTH = {name: [EVENT] for name in "abc"}


def hit(score):
    return Interval(10, 30, "macro", 20, score)


def miss(score):
    return Interval(50, 70, "macro", 60, score)


@pytest.fixture
def runs():
    """Fold of a: right for its validation subject (b) in epoch 1, right for a itself only in epoch 2."""
    made = []
    for fold in leave_one_subject_out("abc"):
        test, other = fold.test[0], fold.validation[0]
        good, bad, false = [hit(0.9), miss(0.3)], [hit(0.9), miss(0.95), miss(0.96)], [miss(0.9)]
        first, second = ({other: good, test: false}, {other: bad, test: good})
        made.append(FoldProposals(fold, {1: first, 2: second} if test == "a" else {1: second, 2: first}))
    return made


def test_nested_follows_the_validation_subject_even_where_the_test_subject_loses(runs):
    chosen = CHOICES["nested"](runs, TRUTH, SUBJECTS)
    assert chosen.epochs == {"a": 1, "b": 2, "c": 2}
    assert chosen.proposals["a"] == [miss(0.9)]
    assert chosen.thresholds["a"]["macro"] == pytest.approx(0.6)  # between the hit at 0.9 and the miss at 0.3


def test_pooled_choice_follows_the_other_held_out_subjects(runs):
    chosen = CHOICES["nested_pooled"](runs, TRUTH, SUBJECTS)
    assert chosen.epochs["a"] == 1  # b and c are served well by epoch 1


def test_labels_of_the_test_subject_change_nothing_but_the_paper_style_figure(runs):
    other = TRUTH | {"a": [Interval(50, 70, "macro", 60)]}
    for name in ("nested", "nested_pooled", "last_epoch", "paper_style"):
        before, after = (CHOICES[name](runs, truth, SUBJECTS) for truth in (TRUTH, other))
        assert (before.epochs["a"] == after.epochs["a"]) == (name != "paper_style")


def test_paper_style_takes_the_epoch_that_is_best_on_the_held_out_subject(runs):
    assert CHOICES["paper_style"](runs, TRUTH, SUBJECTS).epochs == {"a": 2, "b": 1, "c": 1}


def test_the_last_epoch_is_the_last(runs):
    assert set(CHOICES["last_epoch"](runs, TRUTH, SUBJECTS).epochs.values()) == {2}


def test_where_nothing_was_hit_nothing_is_proposed_whatever_the_scores():
    assert best_thresholds({"v": [EVENT]}, {"v": [miss(7.5)]}).thresholds["macro"] > 7.5


def test_precision_and_recall_fall_and_rise_with_the_threshold():
    found = [hit(0.9), miss(0.5), miss(0.4)]
    points = [(p["threshold"], p["precision"], p["recall"]) for p in precision_recall({"v": [EVENT]}, {"v": found})]
    assert points == [(0.9, 1.0, 1.0), (0.5, 0.5, 1.0), (0.4, pytest.approx(1 / 3), 1.0)]


def test_confusion_counts_wrong_types_misses_and_false_ones():
    truth = [EVENT, Interval(100, 110, "micro"), Interval(200, 210, "micro")]
    found = [Interval(11, 30, "micro", score=1.0), Interval(100, 110, "micro", score=1.0), miss(0.2)]
    table = type_confusion({"v": truth}, {"v": found})
    assert table["macro"] == {"macro": 0, "micro": 1, "missed": 0}
    assert table["micro"] == {"macro": 0, "micro": 1, "missed": 1}
    assert table["false"] == {"macro": 1, "micro": 0}
