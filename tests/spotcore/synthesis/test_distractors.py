"""Every distractor really occurs: in the pictures that come out, and in the clips of the frozen corpus."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from spotcore.synthesis import distractors
from spotcore.synthesis.astronaut import astronaut_identity, astronaut_picture
from spotcore.synthesis.corpus import Corpus
from spotcore.synthesis.face import Face
from spotcore.synthesis.plans import script_of
from spotcore.synthesis.rendering import Renderer
from spotcore.synthesis.script import ClipScript


@pytest.fixture(scope="module")
def renderer():
    return Renderer(astronaut_identity(320, 320, 70.0), noise=0.0)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def _lumas(renderer, script, frames) -> np.ndarray:
    return np.stack([renderer.frame(script, t)[0] for t in frames]).astype(float)


def _flow(renderer, script, first, second, landmarks) -> np.ndarray:
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    dis.setFinestScale(0)
    flow = dis.calc(renderer.frame(script, first)[0], renderer.frame(script, second)[0], None)
    places = renderer.landmarks(script, first)[list(landmarks)].round().astype(int)
    return np.array([flow[y - 2 : y + 3, x - 2 : x + 3].mean((0, 1)) for x, y in places])


def _around(pictures, renderer, points, size=3) -> np.ndarray:
    script = ClipScript(1, 30)
    x, y = renderer.landmarks(script, 0)[list(points)].mean(0).round().astype(int)
    return pictures[:, y - size : y + size + 1, x - size : x + size + 1]


def test_a_blink_covers_the_iris_and_pulls_at_the_brow_and_the_head(renderer, rng):
    script = ClipScript(20, 30)
    distractors.add_blink(script, renderer.identity.face, 5, rng)
    shut = int(script.lids[:, 0].argmax())
    pictures = _lumas(renderer, script, (0, shut, 19))
    iris = _around(pictures, renderer, (159, 145)).mean((1, 2))
    assert iris[1] > iris[0] + 15
    assert iris[2] == pytest.approx(iris[0], abs=1)
    assert np.abs(_flow(renderer, script, 0, shut, (66, 105, 296, 334))).max() > 0.15
    assert np.abs(script.pose).max() > 0


def test_speech_opens_the_mouth_again_and_again_and_changes_its_texture(renderer, rng):
    script = ClipScript(60, 30)
    distractors.add_speech(script, renderer.identity.face, 10, 55, rng)
    mouth = _around(_lumas(renderer, script, range(0, 60, 2)), renderer, (14, 17), 5)
    talking, silent = mouth[6:27], mouth[:4]
    assert talking.std(0).mean() > 8, "grey levels"
    assert silent.std(0).mean() < 1
    jaw = script.units["AU26", "left"][10:55]
    openings = np.flatnonzero((np.diff(np.sign(np.diff(jaw))) < 0) & (jaw[1:-1] > 0.2 * jaw.max()))
    assert len(openings) >= 3


def test_gaze_moves_the_iris_without_the_brow(renderer, rng):
    script = ClipScript(120, 30)
    distractors.add_gaze(script, rng, per_second=1.5)
    away = int(np.abs(script.gaze[:, 0]).argmax())
    assert abs(script.gaze[away, 0]) > 0.01
    iris = _around(_lumas(renderer, script, (0, away)), renderer, (159, 145), 5)
    assert np.abs(iris[1] - iris[0]).max() > 15
    brow = _around(_lumas(renderer, script, (0, away)), renderer, (105,), 3)
    assert np.abs(brow[1] - brow[0]).max() < 1


def test_a_turn_shows_parallax_and_a_nod_moves_up_and_down(renderer, rng):
    script = ClipScript(60, 30)
    distractors.add_turn(script, 5, 55, rng, "turn")
    nose, *eyes = _flow(renderer, script, 0, 30, (4, 133, 362))[:, 0]
    assert abs(nose - np.mean(eyes)) > 0.8
    script = ClipScript(60, 30)
    distractors.add_turn(script, 5, 55, rng, "nod")
    high, low = int(script.pose[:, 5].argmax()), int(script.pose[:, 5].argmin())
    moved = _flow(renderer, script, high, low, (4, 6))
    assert np.abs(moved[:, 1]).min() > 1.0


def test_sway_and_light_change_every_frame_a_little(renderer, rng):
    script = ClipScript(60, 30)
    distractors.add_sway(script, rng)
    distractors.add_light(script, rng)
    assert 0.002 < np.abs(script.pose[:, :2]).max() < 0.08
    assert 0.002 < np.ptp(script.gain) < 0.3


def test_every_planned_distractor_of_the_frozen_corpus_is_in_its_script():
    face = Face(astronaut_picture()[1])
    # The plans are taken as they are: their hash is checked elsewhere.
    for plan in Corpus.load().clips[::4]:
        script = script_of(plan, face)
        for first in plan.blinks:
            assert script.lids[first : first + 12].max() > 0.85
        for first, last in plan.speech:
            jaw = script.units["AU26", "left"][first:last]
            assert jaw.max() > 0.02
            assert jaw.std() > 0.3 * jaw.mean()
        for first, last, kind in plan.turns:
            axis = {"turn": 4, "nod": 5}[kind]
            assert np.ptp(script.pose[first - 1 : last + 1, axis]) > 1.5
        assert {"gaze"} <= {d.kind for d in script.distractors}
