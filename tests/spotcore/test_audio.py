"""Sound: it starts with the first shown frame, whatever the container's clock says."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from spotcore.audio import AUDIO_RATE, extract_audio
from tests import barcode


def write_click(path, *, click: float, picture_start: float = 0.0, sound_start: float = 0.0, seconds: float = 2.0):
    """A video with a burst of tone at `click` seconds on the container's clock."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = *barcode.SIZE, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 30)
        sound = container.add_stream("pcm_s16le", rate=48000, layout="stereo")
        for number in range(round(seconds * 30)):
            frame = av.VideoFrame.from_ndarray(barcode.picture(number), format="rgb24")
            frame.pts, frame.time_base = number + round(picture_start * 30), Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        times = np.arange(int(seconds * 48000)) / 48000 + sound_start
        wave = np.where((times >= click) & (times < click + 0.1), np.sin(times * 2 * np.pi * 800) * 15000, 0)
        wave = np.repeat(wave.astype(np.int16), 2)[None]
        for begin in range(0, wave.shape[1], 2048):
            frame = av.AudioFrame.from_ndarray(wave[:, begin : begin + 2048], format="s16", layout="stereo")
            frame.sample_rate, frame.time_base = 48000, Fraction(1, 48000)
            frame.pts = begin // 2 + round(sound_start * 48000)
            container.mux(sound.encode(frame))
        container.mux(sound.encode())
    return path


def click_at(path) -> tuple[float, float, int]:
    """(seconds of the first loud sample, seconds altogether, channels)"""
    with av.open(str(path)) as container:
        pieces = []
        for frame in container.decode(audio=0):
            if not pieces:
                assert (frame.pts or 0) == 0
            pieces.append(frame.to_ndarray()[0])
            channels = frame.layout.nb_channels
            rate = frame.sample_rate
    wave = np.concatenate(pieces)
    assert rate == AUDIO_RATE
    return float(np.flatnonzero(np.abs(wave) > 0.1)[0] / rate), len(wave) / rate, channels


@pytest.mark.parametrize(
    ("picture_start", "sound_start"),
    [(0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (1.0, 0.9)],
    ids=["together", "sound first", "picture first", "both late"],
)
def test_the_first_sample_belongs_to_the_first_frame(tmp_path, picture_start, sound_start):
    path = write_click(tmp_path / "clip.mkv", click=1.2, picture_start=picture_start, sound_start=sound_start)
    assert extract_audio(path, tmp_path / "out" / "audio.m4a")
    click, seconds, channels = click_at(tmp_path / "out" / "audio.m4a")
    assert click == pytest.approx(1.2 - picture_start, abs=0.012)
    assert seconds == pytest.approx(2.0 + sound_start - picture_start, abs=0.05)
    assert channels == 1
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["audio.m4a"]


def test_sound_before_an_edit_list_is_left_out(tmp_path):
    made = barcode.make("B-frames", tmp_path)
    assert extract_audio(made.path, tmp_path / "audio.m4a")
    click, seconds, _ = click_at(tmp_path / "audio.m4a")
    assert click == pytest.approx(0.0, abs=0.03)
    assert seconds == pytest.approx(70 / 30, abs=0.1)


def test_sound_that_a_damaged_clock_puts_years_later_is_left_out(tmp_path):
    path = write_click(tmp_path / "clip.mkv", click=4e7 + 1, sound_start=4e7)
    assert not extract_audio(path, tmp_path / "audio.m4a")
    assert not (tmp_path / "audio.m4a").exists()


def test_a_video_without_sound_gives_no_file(tmp_path):
    path = barcode.make("constant rate", tmp_path).path
    assert not extract_audio(path, tmp_path / "audio.m4a")
    assert not extract_audio(barcode.make("folder with gaps", tmp_path).path, tmp_path / "audio.m4a")
    assert not (tmp_path / "audio.m4a").exists()


@pytest.mark.shared
def test_sound_of_real_footage_is_as_long_as_the_pictures(shared_media, tmp_path):
    assert extract_audio(shared_media / "grid_bbaf2n.mpg", tmp_path / "audio.m4a")
    with av.open(str(tmp_path / "audio.m4a")) as container:
        assert container.duration / av.time_base == pytest.approx(3.0, abs=0.15)
