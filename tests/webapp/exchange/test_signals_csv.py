"""Signals of other programs: which rows belong to which frame, which units, and what a wrong file is told."""

from __future__ import annotations

import numpy as np
import pytest

from spotcore.frame_table import FrameTable
from webapp.exchange.signals_csv import read_signals
from webapp.services.errors import Refused

TABLE = FrameTable(np.arange(10) / 10, np.arange(10), np.ones(10, bool))  # one second at 10 frames a second


@pytest.fixture
def read(tmp_path):
    def reading(text, table=TABLE):
        path = tmp_path / "s.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_signals(path, "s.csv", table)

    return reading


def test_frames_count_from_zero_and_a_unit_stands_in_brackets(read):
    found = read("frame,skin (µS),pulse [1/min]\n3,0.5,60\n0,0.25,61\n")
    assert found.columns == (("skin", "µS"), ("pulse", "1/min"))
    assert found.frames.tolist() == [0, 3]
    assert found.values.tolist() == [[0.25, 0.5], [61, 60]]


def test_output_of_openface_counts_frames_from_one_and_has_known_units(read, shared_benchmarks):
    table = FrameTable(np.arange(100) / 30, np.arange(100), np.ones(100, bool))
    found = read((shared_benchmarks / "annotations" / "openface_output.csv").read_bytes(), table)
    assert found.frames.tolist() == list(range(len(found.frames)))
    units = dict(found.columns)
    assert (units["AU12_r"], units["pose_Rx"], units["pose_Tx"]) == ("of 5", "rad", "mm")
    assert "timestamp" not in units
    assert found.values[list(units).index("AU01_r"), 0] == np.float32(0.6773)


@pytest.mark.parametrize(
    ("head", "scale"), [("time", 1), ("Timestamp", 1), ("time (ms)", 1000), ("time_ms", 1000), ("t", 1)]
)
def test_seconds_find_the_frame_on_screen_at_that_time(read, head, scale):
    found = read(f"{head},v\n{0 * scale},1\n{0.35 * scale},2\n{0.4 * scale},3\n{0.99 * scale},4\n")
    assert found.frames.tolist() == [0, 3, 4, 9]


def test_samples_beyond_the_video_are_left_out_and_said(read):
    found = read("time,v\n-1,0\n0.5,1\n7,2\n")
    assert found.frames.tolist() == [5]
    assert "2 of 3 rows" in found.note


def test_several_samples_in_one_frame_are_all_kept(read):
    assert read("time;v\n0,50;1,5\n0,55;2,5\n").values.tolist() == [[1.5, 2.5]]


def test_empty_cells_are_holes_and_columns_of_text_are_named(read):
    found = read("frame,v,who\n0,1,anna\n1,,anna\n")
    assert np.isnan(found.values[0, 1])
    assert "who" in found.note


def test_of_several_faces_the_first_is_taken(read):
    found = read("frame,face_id,confidence,success,AU01_r\n1,0,1,1,0.1\n1,1,1,1,0.9\n2,0,1,1,0.2\n")
    assert found.values[-1].tolist() == pytest.approx([0.1, 0.2])
    assert "only face 0" in found.note


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected"),
        ("frame,v\n", "got none"),
        ("a,b\n1,2\n", "column “frame” or “time”.*a, b"),
        ("frame,v\n0,1\n10,1\n", "line 3: expected frames 0 to 9, got 10.*another video"),
        ("frame,v\n0.5,1\n", "line 2: expected a whole number"),
        ("frame,v\nx,1\n", "line 2: expected a number in “frame”, got 'x'"),
        ("time,v\n5,1\n", "expected seconds from 0 to 1.00"),
        ("frame,v\n0,a\n", "at least one column of numbers"),
        ("frame,v\n0,1\n1,2,3,4\n", "one row per sample"),
        (b"frame,v\n0,\xff\xfe\n", "UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_why(read, text, said):
    with pytest.raises(Refused, match=said):
        read(text)
