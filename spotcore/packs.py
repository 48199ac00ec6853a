"""Packs: PACK_FRAMES JPEGs in one answer, what the viewer fetches, keeps and draws.

Layout: b"GPK1", the header's length as uint32 little-endian, the header as JSON
{"first", "count", "width", "height", "frames": [{"number", "present", "offset", "length"}]}, then the JPEGs; offsets
count from the end of the header. A frame whose picture is missing keeps its place with length 0. Where packs are kept
is the business of `webapp.frame_store`.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import cv2
import numpy as np

from spotcore.errors import InvalidFile, InvalidSettings
from spotcore.frame_table import FrameTable
from spotcore.video import Frame, Video

PACK_FRAMES = 32
PACK_MAGIC = b"GPK1"
PACK_WIDTH = 960  # pixels; wider pictures are scaled down unless the full size is asked for
PACK_QUALITY = 85


def pack_count(frame_count: int) -> int:
    """Number of packs of a video."""
    return -(-frame_count // PACK_FRAMES)


def packs_of_span(first: int, last: int, frame_count: int) -> range:
    """Indices of the packs that hold the frames first..last (both included, clipped to the video)."""
    first, last = max(first, 0), min(last, frame_count - 1)
    return range(first // PACK_FRAMES, last // PACK_FRAMES + 1) if first <= last else range(0)


def packs_around(onset: int, offset: int, table: FrameTable, seconds: float = 0.5) -> range:
    """Indices of the packs that hold an interval and `seconds` on both sides of it, by timestamps."""
    last = table.frame_count - 1
    begin = table.timestamps[min(max(onset, 0), last)] - seconds
    end = table.timestamps[min(max(offset, 0), last)] + seconds
    return packs_of_span(table.frame_at(begin), table.frame_at(end), table.frame_count)


def shown_size(width: int, height: int, max_width: int | None) -> tuple[int, int]:
    """(width, height) of the pictures in a pack of a video of that size."""
    if max_width is None or width <= max_width:
        return width, height
    return max_width, max(1, round(height * max_width / width))


def encode_jpeg(frame: Frame, size: tuple[int, int], quality: int = PACK_QUALITY) -> bytes:
    """A present frame as JPEG of size (width, height)."""
    done, data = cv2.imencode(".jpg", frame.bgr(size), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"OpenCV could not encode a picture of {size[0]}x{size[1]}")
    return data.tobytes()


def cut_pack(video: Video, index: int, max_width: int | None = PACK_WIDTH, quality: int = PACK_QUALITY) -> bytes:
    """Decode and encode the frames [PACK_FRAMES * index, ...), fewer at the end of the video.

    Raises:
        InvalidSettings: the video has no such pack.
        UnreadableVideo: a frame cannot be decoded.
    """
    info = video.info
    packs = pack_count(info.table.frame_count)
    if not 0 <= index < packs:
        raise InvalidSettings(f"{info.path.name} has the packs 0..{packs - 1}; {index} was asked for")
    size = shown_size(info.width, info.height, max_width)
    first = index * PACK_FRAMES
    last = min(first + PACK_FRAMES, info.table.frame_count) - 1
    rows, pictures = [], []
    for frame in video.frames(first, last):
        rows.append({"number": int(info.table.source_numbers[frame.index]), "present": frame.present})
        pictures.append(encode_jpeg(frame, size, quality) if frame.present else b"")
    return write_pack({"first": first, "width": size[0], "height": size[1]}, rows, pictures)


def write_pack(header: Mapping[str, object], rows: Sequence[Mapping[str, object]], pictures: Sequence[bytes]) -> bytes:
    """Put a pack together: what is true of all of it, what is true of each frame, and a JPEG (or b"") for each."""
    starts = list(accumulate(map(len, pictures), initial=0))[:-1]
    frames = [
        {**row, "offset": start, "length": len(data)} for row, start, data in zip(rows, starts, pictures, strict=True)
    ]
    text = json.dumps({**header, "count": len(frames), "frames": frames}, separators=(",", ":")).encode()
    return b"".join([PACK_MAGIC, struct.pack("<I", len(text)), text, *pictures])


@dataclass(frozen=True)
class Pack:
    """A pack that was read back: the header and one JPEG (or b"") for every frame."""

    header: Mapping[str, object]
    pictures: tuple[bytes, ...]

    def decode(self, place: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB of the frame at that place in the pack."""
        picture = cv2.imdecode(np.frombuffer(self.pictures[place], dtype=np.uint8), cv2.IMREAD_COLOR)
        return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def read_pack(data: bytes) -> Pack:
    """Take a pack apart.

    Raises:
        InvalidFile: not a pack, or cut off.
    """
    if data[:4] != PACK_MAGIC or len(data) < 8:
        raise InvalidFile(f"expected a pack that begins with {PACK_MAGIC!r}, got {data[:4]!r}")
    (length,) = struct.unpack_from("<I", data, 4)
    try:
        header = json.loads(data[8 : 8 + length])
        body = memoryview(data)[8 + length :]
        pictures = tuple(bytes(body[r["offset"] : r["offset"] + r["length"]]) for r in header["frames"])
        whole = [len(picture) for picture in pictures] == [row["length"] for row in header["frames"]]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidFile(f"the header of the pack is damaged: {error}") from error
    if not whole:
        raise InvalidFile("the pack is cut off")
    return Pack(header, pictures)
