"""Videos: every frame is the frame asked for, and bad input is refused with a sentence."""

from __future__ import annotations

import random
import zlib
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from spotcore.errors import Cancelled, InvalidFile, InvalidSettings, UnreadableVideo
from spotcore.frame_table import FrameTable
from spotcore.video import content_hash, open_video, probe
from tests import barcode


@pytest.fixture(scope="module", params=list(barcode.FIXTURES))
def made(request, tmp_path_factory) -> barcode.Fixture:
    return barcode.make(request.param, tmp_path_factory.mktemp("barcode"))


def number(frame) -> int | None:
    return barcode.read_number(frame.luma()) if frame.present else None


def test_sequential_decoding_gives_every_frame_in_order(made):
    with open_video(made.path, made.rate) as video:
        assert [number(frame) for frame in video.frames()] == list(made.numbers)


def test_random_access_gives_the_frame_asked_for(made):
    places = [*random.Random(5).choices(range(len(made.numbers)), k=40), 0, len(made.numbers) - 1, 0]
    with open_video(made.path, made.rate) as video:
        seen = [number(video.frame(place)) for place in places]
    assert seen == [made.numbers[place] for place in places]


def test_random_access_with_a_saved_table_gives_the_frame_asked_for(made, tmp_path):
    probe(made.path, made.rate).table.save(tmp_path / "frames.npz")
    table = FrameTable.load(tmp_path / "frames.npz")
    with open_video(made.path, table=table) as video:
        for place in (40, 3, 69, 41, 0):
            assert number(video.frame(place)) == made.numbers[place]


def test_a_stretch_in_steps_has_both_ends_included(made):
    with open_video(made.path, made.rate) as video:
        frames = list(video.frames(20, 41, 7))
    assert [frame.index for frame in frames] == [20, 27, 34, 41]
    assert [number(frame) for frame in frames] == [made.numbers[n] for n in (20, 27, 34, 41)]


def test_colour_and_luma_are_upright_with_square_pixels(made):
    with open_video(made.path, made.rate) as video:
        frame = video.frame(5 if made.numbers[5] is not None else 0)
        assert (video.info.width, video.info.height) == barcode.SIZE
        assert frame.luma().shape == (192, 320)
        assert frame.rgb().shape == (192, 320, 3)
        assert barcode.read_number(frame.rgb()) == frame.index


def test_a_saved_table_comes_back_unchanged(made, tmp_path):
    table = probe(made.path, made.rate, verify=False).table
    table.save(tmp_path / "frames.npz")
    back = FrameTable.load(tmp_path / "frames.npz")
    for name in ("timestamps", "source_numbers", "present", "ticks", "keyframes", "seek_points"):
        np.testing.assert_array_equal(getattr(back, name), getattr(table, name))
    assert (back.stream_rate, back.counted, back.fps) == (table.stream_rate, table.counted, table.fps)


def test_the_edit_list_fixture_really_holds_packets_that_are_never_shown(tmp_path):
    made = barcode.make("edit list", tmp_path)
    with av.open(str(made.path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    assert sum(packet.is_discard for packet in packets) == 7
    assert probe(made.path).table.frame_count == len(packets) - 7


def test_frames_told_apart_by_counting_are_exact_after_a_seek(tmp_path):
    made = barcode.make("AVI with B-frames", tmp_path)
    counted = replace(probe(made.path).table, counted=True)
    assert len(counted.keyframes) > 3
    with open_video(made.path, table=counted) as video:
        for place in (69, 2, 44, 31, 30, 29, 68, 0):
            assert number(video.frame(place)) == place


def test_timestamps_count_from_the_first_shown_frame(tmp_path):
    for name, rate in (("non-zero start", 30), ("edit list", 30), ("200 fps", 200), ("transport stream", 30)):
        table = probe(barcode.make(name, tmp_path).path).table
        np.testing.assert_allclose(table.timestamps, np.arange(70) / rate, atol=0.0011)
        assert (table.fps, table.variable_rate) == (rate, False)


def test_variable_rate_is_noticed_and_a_time_names_the_frame_on_screen(tmp_path):
    table = probe(barcode.make("variable rate", tmp_path).path).table
    assert table.variable_rate
    for place, (begin, end) in enumerate(pairwise(table.timestamps)):
        assert table.frame_at(begin) == table.frame_at((begin + end) / 2) == place
    assert table.frame_at(-1.0) == 0
    assert table.frame_at(1e9) == 69


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_display_matrix_is_honoured(tmp_path, degrees, mirrored):
    def stored(shown):
        turned = np.rot90(shown, degrees // 90)
        return turned[:, ::-1] if mirrored else turned

    path = barcode.write_video(tmp_path / "turned.mp4", range(3), stored=stored)
    barcode.set_display_matrix(path, degrees, mirrored)
    with open_video(path) as video:
        assert (video.info.width, video.info.height) == barcode.SIZE
        assert [number(frame) for frame in video.frames()] == [0, 1, 2]


def test_tall_pixels_stretch_the_height(tmp_path):
    path = barcode.write_video(tmp_path / "tall.mp4", range(3), aspect=Fraction(1, 2),
                               stored=lambda shown: shown[::2])  # fmt: skip
    with open_video(path) as video:
        assert (video.info.width, video.info.height) == barcode.SIZE
        assert barcode.read_number(video.frame(2).luma()) == 2


def test_ten_bit_luma_is_the_eight_bit_luma_of_the_same_picture(tmp_path):
    deep, plain = (open_video(barcode.make(name, tmp_path).path) for name in ("10 bit", "constant rate"))
    assert (deep.info.bit_depth, plain.info.bit_depth) == (10, 8)
    difference = deep.frame(9).luma().astype(int) - plain.frame(9).luma()
    assert np.abs(difference).mean() < 3
    deep.close()
    plain.close()


def test_a_one_frame_video_has_one_frame_and_the_rate_of_its_stream(tmp_path):
    info = probe(barcode.write_video(tmp_path / "one.mp4", [17], rate=30))
    assert (info.table.frame_count, info.table.fps, info.table.variable_rate) == (1, 30.0, False)


def test_the_hash_is_of_the_content_not_of_the_name(tmp_path):
    made = barcode.make("constant rate", tmp_path)
    other = tmp_path / "überraschung: 2 – ..mp4"
    other.write_bytes(made.path.read_bytes())
    assert probe(other).sha256 == content_hash(made.path) == probe(made.path).sha256
    other.write_bytes(made.path.read_bytes() + b"\0")
    assert content_hash(other) != content_hash(made.path)


def test_progress_reaches_the_end_and_may_cancel(tmp_path):
    path = barcode.make("constant rate", tmp_path).path
    calls = []
    probe(path, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (70, 70)

    def stop(done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        probe(path, progress=stop)


def test_frames_outside_the_video_are_refused(tmp_path):
    with open_video(barcode.make("constant rate", tmp_path).path) as video:
        for first, last in ((-1, 3), (0, 70), (70, 70)):
            with pytest.raises(InvalidSettings, match=r"0\.\.69"):
                list(video.frames(first, last))


def _text(path):
    path.write_text("This is no video.\n" * 50)


def _empty(path):
    path.write_bytes(b"")


def _playlist(path):
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n")


def _index_lost(path):
    barcode.write_video(path, range(60))
    path.write_bytes(path.read_bytes()[:-2000])  # the index stands at the end


def _cut_off(path):
    barcode.write_video(path, range(60), container_options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])


def _sound_only(path):
    with av.open(str(path), "w", format="mp4") as container:
        sound = container.add_stream("aac", rate=16000, layout="mono")
        barcode._encode_tone(container, sound, 1.0)


def _noise_in_the_middle(path):
    barcode.write_video(path, range(60), options={"g": "10", "bf": "0", "crf": "20"})
    data = bytearray(path.read_bytes())
    begin = data.index(b"mdat") + len(data) // 3
    data[begin : begin + 9000] = np.random.default_rng(1).integers(0, 256, 9000, dtype=np.uint8).tobytes()
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_empty, "the file is empty"),
        (_text, "not a video that can be read"),
        (_playlist, "not a video that can be read"),
        (_index_lost, "not a video that can be read"),
        (_cut_off, r"its index lists 60 frames, only \d+ can be read"),
        (_sound_only, "no picture track, only sound"),
        (_noise_in_the_middle, "cannot be decoded|can be decoded"),
    ],
    ids=["empty", "text", "playlist", "index lost", "cut off", "sound only", "damaged"],
)
def test_bad_input_is_refused_with_a_sentence_and_no_noise(tmp_path, capfd, make, sentence):
    path = tmp_path / "bad.mp4"
    make(path)
    capfd.readouterr()
    with pytest.raises(UnreadableVideo, match=sentence) as caught:
        probe(path)
    assert "bad.mp4" in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_damaged_frames_are_shown_patched_and_counted(tmp_path):
    path = barcode.make("MPEG program stream", tmp_path).path
    assert probe(path).notes == ()
    data = bytearray(path.read_bytes())
    for place in (len(data) // 2, len(data) // 2 + 50):
        data[place : place + 20] = np.random.default_rng(3).integers(0, 256, 20, dtype=np.uint8).tobytes()
    path.write_bytes(data)
    info = probe(path)
    assert info.table.frame_count == 70
    assert any("damaged in the file and shown patched" in note for note in info.notes)


def test_a_matroska_file_that_is_cut_off_says_so(tmp_path):
    path = barcode.make("non-zero start", tmp_path).path
    assert probe(path).notes == ()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    info = probe(path)
    assert info.table.frame_count < 70
    assert any("is it cut off?" in note for note in info.notes)


def test_a_hole_in_the_recording_is_noted(tmp_path):
    path = barcode.write_video(tmp_path / "hole.mp4", range(20), ticks=[*range(10), *range(40, 50)])
    assert probe(path).notes == ("the recording has a hole of 1.03 s after frame 9",)


def test_comments_that_are_no_utf8_do_not_matter(tmp_path):
    path = tmp_path / "latin.mkv"
    barcode.write_video(path, range(5))
    data = path.read_bytes()
    assert b"Lavf" in data
    path.write_bytes(data.replace(b"Lavf", b"L\xe4vf"))
    assert probe(path).table.frame_count == 5


def test_a_single_picture_is_no_video(tmp_path):
    barcode.write_folder(tmp_path / "one", [1])
    with pytest.raises(UnreadableVideo, match="a single picture"):
        open_video(tmp_path / "one" / "img1.jpg")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UnreadableVideo, match=r"nowhere\.mp4: no such file or folder"):
        open_video(tmp_path / "nowhere.mp4")


def test_a_table_of_another_video_is_noticed(tmp_path):
    other = probe(barcode.make("variable rate", tmp_path).path).table
    with (
        open_video(barcode.make("constant rate", tmp_path).path, table=other) as video,
        pytest.raises(UnreadableVideo, match="cannot be decoded"),
    ):
        list(video.frames())


def test_frames_that_the_table_lacks_are_noticed(tmp_path):
    path = barcode.make("constant rate", tmp_path).path
    table = probe(path).table
    for kept in (np.arange(69), np.delete(np.arange(70), 30)):  # the last one is not listed, one inside is not
        short = replace(table, timestamps=table.timestamps[kept], source_numbers=np.arange(69),
                        present=np.ones(69, bool), ticks=table.ticks[kept],
                        differences=table.differences[kept])  # fmt: skip
        with open_video(path, table=short) as video:
            assert len(list(video.frames())) == 69
            with pytest.raises(UnreadableVideo, match="list 69 frames, decoding gives 1 more"):
                video.require_end()


def test_a_damaged_table_is_an_invalid_file(tmp_path):
    (tmp_path / "frames.npz").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(InvalidFile, match=r"frames\.npz"):
        FrameTable.load(tmp_path / "frames.npz")


REAL = [("pyfeat_no_face.mp4", 95), ("pyfeat_face_noface.mov", 169), ("mirror_expressions.avi", 203),
        ("grid_bbaf2n.mpg", 75), ("retalk_1_suit.mp4", 135), ("pyfeat_single_face.mp4", 72),
        ("liveportrait_d18.mp4", 216)]  # fmt: skip


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count"), REAL)
def test_real_footage_gives_the_same_picture_by_random_access(shared_media: Path, name, count):
    info = probe(shared_media / name)
    assert info.table.frame_count == count
    with open_video(shared_media / name) as video:
        marks = [zlib.crc32(frame.luma()) for frame in video.frames()]
        for place in [*random.Random(2).sample(range(count), 12), count - 1, 0]:
            assert zlib.crc32(video.frame(place).luma()) == marks[place]


@pytest.mark.shared
def test_variable_rate_of_real_footage_is_noticed(shared_media: Path):
    assert probe(shared_media / "pyfeat_face_noface.mov", verify=False).table.variable_rate
    assert not probe(shared_media / "liveportrait_d18.mp4", verify=False).table.variable_rate
