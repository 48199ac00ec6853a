"""Magnification: a known movement is shown as many times as large as it says, and a moving head is not."""

from __future__ import annotations

import subprocess
import sys

import cv2
import numpy as np
import pytest

from spotcore.magnify import FLOW_PIXELS, MotionReader, aligned, magnified, marked
from spotcore.regions import LEFT_EYE, RIGHT_EYE
from spotcore.stabilising import FACE_LEFT, FACE_SIDE, FACE_TOP
from tests.spotcore import moving_faces

SIDE = 280


@pytest.fixture(scope="module")
def similarity() -> np.ndarray:
    """(4,) of the portrait, by its eyes alone."""
    points = moving_faces.portrait_points()
    left, right = (complex(*points[list(eye), :2].mean(axis=0)) for eye in (LEFT_EYE, RIGHT_EYE))
    scaling = 1 / (right - left)
    shift = -scaling * (left + right) / 2
    return np.array([scaling.real, scaling.imag, shift.real, shift.imag])


@pytest.fixture(scope="module")
def crop(similarity):
    """Cuts the aligned face, BGR, out of an RGB picture of the portrait."""
    return lambda picture: aligned(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), similarity, SIDE)


@pytest.fixture(scope="module")
def rest(crop) -> np.ndarray:
    return crop(moving_faces.noisy(moving_faces.portrait(), 1))


def at_landmark(field: np.ndarray, landmark: int, similarity: np.ndarray) -> np.ndarray:
    """(2,) of a (FLOW_PIXELS, FLOW_PIXELS, 2) field at a landmark of the portrait."""
    place = complex(*similarity[:2]) * complex(*moving_faces.portrait_points()[landmark, :2]) + complex(*similarity[2:])
    column, row = ((np.array([place.real, place.imag]) - (FACE_LEFT, FACE_TOP)) * (FLOW_PIXELS / FACE_SIDE)).astype(int)
    return field[row, column]


def moved_by(landmark: int, percent: float) -> np.ndarray:
    """The portrait with a smooth movement upwards around a landmark."""
    return moving_faces.deformed(moving_faces.bump_field(landmark, (0.0, -percent)), seed=2)


@pytest.mark.parametrize("landmark", [61, 105, 0], ids=["mouth corner", "brow", "upper lip"])
def test_half_a_per_cent_magnified_eight_times_measures_about_four(landmark, rest, crop, similarity):
    picture = crop(moved_by(landmark, 0.5))
    reader = MotionReader(rest)
    shown, limited = magnified(picture, reader.to(picture), 8)
    size = -100 * at_landmark(reader.to(shown).residual, landmark, similarity)[1]
    # Flow sees 70-90 % of a movement, once when it is magnified and once when it is measured here.
    assert 0.7 * 4 <= size <= 1.1 * 4
    assert not limited


@pytest.mark.parametrize("factor", [2, 5, 12])
def test_what_is_shown_grows_with_the_factor(factor, rest, crop, similarity):
    picture = crop(moved_by(0, 1.0))
    reader = MotionReader(rest)
    before = reader.to(picture)
    after = reader.to(magnified(picture, before, factor)[0])
    ratio = at_landmark(after.residual, 0, similarity)[1] / at_landmark(before.residual, 0, similarity)[1]
    assert ratio == pytest.approx(factor, rel=0.25)


@pytest.mark.parametrize(("shift", "degrees", "scale"), [((3, 2), 0, 1.0), ((-2, 1), 1.5, 1.0), ((1, -1), -1, 1.01)])
def test_a_moving_head_is_not_magnified(shift, degrees, scale, rest, crop):
    picture = crop(moving_faces.moved_head(shift, degrees, scale, seed=3))
    motion = MotionReader(rest).to(picture)
    assert np.median(motion.percent) < 0.15
    shown, _ = magnified(picture, motion, 8)
    inner = slice(SIDE // 5, -SIDE // 5)
    changed = np.abs(shown.astype(int) - picture)[inner, inner].mean()
    assert changed < 4  # grey levels; the same head's movement magnified would change 20 and more


def test_sensor_noise_alone_moves_next_to_nothing(rest, crop):
    motion = MotionReader(rest).to(crop(moving_faces.noisy(moving_faces.portrait(), 7)))
    assert np.median(motion.percent) < 0.1
    assert motion.percent.max() < 0.6


def test_factor_one_gives_the_aligned_picture_itself(rest, crop):
    picture = crop(moved_by(61, 2.0))
    shown, limited = magnified(picture, MotionReader(rest).to(picture), 1)
    assert np.array_equal(shown, picture)
    assert not limited


def test_a_movement_too_large_to_show_whole_is_limited_and_says_so(rest, crop):
    picture = crop(moved_by(61, 9.0))
    shown, limited = magnified(picture, MotionReader(rest).to(picture), 20)
    assert limited
    assert shown.shape == picture.shape


def test_every_magnified_picture_says_so_in_its_own_pixels(rest):
    plain, usual, limited = (marked(rest, *given) for given in ((1, False), (8, False), (8, True)))
    assert np.array_equal(plain, rest)
    assert not np.array_equal(usual[-SIDE // 12 :], rest[-SIDE // 12 :])
    assert np.array_equal(usual[: -SIDE // 8], rest[: -SIDE // 8])
    assert not np.array_equal(usual, limited)


def test_neither_torch_nor_mediapipe_is_needed():
    code = "import sys, spotcore.magnified_packs; print(sorted({'torch', 'mediapipe'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
