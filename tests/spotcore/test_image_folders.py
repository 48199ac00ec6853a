"""Folders of numbered pictures: numbers become indices, gaps stay, and what is no video is refused."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from spotcore.errors import InvalidSettings, UnreadableVideo
from spotcore.video import content_hash, open_video, probe
from tests import barcode


def test_the_index_is_the_number_minus_the_first_number(tmp_path):
    folder = barcode.write_folder(tmp_path / "clip", range(97, 104), missing=(99,))
    info = probe(folder, 30)
    assert (info.kind, info.width, info.height, info.codec) == ("images", *barcode.SIZE, "jpg")
    np.testing.assert_array_equal(info.table.source_numbers, np.arange(97, 104))
    np.testing.assert_array_equal(info.table.present, [True, True, False, True, True, True, True])
    np.testing.assert_allclose(info.table.timestamps, np.arange(7) / 30)
    with open_video(folder, 30) as video:
        # 97..103 sorts differently as text (100 before 97): the barcode shows the natural order
        assert [barcode.read_number(f.luma()) for f in video.frames() if f.present] == [0, 1, 3, 4, 5, 6]


def test_a_missing_picture_is_a_frame_without_a_picture(tmp_path):
    folder = barcode.write_folder(tmp_path / "clip", range(5), missing=(2,))
    with open_video(folder, 25) as video:
        frame = video.frame(2)
        assert not frame.present
        for ask in (frame.luma, frame.rgb):
            with pytest.raises(UnreadableVideo, match="frame 2 has no picture"):
                ask()


def test_the_last_run_of_digits_is_the_number(tmp_path):
    folder = tmp_path / "006_1"
    folder.mkdir()
    for place, name in enumerate(("006_1_0009.png", "006_1_0010.png", "006_1_0011.png")):
        cv2.imwrite(str(folder / name), barcode.picture(place))
    (folder / "Thumbs.db").write_bytes(b"x")
    (folder / "._006_1_0009.png").write_bytes(b"x")
    assert probe(folder, 200).table.source_numbers.tolist() == [9, 10, 11]


@pytest.mark.parametrize("rate", [0, -3.0, float("nan"), float("inf")])
def test_a_rate_that_is_no_positive_number_is_refused(tmp_path, rate):
    with pytest.raises(InvalidSettings, match="rate"):
        open_video(barcode.write_folder(tmp_path / "clip", range(3)), rate)


def test_a_folder_without_a_rate_is_refused(tmp_path):
    with pytest.raises(InvalidSettings, match="needs its rate"):
        open_video(barcode.write_folder(tmp_path / "clip", range(3)))


def _nothing(folder):
    (folder / "notes.txt").write_text("no pictures here")


def _twice(folder):
    for name in ("img1.png", "img01.png"):
        cv2.imwrite(str(folder / name), barcode.picture(1))


def _sizes(folder):
    cv2.imwrite(str(folder / "img1.png"), barcode.picture(1))
    cv2.imwrite(str(folder / "img2.png"), barcode.picture(2, (160, 96)))


def _no_number(folder):
    cv2.imwrite(str(folder / "face.png"), barcode.picture(1))


def _dates(folder):
    for name in ("20240101.png", "20250101.png"):
        cv2.imwrite(str(folder / name), barcode.picture(1))


def _damaged(folder):
    cv2.imwrite(str(folder / "img1.png"), barcode.picture(1))
    (folder / "img2.png").write_bytes(b"not a picture")


def _half_a_picture(folder):
    for place in (1, 2):
        cv2.imwrite(str(folder / f"img{place}.png"), barcode.picture(place))
    data = (folder / "img2.png").read_bytes()
    (folder / "img2.png").write_bytes(data[:60])


@pytest.mark.parametrize(
    ("fill", "sentence"),
    [
        (_nothing, "the folder holds no pictures"),
        (_twice, r"frame number 1 occurs twice \(img01.png and img1.png\)"),
        (_sizes, "expected pictures of one size, got img1.png 320x192, img2.png 160x96"),
        (_no_number, "face.png has none"),
        (_dates, "expected frame numbers that count up"),
        (_damaged, "img2.png is not a picture"),
        (_half_a_picture, "img2.png is damaged"),
    ],
)
def test_folders_that_are_no_video_are_refused_with_a_sentence(tmp_path, fill, sentence):
    folder = tmp_path / "clip"
    folder.mkdir()
    fill(folder)
    with pytest.raises(UnreadableVideo, match=sentence):
        probe(folder, 30)


def test_the_hash_of_a_folder_changes_with_names_and_bytes(tmp_path):
    folder = barcode.write_folder(tmp_path / "clip", range(3))
    before = content_hash(folder)
    (folder / "notes.txt").write_text("does not belong to the video")
    assert content_hash(folder) == before
    (folder / "img2.jpg").rename(folder / "img3.jpg")
    renamed = content_hash(folder)
    (folder / "img3.jpg").write_bytes((folder / "img3.jpg").read_bytes() + b"\0")
    assert len({before, renamed, content_hash(folder)}) == 3


def test_sixteen_bit_pictures_are_shown_in_eight_bits(tmp_path):
    folder = tmp_path / "deep"
    folder.mkdir()
    for place in range(2):
        cv2.imwrite(str(folder / f"img{place}.png"), barcode.picture(place)[:, :, 0].astype(np.uint16) * 257)
    with open_video(folder, 30) as video:
        assert video.info.bit_depth == 16
        assert [barcode.read_number(frame.rgb()) for frame in video.frames()] == [0, 1]
