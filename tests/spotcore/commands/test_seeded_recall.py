"""`seeded-recall` end to end on a rendered clip in which nothing happens."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from spotcore.__main__ import main
from spotcore.seeded_recall import LadderPlan
from spotcore.synthesis.astronaut import astronaut_identity
from spotcore.synthesis.rendering import Renderer
from spotcore.synthesis.script import ClipScript
from spotcore.synthesis.video_writing import VideoWriter
from tests.spotcore.test_spot_command import write_video

SIZE, INTER_OCULAR, FRAMES = 256, 64.0, 190


@pytest.fixture(scope="module")
def still(tmp_path_factory) -> Path:
    """A face that does nothing for six seconds, with sensor noise."""
    path = tmp_path_factory.mktemp("still") / "still.mp4"
    renderer = Renderer(astronaut_identity(SIZE, SIZE, INTER_OCULAR), noise=0.5)
    script = ClipScript(FRAMES, 30)
    with VideoWriter(path, SIZE, SIZE, 30, 15, "test", threads=2) as writer:
        for t in range(FRAMES):
            writer.write(*renderer.frame(script, t))
    return path


@pytest.fixture(scope="module")
def finished(still, tmp_path_factory):
    """(words, folder) of a finished run."""
    out = tmp_path_factory.mktemp("run") / "ladder"
    words = ["seeded-recall", str(still), "--model", "baseline", "--events", "5", "--seed", "1", "--out", str(out)]
    assert main(words) == 0
    return words, out


def test_large_movements_are_found_and_control_shifts_are_not(finished):
    report = json.loads((finished[1] / "result.json").read_text())
    assert report["format"] == "glint-seeded-recall/1"
    found = {entry["amplitude"]: entry["found"] for entry in report["hits"]}
    assert sorted(found) == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert found[8.0]["spiked"]
    assert not any(one["control"] or one["unspiked"] for one in found.values())
    assert report["control"]["passed"]
    assert report["limit"]["place"] <= 8


def test_the_result_holds_the_plan_and_every_proposal(finished):
    report = json.loads((finished[1] / "result.json").read_text())
    plan = LadderPlan.from_dict(report["plan"])
    assert plan == LadderPlan.load(finished[1] / "plan.json")
    assert plan.footage.frame_count == FRAMES
    assert len(report["proposals"]["passes"]) == len(plan.passes)
    assert "Seeded recall: still.mp4" in (finished[1] / "result.html").read_text()


def test_an_interrupted_run_makes_only_what_is_missing(finished, capsys):
    words, out = finished
    (out / "pass-01-control.json").unlink()
    kept = {path: path.stat().st_mtime_ns for path in out.glob("*.mp4") if path.name != "pass-01-control.mp4"}
    before = (out / "result.json").read_text()
    assert main([*words, "--json"]) == 0
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert (out / "pass-01-control.json").exists()
    assert json.loads(capsys.readouterr().out) == json.loads(before)


def test_a_folder_of_another_run_is_refused(finished, capsys):
    assert main([*finished[0], "--seed", "2"]) == 2
    assert "other settings" in capsys.readouterr().err
    assert main([*finished[0], "--false-alarms", "1"]) == 2
    assert "another model or rate" in capsys.readouterr().err


def test_a_video_without_a_face_has_no_room_and_says_how_much_it_has(tmp_path, capsys):
    video = write_video(tmp_path / "wall.mp4", [np.full((120, 160, 3), 90 + t, np.uint8) for t in range(60)])
    out = tmp_path / "run"
    assert main(["seeded-recall", str(video), "--model", "baseline", "--out", str(out)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "no room for a micro event: of 2.0 s, 0.0 s are away from" in said
    assert not (out / "plan.json").exists()


def test_too_few_events_for_the_ladder_are_refused_before_any_work(still, tmp_path, capsys):
    assert main(["seeded-recall", str(still), "--events", "3", "--out", str(tmp_path / "run")]) == 2
    assert "events" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
