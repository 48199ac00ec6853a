"""Flow reads known movements, in the same numbers wherever the crop lies."""

import cv2
import numpy as np
import pytest

from spotcore.alignment import FaceCrop, padded_crop
from spotcore.flow import DenseFlow, FlowSettings, RegionReader, forward_backward
from spotcore.reference_flow import reference_displacement
from spotcore.regions import REGION_INDEX, REGION_POINTS, REGIONS
from tests.spotcore.moving_faces import bump_field, deformed, moved_head, noisy, portrait, portrait_points


def grey(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def test_a_reader_of_constant_flow_gives_that_flow_everywhere():
    points = np.array([[5.0, 5.0], [40.3, 12.8], [126.9, 127.0]])
    flow = np.tile(np.array([0.5, -2.0], np.float32), (128, 128, 1))
    assert RegionReader(points, 5.0, 128).read(flow) == pytest.approx(np.tile([0.5, -2.0], (3, 1)), abs=1e-5)


def test_reading_is_linear_so_displacements_can_be_subtracted():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 128, 128, 2)).astype(np.float32)
    reader = RegionReader(rng.uniform(10, 118, (10, 2)), 5.0, 128)
    assert reader.read(a - b) == pytest.approx(reader.read(a) - reader.read(b), abs=1e-5)


def test_a_whole_pixel_shift_of_the_crop_is_seen():
    crop = FaceCrop.around(portrait_points())
    flow = DenseFlow(FlowSettings())
    first = crop.cut(grey(portrait()))
    second = crop.cut(grey(np.roll(portrait(), 6, axis=1)))
    reader = RegionReader(crop.inside(portrait_points()[REGION_INDEX]), 5.0, crop.pixels)
    expected = 6 * crop.pixels / crop.side
    assert np.median(reader.read(flow.between(first, second))[:, 0]) == pytest.approx(expected, rel=0.15)


def test_flow_there_and_back_leaves_little_on_the_same_face_and_much_on_another_picture():
    crop, flow = FaceCrop.around(portrait_points()), DenseFlow(FlowSettings())
    first, second = crop.cut(grey(noisy(portrait(), 1))), crop.cut(grey(moved_head((2, 1), 0, 1, 2)))
    other = np.random.default_rng(0).integers(0, 255, first.shape).astype(np.uint8)

    def left(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.median(forward_backward(flow.between(a, b), flow.between(b, a))))

    assert left(first, second) < 0.15
    assert left(first, other) > 5 * left(first, second)


@pytest.mark.parametrize(("region", "vector"), [("left_brow_middle", (0, -3)), ("lower_lip", (0, 4))])
def test_the_slow_recipe_sees_nearly_all_of_a_movement(region, vector):
    moved = deformed(bump_field(REGION_POINTS[region], vector), 2)
    found = reference_displacement(grey(noisy(portrait(), 1)), grey(moved), portrait_points())
    assert 0.75 < found[REGIONS.index(region)] @ vector / np.dot(vector, vector) < 1.15


def test_the_slow_recipe_takes_the_shift_of_the_head_away():
    found = reference_displacement(grey(noisy(portrait(), 1)), grey(moved_head((8, 3), 0, 1, 3)), portrait_points())
    assert np.linalg.norm(found, axis=1).max() < 0.5


@pytest.mark.parametrize(("left", "top"), [(-3, 2), (5, 6), (-20, 2), (2, -20), (30, 30)])
def test_a_crop_beyond_the_picture_repeats_its_edge(left, top):
    picture = np.arange(80, dtype=np.uint8).reshape(8, 10)
    found = padded_crop(picture, left, top, 6, 5)
    rows, columns = np.clip(np.arange(top, top + 5), 0, 7), np.clip(np.arange(left, left + 6), 0, 9)
    assert found.tolist() == picture[np.ix_(rows, columns)].tolist()
