"""Flow on torch gives the numbers of OpenCV's; here on the CPU, in tests/gpu on CUDA."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from spotcore.alignment import FaceCrop
from spotcore.batched_flow import BatchedRegionFlow, batched_flow
from spotcore.flow import DenseFlow, FlowSettings, RegionFlow, RegionReader
from spotcore.flow_refinement import refined
from spotcore.regions import REGION_INDEX
from tests.spotcore.moving_faces import bump_field, deformed, moved_head, noisy, portrait, portrait_points

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def crops() -> np.ndarray:
    """(6, 128, 128) uint8: the portrait, then raised brows, a smile, a turned head, a far shift and noise."""
    crop = FaceCrop.around(portrait_points())
    moved = [
        noisy(portrait(), 1), deformed(bump_field(66, (0, -3)), 2), deformed(bump_field(61, (-8, -5)), 3),
        moved_head((2, 1), 2, 1.01, 4), moved_head((30, -12), 0, 1, 5),
    ]  # fmt: skip
    cut = [crop.cut(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)) for picture in moved]
    return np.stack([*cut, np.random.default_rng(6).integers(0, 255, (128, 128)).astype(np.uint8)])


@pytest.mark.parametrize("settings", [FlowSettings(), FlowSettings(2, 5), FlowSettings(1, 0)])
def test_it_is_the_flow_of_opencv_pixel_by_pixel(crops, settings):
    first, dense = np.repeat(crops[:1], 5, axis=0), DenseFlow(settings)
    expected = np.stack([dense.between(a, b) for a, b in zip(first, crops[1:], strict=True)])
    found = batched_flow(torch.from_numpy(first), torch.from_numpy(crops[1:]), settings).permute(0, 2, 3, 1).numpy()
    far = np.linalg.norm(found - expected, axis=-1)
    assert np.linalg.norm(expected, axis=-1).max() > 5
    assert np.median(far) < 1e-4
    assert np.percentile(far, 99) < 0.02


@pytest.mark.parametrize("iterations", [1, 2])
def test_refinement_is_that_of_opencv(crops, iterations):
    solver = cv2.VariationalRefinement_create()
    solver.setFixedPointIterations(iterations)
    solver.setEpsilon(0.01)
    start = np.random.default_rng(0).normal(0, 0.5, (2, 128, 128)).astype(np.float32)
    expected = np.stack(solver.calcUV(crops[0], crops[1], *(part.copy() for part in start)))
    first, second = (torch.from_numpy(picture[None]).float() for picture in crops[:2])
    found = refined(first, second, torch.from_numpy(start[None]), iterations)[0].numpy()
    assert np.abs(expected - start).max() > 0.5
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_regions_and_what_flow_there_and_back_leaves_are_those_of_the_frame_by_frame_flow(crops):
    points = FaceCrop.around(portrait_points()).inside(portrait_points()[REGION_INDEX])
    answers = []
    for flow in (RegionFlow(), BatchedRegionFlow(FlowSettings(), CPU, batch=4)):
        rows, left = np.zeros((4, 10, 2), np.float32), np.full((4, 8), np.nan)
        for number, picture in enumerate(crops[1:5]):
            if number in (0, 2):  # a second anchor, whose regions are larger
                flow.anchor(crops[number], RegionReader(points, 5.0 + number, 128), 1.9)
            flow.follow(picture, rows[number], left[number] if number % 2 else None)
        flow.finish()
        answers.append((rows, left))
    np.testing.assert_allclose(answers[1][0], answers[0][0], atol=0.005)
    np.testing.assert_allclose(answers[1][1], answers[0][1], atol=0.005)


def test_frames_are_answered_a_batch_at_a_time_so_memory_is_bounded(crops):
    flow = BatchedRegionFlow(FlowSettings(), CPU, batch=2)
    flow.anchor(crops[0], RegionReader(np.array([[64.0, 64.0]]), 5.0, 128), 1.9)
    answered = []
    for picture in crops[1:4]:
        flow.follow(picture, np.zeros((1, 2), np.float32))
        answered.append((flow.asked, flow.answered))
    flow.finish()
    assert answered == [(1, 0), (2, 2), (3, 2)]
    assert flow.answered == 3


def test_pictures_for_which_opencv_would_take_another_pyramid_are_refused():
    picture = torch.zeros(1, 64, 64, dtype=torch.uint8)
    with pytest.raises(ValueError, match="expected sides of 96"):
        batched_flow(picture, picture, FlowSettings())
