"""Packs of magnified frames and maps of movement, from pictures in which one patch moves."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from spotcore.errors import InvalidSettings
from spotcore.magnified_packs import MAP_PIXELS, MOST_FRAMES, Stretch, cut_magnified, motion_map
from spotcore.packs import read_pack
from spotcore.video import Video, open_video

COUNT, SIZE = 8, (320, 240)
# Eyes at (120, 90) and (200, 90): 80 pixels apart, the mouth 80 pixels below them.
REST = np.array([1 / 80, 0, -2.0, -90 / 80], np.float32)
MOUTH = (0.0, 1.0)  # face coordinates of the patch


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> Video:
    """Noise with structure; from frame 3 on a soft patch around the mouth stands 1.5 pixels higher."""
    folder: Path = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(5)
    still = cv2.GaussianBlur(random.integers(0, 256, (SIZE[1], SIZE[0], 3)).astype(np.float32), (0, 0), 2)
    still = np.clip((still - 127) * 4 + 127, 0, 255)
    rows, columns = np.indices(SIZE[::-1], dtype=np.float32)
    patch = 1.5 * np.exp(-((columns - 160) ** 2 + (rows - 170) ** 2) / (2 * 18**2))
    moved = cv2.remap(still, columns, rows + patch.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    for frame in range(COUNT):
        if frame != 6:
            cv2.imwrite(str(folder / f"{frame}.png"), (still if frame < 3 else moved).astype(np.uint8))
    with open_video(folder, 25.0) as opened:
        yield opened


def similarities(count: int = COUNT) -> np.ndarray:
    return np.repeat(REST[None], count, axis=0)


def test_rows_name_their_frames_and_missing_pictures_or_faces_stay_empty(video):
    rows = similarities(7)
    rows[4] = np.nan
    pack = read_pack(cut_magnified(video, Stretch(1, 7, 1), REST, rows, 6))
    frames = pack.header["frames"]
    assert [row["frame"] for row in frames] == [1, 2, 3, 4, 5, 6, 7]
    assert [bool(data) for data in pack.pictures] == [True, True, True, True, False, False, True]
    assert [row["present"] for row in frames] == [bool(data) for data in pack.pictures]
    assert (pack.header["factor"], pack.header["reference"], pack.header["step"]) == (6, 1, 1)


def test_what_moved_moves_more_and_the_rest_stays(video):
    stretch = Stretch(0, 3, 0)
    plain = read_pack(cut_magnified(video, stretch, REST, similarities(4), 1))
    larger = read_pack(cut_magnified(video, stretch, REST, similarities(4), 5))
    side = plain.header["width"]
    change = np.abs(larger.decode(3).astype(int) - plain.decode(3)).mean(axis=2)
    mouth, brow = (round(side * (y + 1.05) / 2.8) for y in (MOUTH[1], -0.5))
    patch = slice(side // 2 - 15, side // 2 + 15)
    assert change[mouth - 15 : mouth + 15, patch].mean() > 3 * change[brow - 15 : brow + 15, patch].mean()


def test_a_long_stretch_shows_every_kth_frame_and_never_too_many():
    for length in (1, MOST_FRAMES, MOST_FRAMES + 1, 5000):
        stretch = Stretch(100, 99 + length, 100)
        assert len(stretch.numbers) <= MOST_FRAMES
        assert stretch.numbers[0] == 100
        assert stretch.numbers[-1] <= stretch.last
    assert Stretch(0, MOST_FRAMES - 1, 0).step == 1


@pytest.mark.parametrize("factor", [0, 0.5, 21])
def test_factors_that_cannot_be_are_refused(video, factor):
    with pytest.raises(InvalidSettings, match="from 1 to 20"):
        cut_magnified(video, Stretch(0, 1, 0), REST, similarities(2), factor)


@pytest.mark.parametrize("reference", [6, 2], ids=["no picture", "no face"])
def test_without_a_face_to_compare_with_there_is_nothing_to_magnify(video, reference):
    similarity = REST if reference == 6 else np.full(4, np.nan, np.float32)
    with pytest.raises(InvalidSettings, match=f"frame {reference} shows no face"):
        cut_magnified(video, Stretch(0, 1, reference), similarity, similarities(2), 8)


def test_the_map_is_high_where_something_moved_in_per_cent_of_the_eyes_distance(video):
    data = motion_map(video, (0, 4), similarities(2))
    (length,) = struct.unpack_from("<I", data, 4)
    header = json.loads(data[8 : 8 + length])
    values = np.frombuffer(data, "<f4", offset=8 + length).reshape(MAP_PIXELS, MAP_PIXELS)
    assert (data[:4], (8 + length) % 4, header["from"], header["to"]) == (b"GHM1", 0, 0, 4)
    row, column = np.unravel_index(values.argmax(), values.shape)
    left, top, side = header["box"]
    assert (left + column * side / MAP_PIXELS, top + row * side / MAP_PIXELS) == pytest.approx(MOUTH, abs=0.15)
    assert values.max() == pytest.approx(100 * 1.5 / 80, rel=0.35)
    assert np.median(values) < 0.3
