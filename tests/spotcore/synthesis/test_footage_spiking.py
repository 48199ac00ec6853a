"""Spikes in footage: a rendered clip without expressions plays the real one."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest

from spotcore.errors import InvalidSettings
from spotcore.synthesis.astronaut import astronaut_identity
from spotcore.synthesis.footage_spiking import spike_footage
from spotcore.synthesis.plans import PlannedEvent
from spotcore.synthesis.rendering import Renderer
from spotcore.synthesis.script import ClipScript
from spotcore.synthesis.video_writing import VideoWriter

SIZE, INTER_OCULAR = 320, 80.0
EVENT = PlannedEvent("micro", 12, 16, 24, 0, 5.0, {"AU12/left": 1.0, "AU12/right": 1.0})
CORNERS = (61, 291)


def _luma(path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray()[: frame.height] for frame in container.decode(video=0)]


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spiking")
    renderer = Renderer(astronaut_identity(SIZE, SIZE, INTER_OCULAR), noise=0.5)
    script = ClipScript(36, 30)
    with VideoWriter(folder / "footage.mp4", SIZE, SIZE, 30, 15, "test") as writer:
        for t in range(script.frame_count):
            writer.write(*renderer.frame(script, t))
    written = {
        version: spike_footage(folder / "footage.mp4", folder / f"{version}.mp4", [EVENT], version=version, crf=12)
        for version in ("spiked", "unspiked", "control")
    }
    places = renderer.landmarks(script, 0).round().astype(int)
    return written, {version: _luma(result.path) for version, result in written.items()}, places


def _flow(before, after, places) -> np.ndarray:
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    dis.setFinestScale(0)
    flow = dis.calc(before, after, None)
    return np.array([flow[y - 3 : y + 4, x - 3 : x + 4].mean((0, 1)) for x, y in places])


def test_the_spike_moves_the_mouth_corners_by_what_was_asked(versions):
    written, pictures, places = versions
    assert written["spiked"].events == (EVENT,)
    assert written["spiked"].left_out == ()
    moved = _flow(pictures["unspiked"][EVENT.apex], pictures["spiked"][EVENT.apex], places[list(CORNERS)])
    asked = EVENT.amplitude / 100 * INTER_OCULAR
    assert np.linalg.norm(moved, axis=1) == pytest.approx(asked, rel=0.3)
    assert moved[0, 0] < 0 < moved[1, 0], "a smile goes outwards"


def test_away_from_the_event_spiked_and_unspiked_show_the_same(versions):
    _, pictures, places = versions
    for frame in (2, 33):
        difference = pictures["spiked"][frame].astype(float) - pictures["unspiked"][frame]
        assert np.abs(difference).mean() < 1.0
    brow = _flow(pictures["unspiked"][EVENT.apex], pictures["spiked"][EVENT.apex], places[[66, 296]])
    assert np.linalg.norm(brow, axis=1).max() < 0.3


def test_the_control_shifts_everything_alike_by_half_a_pixel(versions):
    _, pictures, places = versions
    moved = _flow(pictures["unspiked"][EVENT.apex], pictures["control"][EVENT.apex], places[[66, 61, 291, 296, 4]])
    assert np.linalg.norm(moved, axis=1) == pytest.approx(0.5, abs=0.2)
    assert np.ptp(moved, axis=0).max() < 0.25


def test_all_versions_keep_every_frame(versions):
    _, pictures, _ = versions
    assert {len(frames) for frames in pictures.values()} == {36}


def test_unknown_versions_and_events_outside_are_refused(tmp_path, versions):
    written, _, _ = versions
    footage = written["spiked"].path
    with pytest.raises(InvalidSettings, match="spiked, unspiked, control"):
        spike_footage(footage, tmp_path / "x.mp4", [EVENT], version="other")
    late = PlannedEvent("micro", 40, 44, 50, 0, 1.0, {"AU4/left": 1.0})
    with pytest.raises(InvalidSettings, match="36 frames"):
        spike_footage(footage, tmp_path / "x.mp4", [late])
    assert not list(tmp_path.iterdir())
