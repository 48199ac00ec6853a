"""Each cause of an error is named where it is there, and not where it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spotcore.error_causes import CAUSES, error_causes, overlap_cause, signs
from spotcore.intervals import Interval
from tests.spotcore.trace_examples import make_traces

MOVE = Interval(40, 60, "macro", 50)


@pytest.fixture
def calm():
    """Traces in which the mouth moves from 40 to 60 and nothing else happens."""
    return make_traces((MOVE,), 120)


def changed(traces, name, rows, value):
    values = getattr(traces, name).copy()
    values[rows] = value
    return replace(traces, **{name: values})


@pytest.mark.parametrize(
    ("other", "cause"),
    [
        (Interval(40, 60, "micro"), "wrong type"),
        (Interval(52, 72, "macro"), "boundary"),
        (Interval(52, 72, "micro"), None),
        (Interval(41, 60, "macro"), "rival of a hit"),
        (Interval(59, 80, "macro"), None),
    ],
)
def test_what_overlaps_explains_before_any_sign(other, cause):
    assert overlap_cause(MOVE, [other]) == cause


def test_the_best_overlap_of_a_type_decides():
    assert overlap_cause(MOVE, [Interval(59, 80, "macro"), Interval(50, 70, "macro")]) == "boundary"


def test_an_expression_without_disturbance_shows_no_sign(calm):
    assert list(signs(calm, MOVE)) == []


def test_closing_eyes_are_a_blink(calm):
    assert list(signs(changed(calm, "eye_openness", slice(50, 53), 0.1), MOVE)) == ["blink"]


def test_a_blink_elsewhere_explains_nothing(calm):
    assert list(signs(changed(calm, "eye_openness", slice(70, 73), 0.1), MOVE)) == []


@pytest.mark.parametrize(("column", "size"), [(0, 11.0), (1, 11.0), (2, 6.0), (3, 11.0), (4, 6.0), (5, 6.0)])
def test_a_moving_head_is_seen_in_each_of_its_directions(calm, column, size):
    assert list(signs(changed(calm, "head_motion", (slice(45, 55), column), size), MOVE)) == ["head"]


def test_eyes_that_are_narrow_all_the_time_are_no_blink(calm):
    assert list(signs(changed(calm, "eye_openness", slice(0, 110), 0.2), MOVE)) == []


def test_a_head_that_is_turned_but_still_explains_nothing(calm):
    assert list(signs(changed(calm, "head_motion", (slice(None), 4), 20.0), MOVE)) == []


def test_lips_that_go_on_before_and_after_are_speech(calm):
    talking = 4 * np.sin(np.arange(len(calm)) * 0.8)
    assert list(signs(changed(calm, "displacement", (slice(None), 9, 1), talking), MOVE)) == ["speech"]


def test_lips_that_move_only_within_are_an_expression(calm):
    assert list(signs(changed(calm, "mouth_activity", slice(40, 61), 2.0), MOVE)) == []


def test_a_movement_within_the_noise_is_noisy_flow(calm):
    still = Interval(80, 100, "micro")
    assert list(signs(changed(calm, "noise_floor", slice(None), 3.0), still)) == ["noisy flow"]


def test_frames_that_could_not_be_analysed_are_noisy_flow(calm):
    assert list(signs(changed(calm, "analysable", slice(45, 55), False), MOVE)) == ["noisy flow"]


def test_an_interval_without_a_face_was_not_measured(calm):
    assert list(signs(changed(calm, "found", slice(None), False), MOVE)) == ["not measured"]
    assert list(signs(calm, Interval(200, 210, "macro"))) == ["not measured"]


def test_intervals_are_found_by_their_original_frames(calm):
    fast = replace(calm, frames=7 * np.arange(120))
    fast = changed(fast, "eye_openness", slice(50, 53), 0.1)
    assert list(signs(fast, Interval(7 * 40, 7 * 60, "macro"))) == ["blink"]


def test_every_interval_is_counted_once_with_one_cause(calm):
    traces = {"a": changed(calm, "eye_openness", slice(80, 83), 0.1)}
    truth = {"a": [MOVE, Interval(100, 110, "micro")], "b": [Interval(0, 9, "macro")]}
    proposals = {"a": [MOVE, Interval(78, 85, "micro", 81), Interval(106, 116, "micro", 110)]}
    table = error_causes(truth, proposals, traces)
    assert {side: {c: n for c, n in row.items() if n} for side, row in table.items()} == {
        "false": {"blink": 1, "boundary": 1},
        "missed": {"boundary": 1, "not measured": 1},
        "hits": {"none of these": 1},
    }
    assert tuple(table["false"]) == CAUSES
