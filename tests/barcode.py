"""Makes videos whose frames carry their own number, and reads the number back from a decoded or drawn picture.

Any off-by-one between container, decoder, pack and canvas becomes visible. The videos are made by PyAV at test time;
nothing is committed.

Geometry, for readers in other languages (a canvas test reads the same from `getImageData`): the shown picture is W x H.
The top H/12 rows hold 20 blocks, each W/20 wide, light or dark:
    block 0      light  \\ the two reference levels; the threshold is half way between their means
    block 1      dark   /
    blocks 2-17  the number, 16 bits, most significant first, light = 1
    block 18     even parity over the 16 bits (light where an odd number of them is light)
    block 19     dark
Read each block as the mean over its middle half in both directions: JPEG and H.264 smear edges, not middles. It holds
for any scale of the picture down to about 100 pixels wide.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

BLOCKS = 20
BITS = 16
ROWS = 12  # the barcode fills 1/12 of the height
SIZE = (320, 192)  # width, height as shown
LIGHT, DARK = 225, 30


def picture(number: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(H, W, 3) uint8 RGB: the barcode above a soft moving pattern that gives an encoder something to predict."""
    width, height = size
    bits = [number >> place & 1 for place in range(BITS - 1, -1, -1)]
    levels = np.array([1, 0, *bits, sum(bits) % 2, 0])
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    body = 120 + 60 * np.sin((x + 3 * number) / 17) * np.cos((y - 2 * number) / 23)
    shown = np.stack([body, body[::-1], 255 - body], axis=2)
    shown[: height // ROWS] = np.where(levels[np.arange(width) * BLOCKS // width], LIGHT, DARK)[None, :, None]
    return shown.astype(np.uint8)


def read_number(array: np.ndarray) -> int:
    """Number in a shown picture, (H, W) luma or (H, W, 3) RGB; ValueError where no clean barcode stands."""
    grey = array.astype(np.float64)
    grey = grey.mean(axis=2) if grey.ndim == 3 else grey
    height, width = grey.shape
    rows = slice(round(height / ROWS * 0.25), max(round(height / ROWS * 0.75), round(height / ROWS * 0.25) + 1))
    edge = width / BLOCKS
    means = [grey[rows, round((b + 0.25) * edge) : round((b + 0.75) * edge)].mean() for b in range(BLOCKS)]
    light, dark = means[0], means[1]
    if light - dark < 60:
        raise ValueError(f"no barcode: the reference blocks are {light:.0f} and {dark:.0f}")
    values = [mean > (light + dark) / 2 for mean in means]
    bits = values[2 : 2 + BITS]
    if sum(bits) % 2 != values[18] or values[19]:
        raise ValueError("the barcode does not check out")
    return sum(1 << (BITS - 1 - place) for place, bit in enumerate(bits) if bit)


def write_video(
    path: Path,
    numbers: Sequence[int],
    *,
    rate: Fraction | int = 30,
    ticks: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    stored: Callable[[np.ndarray], np.ndarray] = lambda shown: shown,
    aspect: Fraction | None = None,
    tone: bool = False,
) -> Path:
    """Encode one frame for every number.

    Args:
        ticks: presentation time of every frame in units of `time_base`; evenly spaced where None.
        stored: turns the shown picture into the stored one.
        aspect: width over height of a stored pixel.
        tone: add a sound track as long as the pictures.
    """
    time_base = time_base or 1 / Fraction(rate)
    ticks = range(len(numbers)) if ticks is None else ticks
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=rate, options=options or {"g": "12", "bf": "3", "crf": "20"})
        first = stored(picture(numbers[0]))
        stream.width, stream.height, stream.pix_fmt = first.shape[1], first.shape[0], pixel_format
        stream.codec_context.time_base = time_base
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        sound = container.add_stream("aac", rate=16000, layout="mono") if tone else None
        for number, tick in zip(numbers, ticks, strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(stored(picture(number))), format="rgb24")
            frame.pts, frame.time_base = tick, time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound is not None:
            _encode_tone(container, sound, float(time_base * (ticks[-1] + 1)))
    return path


def _encode_tone(container: av.container.OutputContainer, sound: av.AudioStream, seconds: float) -> None:
    samples = (np.sin(np.arange(int(seconds * 16000)) * 2 * np.pi * 440 / 16000) * 9000).astype(np.int16)
    for start in range(0, len(samples) - 1023, 1024):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 16000, start, Fraction(1, 16000)
        container.mux(sound.encode(frame))
    container.mux(sound.encode())


def write_folder(path: Path, numbers: Sequence[int], missing: Sequence[int] = (), suffix: str = "jpg") -> Path:
    """A folder img<number>.<suffix> without the missing ones; the barcode is number - first number, the index."""
    import cv2

    path.mkdir(parents=True)
    for number in numbers:
        if number not in missing:
            cv2.imwrite(str(path / f"img{number}.{suffix}"), picture(number - numbers[0])[:, :, ::-1])
    return path


def set_display_matrix(path: Path, degrees_clockwise: int, mirrored: bool = False) -> None:
    """Patch the matrix in an mp4's track header (ISO 14496-12) in place."""
    cosine, sine = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees_clockwise]
    flip = -1 if mirrored else 1
    matrix = [flip * cosine, flip * sine, 0, -sine, cosine, 0, 0, 0, 1]
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 4
    place += 40 if data[place] == 0 else 52
    units = [1 << 16, 1 << 16, 1 << 30] * 3
    data[place : place + 36] = struct.pack(">9i", *(v * unit for v, unit in zip(matrix, units, strict=True)))
    path.write_bytes(data)


@dataclass(frozen=True)
class Fixture:
    """A made video: where it is, its rate where one must be given, and the number in every frame (None: absent)."""

    path: Path
    rate: float | None
    numbers: tuple[int | None, ...]


def _constant(folder: Path, count: int) -> Fixture:
    options = {"g": "12", "bf": "0", "crf": "20"}
    return Fixture(write_video(folder / "constant.mp4", range(count), options=options), None, tuple(range(count)))


def _b_frames(folder: Path, count: int) -> Fixture:
    options = {"g": "25", "bf": "3", "crf": "20", "x264-params": "b-pyramid=normal:b-adapt=0"}
    return Fixture(write_video(folder / "b_frames.mp4", range(count), options=options, tone=True), None,
                   tuple(range(count)))  # fmt: skip


def _open_gop(folder: Path, count: int) -> Fixture:
    options = {"g": "12", "bf": "3", "crf": "20", "x264-params": "open-gop=1:b-adapt=0:scenecut=0"}
    return Fixture(write_video(folder / "open_gop.mkv", range(count), options=options), None, tuple(range(count)))


def _variable(folder: Path, count: int) -> Fixture:
    gaps = np.random.default_rng(7).choice([2000, 3000, 3003, 4500, 9000], size=count)
    ticks = np.concatenate([[0], np.cumsum(gaps)[:-1]]).tolist()
    return Fixture(write_video(folder / "variable.mp4", range(count), ticks=ticks, time_base=Fraction(1, 90000)), None,
                   tuple(range(count)))  # fmt: skip


def _late_start(folder: Path, count: int) -> Fixture:
    ticks = [137 + tick for tick in range(count)]
    return Fixture(write_video(folder / "late_start.mkv", range(count), ticks=ticks), None, tuple(range(count)))


def _transport_stream(folder: Path, count: int) -> Fixture:
    return Fixture(write_video(folder / "transport.ts", range(count)), None, tuple(range(count)))


def _edit_list(folder: Path, count: int) -> Fixture:
    # Seven frames before time 0: the muxer writes an edit list that skips them, the packets stay in the file.
    ticks = [tick - 7 for tick in range(count + 7)]
    numbers = [60000 + tick if tick < 0 else tick for tick in ticks]
    return Fixture(write_video(folder / "edit_list.mp4", numbers, ticks=ticks,
                               options={"g": "12", "bf": "0", "crf": "20"}), None, tuple(range(count)))  # fmt: skip


def _fast(folder: Path, count: int) -> Fixture:
    return Fixture(write_video(folder / "fast.mp4", range(count), rate=200), None, tuple(range(count)))


def _rotated(folder: Path, count: int) -> Fixture:
    path = write_video(folder / "rotated.mp4", range(count), stored=lambda shown: np.rot90(shown, 1))
    set_display_matrix(path, 90)
    return Fixture(path, None, tuple(range(count)))


def _wide_pixels(folder: Path, count: int) -> Fixture:
    path = write_video(folder / "wide_pixels.mp4", range(count), aspect=Fraction(2), stored=lambda shown: shown[:, ::2])
    return Fixture(path, None, tuple(range(count)))


def _ten_bit(folder: Path, count: int) -> Fixture:
    return Fixture(write_video(folder / "ten_bit.mp4", range(count), pixel_format="yuv420p10le"), None,
                   tuple(range(count)))  # fmt: skip


def _avi_b_frames(folder: Path, count: int) -> Fixture:
    return Fixture(write_video(folder / "b_frames.avi", range(count), codec="mpeg4",
                               options={"g": "15", "bf": "2", "b": "4000000"}), None, tuple(range(count)))  # fmt: skip


def _mpeg(folder: Path, count: int) -> Fixture:
    return Fixture(write_video(folder / "program.mpg", range(count), rate=25, codec="mpeg1video",
                               options={"g": "12", "bf": "2", "b": "4000000"}), None, tuple(range(count)))  # fmt: skip


def _folder_with_gap(folder: Path, count: int) -> Fixture:
    numbers = range(8, 8 + count)
    missing = (11, 12, 8 + count // 2)
    path = write_folder(folder / "folder_with_gap", numbers, missing)
    return Fixture(path, 200.0, tuple(None if n in missing else n - 8 for n in numbers))


FIXTURES: dict[str, Callable[[Path, int], Fixture]] = {
    "constant rate": _constant,
    "B-frames": _b_frames,
    "open groups of pictures": _open_gop,
    "variable rate": _variable,
    "non-zero start": _late_start,
    "transport stream": _transport_stream,
    "edit list": _edit_list,
    "200 fps": _fast,
    "rotated": _rotated,
    "non-square pixels": _wide_pixels,
    "10 bit": _ten_bit,
    "AVI with B-frames": _avi_b_frames,
    "MPEG program stream": _mpeg,
    "folder with gaps": _folder_with_gap,
}


def make(name: str, folder: Path, count: int = 70) -> Fixture:
    """Write the fixture of that name (a key of FIXTURES) into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return FIXTURES[name](folder, count)
