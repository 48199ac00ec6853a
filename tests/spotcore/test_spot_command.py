"""`python -m spotcore spot` and `bench`: what is written, what is said, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from spotcore.__main__ import main
from spotcore.commands.spot import parse_person
from spotcore.errors import InvalidSettings
from spotcore.label_csv import read_labels
from tests.spotcore.moving_faces import bump_field, course, deformed


def write_video(path: Path, frames: list[np.ndarray], rate: int = 30) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "16", "preset": "ultrafast"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for picture in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def smile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """90 frames, one smile from 30 to 62, of the portrait."""
    movement = course(90, 30, 42, 62)
    field = bump_field(291, (7, -7)) + bump_field(61, (-7, -7))
    frames = [deformed(field * movement[t], t) for t in range(90)]
    return write_video(tmp_path_factory.mktemp("video") / "smile ünï.mp4", frames)


def test_proposals_and_curves_are_written_under_the_name_as_typed(smile, tmp_path, capsys):
    out, curves = tmp_path / "out.csv", tmp_path / "curves.npz"
    assert main(["spot", str(smile), "--out", str(out), "--curves", str(curves)]) == 0
    assert out.read_text().splitlines()[0] == "video,type,onset,apex,offset,score"
    rows = read_labels(out).rows
    assert {row.video for row in rows} == {str(smile)}
    best = max((row.interval for row in rows), key=lambda i: i.score)
    assert best.type == "macro"
    assert abs(best.onset - 30) <= 6
    assert abs(best.offset - 62) <= 6
    with np.load(curves) as stored:
        assert stored[f"{smile}/macro_apex"].shape == stored[f"{smile}/frames"].shape
    spoken = capsys.readouterr()
    assert spoken.out == ""
    assert "baseline" in spoken.err


def test_a_bad_file_costs_one_line_and_the_exit_code_but_not_the_others(smile, tmp_path, capsys):
    text = tmp_path / "text.mp4"
    text.write_text("this is no video")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    out = tmp_path / "out.csv"
    code = main(["spot", str(text), str(empty), str(smile), "--model", "baseline", "--out", str(out)])
    assert code == 1
    errors = capsys.readouterr().err.splitlines()
    assert sum(line.startswith(str(text)) for line in errors) == 1
    assert sum(line.startswith(str(empty)) for line in errors) == 1
    assert {row.video for row in read_labels(out).rows} == {str(smile)}


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--model", "nonsense"], "nonsense"), (["--false-alarms", "-1"], "false-alarms"), (["--person", "x"], "person")],
)
def test_wrong_settings_are_refused_before_any_work(smile, tmp_path, capsys, words, said):
    assert main(["spot", str(smile), "--out", str(tmp_path / "out.csv"), *words]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


def test_an_output_that_cannot_be_written_is_refused_first(smile, tmp_path, capsys):
    assert main(["spot", str(smile), "--out", str(tmp_path / "nowhere" / "out.csv")]) == 2
    assert "nowhere" in capsys.readouterr().err
    assert main(["spot", str(smile), "--out", str(tmp_path)]) == 2
    assert "folder" in capsys.readouterr().err


def test_a_video_without_a_face_is_noted_and_is_no_error(tmp_path, capsys):
    video = write_video(tmp_path / "wall.mp4", [np.full((120, 160, 3), 90 + t, np.uint8) for t in range(12)])
    assert main(["spot", str(video), "--model", "baseline", "--out", str(tmp_path / "out.csv")]) == 0
    assert "no face found" in capsys.readouterr().err
    assert read_labels(tmp_path / "out.csv").rows == ()


def test_a_one_frame_video_is_read(smile, tmp_path):
    video = write_video(tmp_path / "one.mp4", [deformed(bump_field(61, (0, 0)))])
    assert main(["spot", str(video), "--model", "baseline", "--out", str(tmp_path / "out.csv")]) == 0


def test_a_person_is_given_as_frame_and_point():
    assert parse_person("120:310,95.5").to_json() == {"frame": 120, "point": [310.0, 95.5]}
    with pytest.raises(InvalidSettings):
        parse_person("120")


def test_the_baseline_runs_without_torch_and_prints_nothing_of_mediapipe(smile, tmp_path):
    code = (
        "import sys; from spotcore.__main__ import main; code = main(sys.argv[1:]);"
        "assert 'torch' not in sys.modules; sys.exit(code)"
    )
    words = ["spot", str(smile), "--model", "baseline", "--out", str(tmp_path / "out.csv")]
    run = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    for noise in ("W0000", "I0000", "TensorFlow", "absl", "WARNING"):
        assert noise not in run.stderr


def test_bench_gives_the_figures_as_json(smile, capsys):
    assert main(["bench", "spot", str(smile), "--model", "baseline", "--frames", "100", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["frames"] == 180
    assert found["frames_per_second"] > 0
    assert found["decode_frames_per_second"] > found["frames_per_second"]
    assert set(found["stages"]) == {"decode", "landmarks", "flow", "assemble", "model", "decoding"}
    assert found["peak_memory_mb"] > 10
