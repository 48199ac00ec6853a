"""Rendered movement against what was asked: measured by optical flow in the picture, not read back from the script."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from spotcore.regions import REGION_INDEX
from spotcore.synthesis.action_units import UNITS, mixed_gains, region_vectors
from spotcore.synthesis.astronaut import astronaut_identity
from spotcore.synthesis.distractors import both
from spotcore.synthesis.rendering import Renderer
from spotcore.synthesis.script import ClipScript

SIZE, INTER_OCULAR = (512, 512), 100.0


@pytest.fixture(scope="module")
def identity():
    return astronaut_identity(*SIZE, INTER_OCULAR)


@pytest.fixture(scope="module")
def renderer(identity):
    return Renderer(identity, noise=0.0)


def _two_frames(script_change) -> ClipScript:
    script = ClipScript(2, 30)
    script_change(script)
    return script


def _flow_at(renderer, script, points) -> np.ndarray:
    """(N, 2) flow in pixels from frame 0 to frame 1, mean over 5 x 5 around each point."""
    first, second = renderer.frame(script, 0)[0], renderer.frame(script, 1)[0]
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    dis.setFinestScale(0)
    flow = dis.calc(first, second, None)
    return np.array([flow[y - 2 : y + 3, x - 2 : x + 3].mean((0, 1)) for x, y in points.round().astype(int)])


def _asked(renderer, script, landmarks) -> tuple[np.ndarray, np.ndarray]:
    before, after = (renderer.landmarks(script, t)[list(landmarks)] for t in (0, 1))
    return before, after - before


@pytest.mark.parametrize(
    ("units", "amplitude", "landmarks"),
    [(("AU1", "AU2"), 6.0, (66, 105, 63, 296, 334, 293)), (("AU12",), 3.0, (61, 291)), (("AU15",), 2.0, (61, 291)),
     (("AU4",), 1.0, (66, 105, 296, 334)), (("AU26",), 8.0, (17, 200))],
)  # fmt: skip
def test_the_picture_moves_at_the_apex_as_far_as_asked(renderer, identity, units, amplitude, landmarks):
    gains = mixed_gains(identity.face, both(*units), amplitude)
    script = _two_frames(lambda s: s.add_units(gains, np.array([0.0, 1.0])))
    points, asked = _asked(renderer, script, landmarks)
    seen = _flow_at(renderer, script, points)
    assert np.linalg.norm(asked, axis=1).max() == pytest.approx(amplitude / 100 * INTER_OCULAR, rel=0.08)
    assert np.linalg.norm(seen - asked, axis=1).max() < 0.25 * amplitude / 100 * INTER_OCULAR + 0.06


def test_a_one_sided_smile_leaves_the_other_corner_alone(renderer, identity):
    gains = mixed_gains(identity.face, {("AU12", "left"): 1.0}, 4.0)
    script = _two_frames(lambda s: s.add_units(gains, np.array([0.0, 1.0])))
    points, _ = _asked(renderer, script, (61, 291))
    left, right = np.linalg.norm(_flow_at(renderer, script, points), axis=1)
    assert left > 3.0
    assert right < 0.15


def test_every_unit_moves_some_region_and_stays_finite(identity):
    for unit in UNITS.keys() - {"AU43"}:  # the skin around closing eyes
        vectors = region_vectors(identity.face, unit, "left") + region_vectors(identity.face, unit, "right")
        assert vectors.shape == (len(REGION_INDEX), 2)
        assert np.isfinite(vectors).all()
        assert np.linalg.norm(vectors, axis=1).max() > 20, unit


def test_a_turn_shows_depth_parallax(renderer):
    def turn(script):
        script.pose[1, 4] = 6.0

    script = _two_frames(turn)
    points, _ = _asked(renderer, script, (4, 133, 362, 50, 280))
    seen = _flow_at(renderer, script, points)[:, 0]
    nose, rest = seen[0], seen[1:].mean()
    assert nose - rest > 1.0, "the nose is nearer to the camera than the eyes and cheeks and must move farther"


def test_a_blink_hides_the_iris_and_moves_no_mouth(renderer, identity):
    def close(script):
        script.lids[1] = 1.0

    script = _two_frames(close)
    opened, shut = (renderer.frame(script, t)[0].astype(float) for t in (0, 1))
    p = identity.face.points[:, :2]
    for corners in ((159, 145), (386, 374)):
        x, y = renderer.landmarks(script, 0)[list(corners)].mean(0).round().astype(int)
        before, after = (f[y - 3 : y + 3, x - 4 : x + 4].mean() for f in (opened, shut))
        assert after > before + 20, "skin of the lid is lighter than the iris it covers"
    mouth = renderer.landmarks(script, 0)[[61, 291, 0, 17]].round().astype(int)
    assert all(abs(opened[y, x] - shut[y, x]) < 1 for x, y in mouth)
    assert len(p) == 468


def test_an_opening_mouth_shows_a_dark_inside(renderer, identity):
    gains = mixed_gains(identity.face, both("AU26"), 35.0)
    script = _two_frames(lambda s: s.add_units(gains, np.array([0.0, 1.0])))
    upper, lower = renderer.landmarks(script, 1)[[13, 14]]
    x, y = (0.25 * upper + 0.75 * lower).round().astype(int)
    picture = renderer.frame(script, 1)[0].astype(float)
    cx, cy = renderer.landmarks(script, 1)[200].round().astype(int)
    assert picture[y - 2 : y + 3, x - 5 : x + 6].mean() < 0.55 * picture[cy - 2 : cy + 3, cx - 5 : cx + 6].mean()
    assert np.linalg.norm(lower - upper) > 0.3 * INTER_OCULAR


def test_gaze_moves_the_iris_and_not_the_lids(renderer, identity):
    def look(script):
        script.gaze[1] = (0.05, 0.0)

    script = _two_frames(look)
    points, _ = _asked(renderer, script, (159, 145, 105, 61))
    iris = points[:2].mean(0, keepdims=True)
    assert _flow_at(renderer, script, iris)[0, 0] > 2.0
    first, second = (renderer.frame(script, t)[0].astype(float) for t in (0, 1))
    for x, y in points[2:].round().astype(int):
        assert np.abs(first - second)[y - 3 : y + 4, x - 3 : x + 4].max() < 1


def test_a_constant_shift_moves_everything_alike(renderer):
    def shift(script):
        script.shift[1] = (0.5, 0.0)

    script = _two_frames(shift)
    points, _ = _asked(renderer, script, (*REGION_INDEX, 4, 6))
    seen = _flow_at(renderer, script, points)
    assert np.abs(seen - (0.5, 0.0)).max() < 0.15
    assert np.ptp(seen[:, 0]) < 0.2


def test_a_frame_does_not_depend_on_the_frames_drawn_before(identity):
    script = ClipScript(3, 30)
    script.pose[:, 4] = (0, 2, 4)
    one, other = Renderer(identity, 2.0, seed=5), Renderer(identity, 2.0, seed=5)
    one.frame(script, 0)
    one.frame(script, 1)
    assert np.array_equal(one.frame(script, 2)[0], other.frame(script, 2)[0])


def test_noise_has_the_asked_strength(identity):
    script = ClipScript(2, 30)
    renderer = Renderer(identity, noise=3.0, seed=1)
    first, second = (renderer.frame(script, t)[0].astype(float) for t in (0, 1))
    assert np.std(first - second) == pytest.approx(3.0 * np.sqrt(2), rel=0.1)


def test_the_geometry_of_rendering_is_still_the_one_that_the_frozen_corpus_was_frozen_with(renderer):
    """The corpus' hash covers what happens; this covers how it is drawn, with room for another machine's rounding."""
    script = ClipScript(2, 30)
    script.pose[:, 4], script.pose[:, 5] = (-14, 0), (3, 0)
    turned, still = (renderer.landmarks(script, t)[[66, 61, 4, 234]] for t in (0, 1))
    expected = [[186.12, 176.79], [185.46, 294.91], [218.31, 271.26], [144.72, 229.40]]
    assert np.abs(turned - expected).max() < 0.1
    assert np.abs(still - [[211.17, 172.89], [202.28, 292.54], [253.83, 265.46], [150.99, 229.02]]).max() < 0.05
    picture = renderer.frame(script, 1)[0]
    assert picture.mean() == pytest.approx(136.88, abs=0.3)
