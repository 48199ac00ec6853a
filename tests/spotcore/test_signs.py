"""The rival explanation of an interval is named with the number behind it, and none is made up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spotcore.interval_curves import interval_curves
from spotcore.intervals import Interval
from spotcore.regions import WATCHED_SIGNALS
from spotcore.signs import find_signs, largest_movement, most_moved, reversals, samples_of
from tests.spotcore.trace_examples import make_traces

MOVE = Interval(40, 60, "macro", 50)
TALK = 4 * np.sin(np.arange(120) * 0.8)


@pytest.fixture
def calm():
    """Traces in which the mouth moves from 40 to 60 and nothing else happens."""
    return make_traces((MOVE,), 120)


def changed(traces, name, rows, value):
    values = getattr(traces, name).copy()
    values[rows] = value
    return replace(traces, **{name: values})


@pytest.mark.parametrize(
    ("name", "rows", "value", "words"),
    [
        ("eye_openness", slice(50, 53), 0.093, "eyes close to 31 % of usual for 0.10 s"),
        ("head_motion", (slice(45, 55), 4), -6.1, "head yaw 6.1°"),
        ("head_motion", (slice(45, 55), 3), 12.0, "head size 12.0 %"),
        (
            "displacement",
            (slice(None), 9, 1),
            4 * np.sin(np.arange(120) * 0.8),
            "lips open and close, 12 turns in 1.7 s",
        ),
        ("analysable", slice(40, 61), False, "100 % of it could not be analysed"),
        ("found", slice(None), False, "no face was measured here"),
    ],
)
def test_each_sign_says_the_number_behind_it(calm, name, rows, value, words):
    assert [sign.words for sign in find_signs(changed(calm, name, rows, value), MOVE)] == [words]


def test_one_expression_with_quick_lips_is_no_speech(calm):
    quick = changed(calm, "displacement", (slice(40, 61), 9, 1), 20 * np.sin(np.pi * np.arange(21) / 20))
    assert find_signs(changed(quick, "mouth_activity", slice(None), 1.0), MOVE) == ()


@pytest.mark.parametrize(("course", "turns"), [([0, 5, 0, 0.5, 0, 5], 2), ([3], 0), ([0, 1, 0, 1], 0), ([5, 0, 5], 1)])
def test_only_turns_with_enough_on_both_sides_count(course, turns):
    assert reversals(np.array(course, float), 2.0) == turns


def test_of_several_head_movements_the_one_furthest_beyond_its_limit_is_named(calm):
    turned = changed(changed(calm, "head_motion", (slice(45, 55), 0), 11.0), "head_motion", (slice(45, 55), 5), 20.0)
    assert [sign.words for sign in find_signs(turned, MOVE)] == ["head pitch 20.0°"]


def test_a_movement_within_the_noise_says_both(calm):
    noisy = changed(calm, "noise_floor", slice(None), 5.0)
    [sign] = find_signs(noisy, MOVE)
    assert sign.name == "noisy flow"
    assert sign.words.endswith("less than 3 times the noise floor of 5.00 %")


def test_nothing_is_named_where_nothing_else_happened(calm):
    assert find_signs(calm, MOVE) == ()


def test_what_moves_most_is_measured_from_the_onset(calm):
    region, percent = largest_movement(calm, samples_of(calm, MOVE))
    assert region in (6, 7, 8, 9)
    assert 5.0 < percent < 7.5


def test_curves_start_half_a_second_before_the_onset_and_count_from_it(calm):
    calm = changed(calm, "head_motion", (slice(None), 4), np.arange(120.0))
    part, curves = interval_curves(calm, MOVE, 0.5)
    assert (part.start, part.stop) == (25, 76)
    assert curves["head_yaw"][[0, 15, -1]].tolist() == [-15, 0, 35]
    assert curves["left_mouth"][15] == 0
    assert curves["eye_openness"][0] == pytest.approx(100)
    assert "nose" not in curves


def test_a_nose_that_moves_against_the_eyes_is_seen_and_a_head_that_moves_as_a_whole_is_not(calm):
    eyes = {33: (0, 0), 133: (20, 0), 362: (80, 0), 263: (100, 0)}
    nose = {195: (50, 40), 5: (50, 45), 4: (50, 50), 1: (50, 55)}
    drift = np.linspace(0, 30, 120, dtype=np.float32)
    lift = np.where(np.arange(120) == 50, 4.0, 0.0).astype(np.float32)
    signals = {f"picture/{k}/x": x + drift for k, (x, _) in (eyes | nose).items()}
    signals |= {f"picture/{k}/y": np.full(120, y, np.float32) for k, (_, y) in eyes.items()}
    signals |= {f"picture/{k}/y": y - lift for k, (_, y) in nose.items()}
    part, curves = interval_curves(replace(calm, signals=signals), MOVE, 0.5)
    assert curves["nose"][50 - part.start] == pytest.approx(100 * 4 / 80, rel=1e-3)
    assert np.delete(curves["nose"], 50 - part.start).max() < 0.01


def test_cheeks_chin_and_lids_are_shown_against_the_onset_and_the_farthest_is_named(calm):
    signals = {name: np.full(120, 7, np.float32) for name in WATCHED_SIGNALS}
    signals["motion/left_cheek/y"] = 7 - 20 * (np.arange(120) == 50).astype(np.float32)
    signals["motion/right_lower_lid/x"] = 7 + 30 * (np.arange(120) == 52).astype(np.float32)
    watched = replace(calm, signals=signals)
    part, curves = interval_curves(watched, MOVE, 0.5)
    assert (curves["left_cheek"].max(), curves["left_cheek"].argmax() + part.start) == (20, 50)
    assert (curves["right_lids"].max(), curves["chin"].max(), curves["left_lids"].max()) == (30, 0, 0)
    assert most_moved(watched, samples_of(watched, MOVE)) == ("left_cheek", 20)


def test_a_file_without_cheeks_has_no_curve_of_them_and_names_a_region(calm):
    assert "left_cheek" not in interval_curves(calm, MOVE, 0.5)[1]
    assert most_moved(calm, samples_of(calm, MOVE))[0].startswith("region")


def test_frames_without_a_face_break_the_lines(calm):
    part, curves = interval_curves(changed(calm, "found", slice(45, 48), False), MOVE, 0.1)
    assert np.flatnonzero(np.isnan(curves["lower_lip"])).tolist() == [45 - part.start + k for k in range(3)]
