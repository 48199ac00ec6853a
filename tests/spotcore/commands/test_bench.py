"""`bench`: what is measured and how it is printed; how fast it is depends on the machine."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import torch

from spotcore.__main__ import main
from spotcore.anchors import AnchorMeasurer
from spotcore.commands.bench.flow import WINDOW, DirectFlows, reference_windows
from spotcore.flow import FlowSettings
from tests.spotcore.moving_faces import bump_field, course, deformed, portrait_points
from tests.spotcore.test_spot_command import write_video

SMILE = bump_field(291, (4, -4)) + bump_field(61, (-4, -4))


@pytest.fixture
def one_thread():
    """The option --threads 1 for what is called; the threads of torch are as before afterwards."""
    before = torch.get_num_threads()
    yield ["--threads", "1"]
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    """Nineteen frames of a smile, luma."""
    movement = course(19, 2, 10, 18)
    return [cv2.cvtColor(deformed(SMILE * movement[t], t), cv2.COLOR_RGB2GRAY) for t in range(19)]


def test_a_direct_window_is_what_the_anchor_scheme_measures_from_the_same_picture(pictures):
    windows = DirectFlows(FlowSettings())(portrait_points(), pictures)
    assert windows.shape == (3, WINDOW, 10, 2)
    assert not windows[:, 0].any()
    measurer = AnchorMeasurer(anchor_samples=100)
    for sample, luma in enumerate(pictures[:WINDOW]):
        measurer.add(sample, luma, portrait_points() if sample == 0 else None, mesh_tried=sample == 0)
    measurer.finish()
    assert np.allclose(windows[0], measurer.segments[0].displacement, atol=1e-4)


def test_the_recipe_of_the_papers_sees_the_same_smile(pictures):
    direct = DirectFlows(FlowSettings())(portrait_points(), pictures[:WINDOW])
    papers = reference_windows(portrait_points(), pictures[:WINDOW])
    assert papers.shape == direct.shape
    for corner, sign in ((6, -1), (7, 1)):
        assert sign * direct[0, 10, corner, 0] > 1
        assert sign * papers[0, 10, corner, 0] > 1


def test_flow_gives_every_way_and_its_ratio(tmp_path, capsys):
    video = write_video(tmp_path / "smile.mp4", [deformed(SMILE * c, 1) for c in course(30, 5, 12, 25)])
    words = ["--frames", "30", "--direct-frames", "25", "--reference-frames", "21", "--json"]
    assert main(["bench", "flow", str(video), *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["flow"] == {"finest_scale": 1, "refinements": 1, "pixels": 128}
    assert [found[way]["frames"] for way in ("ours", "sixteen_direct", "papers_recipe")] == [30, 5, 5]
    for way, name in (("sixteen_direct", "times_sixteen_direct"), ("papers_recipe", "times_papers_recipe")):
        expected = found[way]["cpu_ms_per_frame"] / found["ours"]["cpu_ms_per_frame"]
        assert found[name]["processor"] == pytest.approx(expected, abs=0.01)


def test_flow_without_a_face_is_refused(tmp_path, capsys):
    video = write_video(tmp_path / "wall.mp4", [np.full((120, 160, 3), 90 + t, np.uint8) for t in range(30)])
    assert main(["bench", "flow", str(video), "--frames", "30"]) == 2
    assert "no face" in capsys.readouterr().err


def test_too_few_frames_for_a_window_are_refused(tmp_path, capsys):
    assert main(["bench", "flow", "x.mp4", "--direct-frames", "17"]) == 2
    assert "at least 21 frames" in capsys.readouterr().err


def test_networks_are_named_with_parameters_and_time_per_hour(capsys, one_thread):
    words = ["--architectures", "spot_gcn", "dilated", "--windows", "5", "17", "--json"]
    assert main(["bench", "networks", *words, *one_thread]) == 0
    found = json.loads(capsys.readouterr().out)["networks"]
    assert list(found) == ["spot_gcn window 5", "spot_gcn window 17", "dilated"]
    assert found["spot_gcn window 17"]["parameters"] == 71_434
    for costs in found.values():
        assert costs["seconds_per_hour_of_video"] == pytest.approx(costs["ms_per_frame"] * 108, abs=0.06)


def test_folds_are_measured_both_ways(capsys, one_thread):
    assert main(["bench", "loso", "--folds", "2", "--architectures", "dilated", "--json", *one_thread]) == 0
    found = json.loads(capsys.readouterr().out)["dilated"]
    assert found["folds"] == 2
    assert found["ratio"] == pytest.approx(found["one_by_one_ms"] / found["together_ms"], rel=0.05)
