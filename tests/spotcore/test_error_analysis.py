"""Precision against recall, types taken for each other, and figures of a report, with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from spotcore.error_analysis import (
    duration_confusion,
    frame_confusion,
    precision_recall,
    secondary_figures,
    type_confusion,
)
from spotcore.evaluation import score_videos
from spotcore.intervals import Interval


def some_videos(seed):
    """Three videos with true intervals and scored proposals at random, some scores equal."""
    rng = np.random.default_rng(seed)

    def intervals(count, scored):
        made = []
        for _ in range(count):
            onset, kind = int(rng.integers(0, 150)), str(rng.choice(["macro", "micro"]))
            score = round(float(rng.random()), 1) if scored else None
            made.append(Interval(onset, onset + int(rng.integers(5, 25)), kind, None, score))
        return made

    return {v: intervals(6, False) for v in "abc"}, {v: intervals(12, True) for v in "abc"}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", ["macro", "micro"])
def test_the_curve_is_that_of_scoring_again_at_every_threshold(seed, kind):
    truth, proposals = some_videos(seed)
    curve = precision_recall(truth, proposals, kind)
    thresholds = sorted({p.score for found in proposals.values() for p in found if p.type == kind}, reverse=True)
    assert [point["threshold"] for point in curve] == thresholds
    for point in curve:
        kept = {v: [p for p in found if p.score >= point["threshold"]] for v, found in proposals.items()}
        slow = getattr(score_videos(truth, kept), kind)
        assert (point["precision"], point["recall"]) == pytest.approx((slow.precision, slow.recall))


def test_recall_never_falls_along_the_curve():
    recalls = [point["recall"] for point in precision_recall(*some_videos(1))]
    assert recalls == sorted(recalls)


def test_nothing_proposed_gives_no_curve():
    assert precision_recall({"a": [Interval(0, 9, "macro")]}, {}) == []


def test_a_macro_taken_for_a_micro_is_confused_and_not_missed():
    truth = {"a": [Interval(0, 9, "macro"), Interval(50, 59, "micro")]}
    proposals = {"a": [Interval(0, 9, "micro"), Interval(80, 89, "macro")]}
    assert type_confusion(truth, proposals) == {
        "macro": {"macro": 0, "micro": 1, "missed": 0},
        "micro": {"macro": 0, "micro": 0, "missed": 1},
        "false": {"macro": 1, "micro": 0},
    }


def test_half_a_second_is_still_in_the_bin_that_ends_there():
    truth = {"a": [Interval(0, 15, "micro"), Interval(100, 116, "macro"), Interval(200, 206, "micro")]}
    proposals = {"a": [Interval(0, 15, "macro"), Interval(100, 116, "macro")]}
    by_duration = duration_confusion(truth, proposals, {"a": 30.0})
    assert [(b["above"], b["up_to"], b["macro"], b["micro"], b["missed"]) for b in by_duration] == [
        (0.0, 0.3, 0, 0, 1), (0.3, 0.5, 1, 0, 0), (0.5, 0.7, 1, 0, 0), (0.7, 1.0, 0, 0, 0), (1.0, None, 0, 0, 0),
    ]  # fmt: skip


def test_frames_are_counted_around_true_boundaries_only():
    # Frames 8-12 and 18-22 count; the proposal starts two frames late and ends one late.
    counts = frame_confusion({"a": [Interval(10, 20, "macro")]}, {"a": [Interval(12, 21, "macro")]}, {"a": 2})
    assert counts["macro"] == {"neutral": 2, "macro": 4, "micro": 0}
    assert counts["neutral"] == {"neutral": 3, "macro": 1, "micro": 0}
    assert sum(counts["micro"].values()) == 0


def test_a_micro_within_a_macro_counts_as_micro():
    truth = {"a": [Interval(0, 40, "macro"), Interval(10, 12, "micro")]}
    counts = frame_confusion(truth, {"a": [Interval(0, 40, "macro")]}, {"a": 0})
    assert counts["micro"]["macro"] == 2
    assert counts["macro"]["macro"] == 2


def test_without_rates_nothing_is_told_by_duration():
    figures = secondary_figures({"a": [Interval(0, 9, "macro")]}, {})
    assert figures["confusion_by_duration"] is None
    assert figures["error_causes"]["missed"]["not measured"] == 1
    assert list(figures["iou_sweep"]) == ["0.3", "0.4", "0.5", "0.6", "0.7"]
