"""`python -m spotcore spot GOOD BAD...`: a line for each bad one, the good ones in the table, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from spotcore.label_csv import read_labels
from tests.bad_input.material import CASES, REAL, faces, make_all
from tests.servers import ROOT

pytestmark = pytest.mark.xdist_group("bad input command line")  # one call for all of them


@dataclass
class Spotted:
    """What the command answered.

    Attributes:
        paths: case -> path as typed.
        lines: of stderr.
    """

    status: int
    lines: list[str]
    out: str
    table: Path
    paths: dict[str, Path]

    def about(self, path: Path) -> list[str]:
        return [line for line in self.lines if line.startswith(f"{path}: ")]


def spot(folder: Path, *words: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "spotcore", "spot", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=250)


@pytest.fixture(scope="module")
def spotted(tmp_path_factory, request) -> Spotted:
    """All cases in one call; the real footage goes along where it is there."""
    folder = tmp_path_factory.mktemp("bad")
    paths = make_all(folder)
    media = ROOT.parent / "shared" / "media"
    if media.is_dir():
        paths |= {name: media / name for name in (*REAL, "pyfeat_single_face.mp4")}
        paths["several faces"] = faces(folder, media / "pyfeat_multi_face.jpg")
    table = folder / "found.csv"
    answer = spot(folder, *paths.values(), "--rate", "25", "--model", "baseline", "--out", table)
    return Spotted(answer.returncode, answer.stderr.splitlines(), answer.stdout, table, paths)


@pytest.mark.parametrize("case", CASES)
def test_each_is_named_in_one_line_that_says_what_is_wrong(spotted, case):
    said = spotted.about(spotted.paths[case])
    if CASES[case].usable:
        assert any(CASES[case].says in line for line in said)
    else:
        assert len(said) == 1
        assert CASES[case].says in said[0]
        assert not any(spotted.paths[case].name in line for line in spotted.lines if line not in said)


def test_there_is_no_traceback_and_the_status_tells(spotted):
    assert spotted.status == 1
    assert not any("Traceback" in line or "Error" in line for line in spotted.lines)
    assert spotted.out == ""


def test_good_videos_are_in_the_table_although_others_are_bad(spotted, shared_media):
    rows = read_labels(spotted.table).by_video()
    good = str(spotted.paths["pyfeat_single_face.mp4"])
    assert rows[good]
    bad = {str(path) for name, path in spotted.paths.items() if name in CASES and not CASES[name].usable}
    assert not bad & set(rows)


@pytest.mark.shared
@pytest.mark.parametrize("name", REAL)
def test_footage_without_a_face_is_said_and_proposes_nothing_there(spotted, shared_media, name):
    assert any(REAL[name] in line for line in spotted.about(spotted.paths[name]))
    if name == "pyfeat_no_face.mp4":
        assert str(spotted.paths[name]) not in read_labels(spotted.table).by_video()


@pytest.mark.shared
def test_several_faces_are_said_with_what_to_do(spotted, shared_media):
    said = spotted.about(spotted.paths["several faces"])
    assert any("the largest was followed, choose a person" in line for line in said)


def test_a_folder_without_a_rate_is_named_and_the_next_one_is_still_read(tmp_path):
    folder, one = (CASES[name].make(tmp_path) for name in ("folder with missing numbers", "one frame"))
    answer = spot(tmp_path, folder, one, "--out", tmp_path / "found.csv")
    assert answer.returncode == 1
    assert f"{folder}: a folder of pictures needs its rate" in answer.stderr
    assert f"{one}: the video has a single frame" in answer.stderr
    assert (tmp_path / "found.csv").read_text().splitlines() == ["video,type,onset,apex,offset,score"]
