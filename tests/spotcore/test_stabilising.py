"""Where the face stands: one similarity per frame, exact, without jerks where landmarks were found anew."""

from __future__ import annotations

import numpy as np
import pytest

from spotcore.errors import InvalidFile
from spotcore.stabilising import rigid_points, stabilise
from tests.spotcore.standing_faces import SHAPE, standing_traces
from tests.spotcore.trace_examples import make_traces


def in_face(rows: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(N, P) picture points -> face coordinates by (N, 4) similarities, all complex."""
    rows = rows.astype(np.float64)
    return (rows[:, 0] + 1j * rows[:, 1])[:, None] * points + (rows[:, 2] + 1j * rows[:, 3])[:, None]


def test_a_head_that_moves_turns_and_comes_closer_stands_still_in_face_coordinates():
    t = np.arange(50)
    traces = standing_traces(
        200 + 90j + 8 * np.sin(t / 5) + 3j * t, scale=60 + t * 0.3, turn=0.2 * np.sin(t / 9), anchor=np.zeros(50, int)
    )
    rows = stabilise(traces).at(t)
    np.testing.assert_allclose(in_face(rows, rigid_points(traces)), np.broadcast_to(SHAPE, (50, 11)), atol=1e-3)


def test_one_moving_point_is_outvoted_but_not_hidden():
    traces = standing_traces(np.full(40, 200 + 90j))
    tip = traces.signals["picture/4/y"]
    tip[20:] += 6.0  # a tenth of the distance between the eyes
    seen = in_face(stabilise(traces).at([5, 30]), rigid_points(traces)[[5, 30]])
    moved = np.abs(seen[1] - seen[0])
    assert moved.max() == pytest.approx(0.1, abs=0.025)
    assert np.median(moved) < 0.015


def test_frames_without_a_face_have_no_similarity():
    found = np.ones(30, bool)
    found[10:20] = False
    rows = stabilise(standing_traces(np.full(30, 100 + 80j), found=found)).at(np.arange(30))
    assert np.isfinite(rows).all(axis=1).tolist() == found.tolist()


def test_between_analysed_frames_the_place_is_interpolated_and_beyond_them_unknown():
    faces = stabilise(standing_traces(100 + 80j + 7.0 * np.arange(10), step=7))
    rows = faces.at(np.array([0, 3, 7, 63, 64, 80]))
    middle = -(rows[:4, 2] + 1j * rows[:4, 3]) / (rows[:4, 0] + 1j * rows[:4, 1])
    np.testing.assert_allclose(middle.real, [100, 103, 107, 163], atol=0.02)
    assert np.isfinite(rows[4]).all()
    assert np.isnan(rows[5]).all()


def test_landmarks_found_anew_half_a_second_later_do_not_jerk_the_face():
    middle = 200 + 90j + 0.5 * np.arange(60)
    anchor = np.repeat([0, 1, 2, 3], 15)
    beside = np.array([0, 1.2 - 0.9j, -0.8 + 1.1j, 0.5j])[anchor]  # two per cent of the eyes' distance
    faces = stabilise(standing_traces(middle + beside, anchor=anchor))
    place = -faces.shift / faces.scaling
    jerk = np.abs(np.diff(place, 2))
    assert jerk.max() < 0.15 * np.abs(np.diff(beside)).max()
    assert np.abs(place - middle).max() < 1.6  # the landmarks' own error stays, spread over half a second


def test_a_video_without_any_face_has_no_similarity_at_all():
    rows = stabilise(standing_traces(np.full(9, 50 + 50j), found=np.zeros(9, bool))).at(np.arange(9))
    assert np.isnan(rows).all()


def test_traces_of_an_older_extractor_are_refused_with_what_to_do():
    with pytest.raises(InvalidFile, match="spot the video again"):
        stabilise(make_traces([], 20))
