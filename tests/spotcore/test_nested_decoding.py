"""Settings and thresholds of a held-out subject come from the others, and a type that only costs is left out."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from spotcore.intervals import Interval
from spotcore.matching import MatchingRule
from spotcore.nested_decoding import (
    SUPPRESSED,
    KindCandidates,
    choose_each,
    choose_together,
    held_out,
    mark,
)
from spotcore.score_curve_decoding import CurveSettings

RULE = MatchingRule(lengths="exclusive")
GOOD, BAD = CurveSettings(smoothing=0.5), CurveSettings(smoothing=1.0)
SUBJECTS = {name: name for name in "abc"}


def event(kind="macro", score=None):
    return Interval(10, 30, kind, score=score)


def false(score, kind="macro", at=100):
    return Interval(at, at + 20, kind, score=score)


def one_kind(proposals, kind="macro", truth=None):
    """Candidates of one type; by default every video holds one event."""
    truth = truth or {video: [event(kind)] for video in SUBJECTS}
    marked = {settings: mark(truth, found, SUBJECTS, RULE) for settings, found in proposals.items()}
    return KindCandidates(marked, {SUBJECTS[video]: len(events) for video, events in truth.items()})


def test_the_threshold_lies_between_hits_and_false_alarms_of_the_judges():
    mine = one_kind({GOOD: {video: [event(score=0.8), false(0.4)] for video in SUBJECTS}})
    choice = choose_each({"macro": mine}, ["a", "b"])["macro"]
    assert (choice.settings, choice.threshold) == (GOOD, pytest.approx(0.6))


def test_labels_of_the_held_out_subject_change_nothing_that_is_chosen_for_it():
    proposals = {
        GOOD: {"a": [false(0.9)], "b": [event(score=0.9)], "c": [event(score=0.9)]},
        BAD: {"a": [event(score=0.9)], "b": [false(0.9)], "c": [false(0.9)]},
    }
    for truth_of_a in ([event()], [], [false(None)]):
        truth = {"a": truth_of_a, "b": [event()], "c": [event()]}
        nested = held_out({"macro": one_kind(proposals, truth=truth)}, SUBJECTS, choose_each)
        assert nested.choices["a"]["macro"].settings == GOOD
        assert nested.proposals["a"] == [false(0.9)]


def test_a_fixed_threshold_leaves_only_the_settings_to_choose():
    mine = one_kind({
        GOOD: {video: [event(score=0.7), false(0.9)] for video in SUBJECTS},
        BAD: {video: [event(score=0.55)] for video in SUBJECTS},
    })  # fmt: skip
    assert choose_each({"macro": mine}, "abc", threshold=0.6)["macro"].settings == GOOD
    assert choose_each({"macro": mine}, "abc")["macro"].settings == BAD


def test_together_a_type_that_costs_more_than_it_finds_is_left_out():
    macro = one_kind({GOOD: {video: [event(score=0.9)] for video in SUBJECTS}})
    noise = [false(0.9, "micro", at=50 * i) for i in range(1, 9)]
    micro = one_kind({GOOD: {"a": [*noise, event("micro", 0.1)], "b": noise, "c": noise}}, "micro")
    chosen = choose_together({"macro": macro, "micro": micro}, "abc")
    assert chosen["micro"].threshold == SUPPRESSED
    assert chosen["macro"].threshold < 0.9
    assert choose_each({"micro": micro}, "abc")["micro"].threshold < SUPPRESSED  # for itself it would be kept


def test_together_finds_the_best_pair_that_trying_every_pair_finds():
    rng = np.random.default_rng(5)
    for _ in range(5):
        made = {}
        for kind, rate in (("macro", 0.4), ("micro", 0.15)):
            proposals = {
                settings: {
                    video: [
                        Interval(40 * i, 40 * i + 20 if rng.random() < rate else 40 * i + 2, kind, score=rng.random())
                        for i in range(12)
                    ]
                    for video in SUBJECTS
                }
                for settings in (GOOD, BAD)
            }
            truth = {video: [Interval(40 * i, 40 * i + 20, kind) for i in range(12)] for video in SUBJECTS}
            made[kind] = one_kind(proposals, kind, truth)
        events = sum(sum(mine.events.values()) for mine in made.values())

        def counts(mine):
            for marked in mine.marked.values():
                for threshold in [*marked.scores, SUPPRESSED]:
                    kept = marked.scores >= threshold
                    yield marked.hits[kept].sum(), kept.sum()

        best = max(
            2 * (a[0] + b[0]) / (a[1] + b[1] + events) for a, b in product(counts(made["macro"]), counts(made["micro"]))
        )
        hits = proposed = 0
        for kind, choice in choose_together(made, "abc").items():
            marked = made[kind].marked[choice.settings]
            kept = marked.scores >= choice.threshold
            hits, proposed = hits + marked.hits[kept].sum(), proposed + kept.sum()
        assert 2 * hits / (proposed + events) == pytest.approx(best)
