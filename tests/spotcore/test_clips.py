"""Clips hold exactly the frames that were asked for; triptychs the three pictures."""

from __future__ import annotations

import cv2
import pytest

from spotcore.clips import GAP, write_clip, write_triptych
from spotcore.errors import UnreadableVideo
from spotcore.video import open_video
from tests import barcode


@pytest.mark.parametrize("name", ["B-frames", "variable rate", "folder with gaps"])
def test_a_clip_holds_exactly_the_frames_asked_for_at_their_times(tmp_path, name):
    made = barcode.make(name, tmp_path)
    with open_video(made.path, made.rate) as video:
        expected = [barcode.read_number(f.luma()) for f in video.frames(11, 30) if f.present]
        assert write_clip(video, 11, 30, tmp_path / "clip.mp4") == len(expected)
        stamps = [video.info.table.timestamps[f.index] for f in video.frames(11, 30) if f.present]
    with open_video(tmp_path / "clip.mp4") as clip:
        assert [barcode.read_number(frame.luma()) for frame in clip.frames()] == expected
        shown = clip.info.table.timestamps
    assert shown == pytest.approx([stamp - stamps[0] for stamp in stamps], abs=1e-4)


def test_a_triptych_shows_onset_apex_and_offset(tmp_path):
    made = barcode.make("constant rate", tmp_path)
    with open_video(made.path, made.rate) as video:
        write_triptych(video, (3, 20, 41), tmp_path / "three.png")
        width = video.info.width
    picture = cv2.imread(str(tmp_path / "three.png"), cv2.IMREAD_GRAYSCALE)
    starts = [number * (width + GAP) for number in range(3)]
    assert [barcode.read_number(picture[:, start : start + width]) for start in starts] == [3, 20, 41]


def test_missing_pictures_are_said_and_leave_no_file(tmp_path):
    folder = barcode.write_folder(tmp_path / "folder", range(1, 21), missing=range(5, 9))
    with open_video(folder, 25.0) as video:
        with pytest.raises(UnreadableVideo, match="none of the frames"):
            write_clip(video, 5, 6, tmp_path / "clip.mp4")
        with pytest.raises(UnreadableVideo, match="is missing"):
            write_triptych(video, (0, 5, 9), tmp_path / "three.png")
    assert list(tmp_path.iterdir()) == [folder]
