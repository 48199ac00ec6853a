"""Pictures shown again are found after a transcode, and moving pictures are left alone."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from spotcore.frame_table import FrameTable
from spotcore.repeats import PictureDifferences, repeats
from spotcore.source_marks import source_marks
from spotcore.video import probe

REPEATED = [7, 20, 21, 33, 50]


def pictures(count=60, noise=3.0):
    """(H, W) uint8 each: a pattern with the noise of a camera, a patch of it moves; some frames are shown again."""
    rng = np.random.default_rng(0)
    x, y = np.meshgrid(np.arange(320), np.arange(192))
    still = 120 + 50 * np.sin(x / 17) * np.cos(y / 23)
    made = []
    for number in range(count):
        moving = still + 30 * np.exp(-((x - 100 - number) ** 2 + (y - 90) ** 2) / 200)
        fresh = np.clip(moving + noise * rng.standard_normal(still.shape), 0, 255).astype(np.uint8)
        made.append(made[-1] if number in REPEATED else fresh)
    return made


def found(luma):
    differences = PictureDifferences()
    for picture in luma:
        differences.add(picture)
    return np.flatnonzero(repeats(differences.values())).tolist()


def test_the_same_picture_to_the_last_bit_is_a_repeat():
    assert found(pictures()) == REPEATED


@pytest.mark.parametrize(
    ("codec", "options", "noise"), [("libx264", {"crf": "20"}, 8.0), ("mpeg4", {"qmin": "3", "qmax": "3"}, 3.0)]
)
def test_repeats_outlive_a_lossy_codec_and_the_frame_table_keeps_them(tmp_path, codec, options, noise):
    with av.open(str(tmp_path / "film.mkv"), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(30), options=options)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        for picture in pictures(noise=noise):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="gray")))
        container.mux(stream.encode())
    probe(tmp_path / "film.mkv").table.save(tmp_path / "frames.npz")
    table = FrameTable.load(tmp_path / "frames.npz")
    assert source_marks(table).repeated == ((7, 7), (20, 21), (33, 33), (50, 50))


def test_a_patch_that_moves_in_a_picture_without_noise_is_no_repeat():
    rng = np.random.default_rng(1)
    still = rng.integers(0, 200, (192, 320), np.uint8)
    moving = []
    for number in range(40):
        moving.append(still.copy())
        moving[-1][90:100, 100:110] += np.uint8(number)
    assert found(moving) == []


def test_missing_pictures_and_the_first_one_are_no_repeats():
    picture = np.full((64, 64), 90, np.uint8)
    assert found([picture, picture, None, picture, picture]) == [1, 4]
    assert found([None]) == []
    assert repeats(np.zeros(0, np.float32)).tolist() == []


def test_a_table_of_an_earlier_import_knows_no_differences(tmp_path):
    table = FrameTable(np.arange(5) / 30, np.arange(5), np.ones(5, bool))
    table.save(tmp_path / "frames.npz")
    with np.load(tmp_path / "frames.npz") as data:
        np.savez(tmp_path / "older.npz", **{name: data[name] for name in data if name != "differences"})
    assert len(FrameTable.load(tmp_path / "older.npz").differences) == 0
    with pytest.raises(ValueError, match="2 differences do not fit 5 frames"):
        FrameTable(table.timestamps, table.source_numbers, table.present, differences=np.zeros(2, np.float32))
