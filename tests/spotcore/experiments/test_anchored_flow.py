"""Ways to take the head's movement off, on made-up movements of points; no pictures."""

from __future__ import annotations

import numpy as np
import pytest

from spotcore.experiments.anchored_flow import HEADS, REGION_COUNT, shifted
from spotcore.head_motion import head_displacement
from spotcore.regions import NOSE_PATCH, RIGID_POINTS


@pytest.fixture(scope="module")
def positions():
    return np.random.default_rng(4).uniform(-0.8, 0.8, (REGION_COUNT + len(RIGID_POINTS), 3))


@pytest.mark.parametrize("name", ["nose mean", "rigid, plain", "rigid, robust"])
def test_a_shift_of_the_head_is_taken_off_whole(positions, name):
    moved = np.broadcast_to([2.0, -1.0], (1, len(positions), 2)).copy()
    np.testing.assert_allclose(HEADS[name](positions, moved), moved, atol=0.02)


def test_a_turn_leaves_more_with_the_nose_mean_than_with_the_rigid_fit(positions):
    moved = head_displacement(positions, np.array([[0.5, 0.0, 0.0, 0.0, 8.0, 3.0]]))
    left = {name: np.abs(moved - HEADS[name](positions, moved)).mean() for name in HEADS}
    assert left["rigid, robust"] < 0.1 * left["nose mean"]
    assert left["rigid, plain"] < 0.1 * left["nose mean"]


def test_a_nose_that_moves_is_taken_for_the_head_by_its_mean(positions):
    moved = np.zeros((1, len(positions), 2))
    moved[:, [REGION_COUNT + RIGID_POINTS.index(point) for point in NOSE_PATCH], 1] = -4.0
    taken = {name: np.abs(HEADS[name](positions, moved)[:, :REGION_COUNT]).mean() for name in HEADS}
    assert taken["nose mean"] == pytest.approx(2.0)  # 4 per cent of x and y, half of them zero
    assert taken["rigid, robust"] < taken["nose mean"]


def test_misplaced_landmarks_are_off_by_what_was_asked():
    points = np.random.default_rng(1).uniform(0, 200, (468, 3)).astype(np.float32)
    points[[33, 133], :2], points[[362, 263], :2] = (50, 100), (150, 100)
    steady, jumping = shifted(5, False, 3), shifted(5, True, 3)
    assert np.hypot(*(steady(points, 0) - points)[7, :2]) == pytest.approx(5, abs=1e-3)
    np.testing.assert_array_equal(steady(points, 0), steady(points, 4))
    assert not np.allclose(jumping(points, 0), jumping(points, 4))
