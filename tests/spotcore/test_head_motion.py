"""The rigid fit gives back what a head did and is not misled by one moving point."""

import numpy as np
import pytest

from spotcore.alignment import FaceCrop
from spotcore.anchors import eye_openness
from spotcore.head_motion import align_mesh, fit_head_motion, head_displacement, pose, solve_each
from spotcore.regions import RIGID_POINTS
from tests.spotcore.moving_faces import portrait_points


@pytest.fixture(scope="module")
def positions() -> np.ndarray:
    return FaceCrop.around(portrait_points()).face_positions(portrait_points()[list(RIGID_POINTS)])


def test_translation_rotation_and_scale_come_back(positions):
    true = np.array([[5.0, -3.0, 2.0, 4.0, 0.0, 0.0], [0.0, 0.0, -6.0, 0.0, 0.0, 0.0]])
    found = fit_head_motion(positions, head_displacement(positions, true))
    assert found[:, :4] == pytest.approx(true[:, :4], abs=0.05)


def test_a_turn_is_explained_almost_wholly(positions):
    true = np.array([[0.0, 0.0, 0.0, 0.0, 8.0, -5.0]])
    moved = head_displacement(positions, true)
    rest = moved - head_displacement(positions, fit_head_motion(positions, moved))
    assert np.linalg.norm(rest, axis=2).max() < 0.12 * np.linalg.norm(moved, axis=2).max()


def test_a_brow_that_pulls_the_nose_root_does_not_move_the_head(positions):
    moved = np.zeros((1, len(positions), 2))
    moved[0, RIGID_POINTS.index(168)] = (0.0, -4.0)
    assert np.abs(fit_head_motion(positions, moved)).max() < 0.35


def test_many_small_systems_are_solved_as_numpy_does():
    rng = np.random.default_rng(3)
    roots = rng.normal(size=(40, 6, 8))
    matrices, right = roots @ roots.transpose(0, 2, 1) + 0.1 * np.eye(6), rng.normal(size=(40, 6))
    expected = np.linalg.solve(matrices, right[..., None])[..., 0]
    assert solve_each(matrices, right) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_a_turned_mesh_is_laid_onto_its_reference():
    reference = portrait_points()
    angle = np.radians(12)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    turned = reference @ turn.T * 1.1 + (30, -20, 5)
    assert align_mesh(turned, reference) == pytest.approx(reference, abs=1e-6)
    assert pose(turned)[1] - pose(reference)[1] == pytest.approx(-12, abs=1.5)


def test_a_stack_of_meshes_is_read_as_one_by_one():
    reference = portrait_points()
    stack = reference * (1.0, 1.02, 0.9) + np.random.default_rng(5).normal(size=(4, *reference.shape))
    assert align_mesh(stack, reference) == pytest.approx(np.array([align_mesh(one, reference) for one in stack]))
    assert pose(stack) == pytest.approx(np.array([pose(one) for one in stack]))
    assert eye_openness(stack) == pytest.approx(np.array([eye_openness(one) for one in stack]))
