"""Packs and thumbnails: the right frames, in order, at the right size, missing ones in their place."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest

from spotcore.errors import InvalidFile, InvalidSettings, UnreadableVideo
from spotcore.packs import PACK_FRAMES, cut_pack, pack_count, packs_around, packs_of_span, read_pack
from spotcore.thumbnails import thumbnail
from spotcore.video import open_video
from tests import barcode


@pytest.mark.parametrize("name", list(barcode.FIXTURES))
def test_every_pack_holds_exactly_its_frames(name, tmp_path):
    made = barcode.make(name, tmp_path)
    with open_video(made.path, made.rate) as video:
        seen = []
        for index in (2, 0, 1):
            pack = read_pack(cut_pack(video, index))
            numbers = [barcode.read_number(pack.decode(k)) if data else None for k, data in enumerate(pack.pictures)]
            seen.append((pack.header["first"], numbers))
    cut = [list(made.numbers[first : first + PACK_FRAMES]) for first in (64, 0, 32)]
    assert seen == list(zip((64, 0, 32), cut, strict=True))


def test_the_header_says_what_the_pictures_are(tmp_path):
    made = barcode.make("folder with gaps", tmp_path)
    with open_video(made.path, made.rate) as video:
        data = cut_pack(video, 0)
    (length,) = struct.unpack_from("<I", data, 4)
    header = read_pack(data).header
    assert data[:4] == b"GPK1"
    assert (header["count"], header["width"], header["height"]) == (32, 320, 192)
    assert [row["number"] for row in header["frames"]] == list(range(8, 40))
    assert [row["number"] for row in header["frames"] if not row["present"]] == [11, 12]
    assert all((row["length"] > 0) == row["present"] for row in header["frames"])
    assert len(data) == 8 + length + sum(row["length"] for row in header["frames"])


@pytest.mark.parametrize(("name", "width"), [("rotated", 160), ("non-square pixels", 160), ("folder with gaps", 160)])
def test_wide_pictures_are_scaled_to_the_width_and_stay_readable(name, width, tmp_path):
    made = barcode.make(name, tmp_path)
    with open_video(made.path, made.rate) as video:
        pack = read_pack(cut_pack(video, 1, max_width=width))
        assert pack.decode(0).shape == (96, 160, 3)
        assert barcode.read_number(pack.decode(0)) == 32
        assert read_pack(cut_pack(video, 1, max_width=None)).decode(0).shape == (192, 320, 3)


def test_colours_survive_the_pack(tmp_path):
    made = barcode.make("constant rate", tmp_path)
    with open_video(made.path) as video:
        wanted = video.frame(3).rgb().astype(int)
        seen = read_pack(cut_pack(video, 0)).decode(3)
    assert np.abs(wanted - seen).mean() < 6
    assert np.abs(wanted - seen[:, :, ::-1]).mean() > 20


def test_a_pack_outside_the_video_is_refused(tmp_path):
    with open_video(barcode.make("constant rate", tmp_path).path) as video:
        for index in (-1, 3):
            with pytest.raises(InvalidSettings, match=r"packs 0\.\.2"):
                cut_pack(video, index)


@pytest.mark.parametrize("damage", [b"", b"GPK1", b"JPEG" + bytes(50), b"GPK1\x05\x00\x00\x00{...}"])
def test_what_is_no_pack_is_an_invalid_file(damage):
    with pytest.raises(InvalidFile):
        read_pack(damage)


def test_a_pack_that_is_cut_off_is_an_invalid_file(tmp_path):
    with open_video(barcode.make("constant rate", tmp_path).path) as video:
        data = cut_pack(video, 0)
    with pytest.raises(InvalidFile, match="cut off"):
        read_pack(data[:-1])


def test_packs_of_a_span_reach_from_its_first_to_its_last_frame():
    assert list(packs_of_span(31, 32, 70)) == [0, 1]
    assert list(packs_of_span(-5, 500, 70)) == [0, 1, 2]
    assert list(packs_of_span(80, 90, 70)) == []
    assert (pack_count(64), pack_count(65)) == (2, 3)


def test_packs_around_an_interval_go_half_a_second_beyond_it(tmp_path):
    with open_video(barcode.make("constant rate", tmp_path).path) as video:
        table = video.info.table
    assert list(packs_around(47, 49, table)) == [1, 2] == list(packs_of_span(32, 64, 70))
    assert list(packs_around(46, 47, table)) == [0, 1]
    assert list(packs_around(0, 69, table)) == [0, 1, 2]


def test_a_thumbnail_shows_the_frame_asked_for(tmp_path):
    with open_video(barcode.make("B-frames", tmp_path).path) as video:
        picture = cv2.imdecode(np.frombuffer(thumbnail(video, 41, width=200), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (120, 200, 3)
    assert barcode.read_number(picture) == 41


def test_a_thumbnail_avoids_a_faded_middle(tmp_path):
    folder = barcode.write_folder(tmp_path / "clip", range(11))
    cv2.imwrite(str(folder / "img5.jpg"), np.full((192, 320, 3), 20, np.uint8))
    with open_video(folder, 30) as video:
        picture = cv2.imdecode(np.frombuffer(thumbnail(video), np.uint8), cv2.IMREAD_COLOR)
    assert barcode.read_number(picture) == 4


def test_a_missing_frame_has_no_thumbnail(tmp_path):
    folder = barcode.write_folder(tmp_path / "clip", range(5), missing=(2,))
    with open_video(folder, 30) as video:
        assert thumbnail(video)
        with pytest.raises(UnreadableVideo, match="frame 2 has no picture"):
            thumbnail(video, 2)
