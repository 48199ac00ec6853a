"""The frames of one interval, magnified, as a pack; and the map of what moved between two frames.

Decodes, aligns and encodes; how motion is measured and enlarged is the business of `magnify`, where the face is comes
from `stabilising` as one similarity per frame.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass

import cv2
import numpy as np

from spotcore.errors import InvalidSettings
from spotcore.magnify import LARGEST_FACTOR, MotionReader, aligned, magnified, marked
from spotcore.packs import PACK_QUALITY, write_pack
from spotcore.stabilising import FACE_LEFT, FACE_SIDE, FACE_TOP
from spotcore.video import Video

MOST_FRAMES = 240  # of one pack; longer stretches show every k-th frame
SMALLEST, LARGEST = 192, 400  # pixels of the square that is shown
MAP_MAGIC = b"GHM1"
MAP_PIXELS = 96


@dataclass(frozen=True)
class Stretch:
    """Frames that are shown together.

    Attributes:
        first, last: original frame numbers, both included.
        reference: the frame that movement is measured from; inside the video, not necessarily in the stretch.
    """

    first: int
    last: int
    reference: int

    @property
    def step(self) -> int:
        """Every how many frames one is shown."""
        return -(-(self.last - self.first + 1) // MOST_FRAMES)

    @property
    def numbers(self) -> np.ndarray:
        """(N,) the frames that are shown, N at most MOST_FRAMES."""
        return np.arange(self.first, self.last + 1, self.step)


def cut_magnified(
    video: Video, stretch: Stretch, reference: np.ndarray, similarities: np.ndarray, factor: float
) -> bytes:
    """A pack of aligned faces whose movement since the reference frame is shown `factor` times as large.

    Each row of the header names its `frame` and whether large movements were `limited`; frames without a picture or a
    face have length 0. Every picture but those of factor 1 says in itself that it is magnified.

    Args:
        reference: (4,) similarity of the reference frame.
        similarities: (N, 4) of `stretch.numbers`; not a number where no face is.
        factor: 1-20.

    Raises:
        InvalidSettings: a factor outside 1-20, or no face in the reference frame.
        UnreadableVideo: a frame cannot be decoded.
    """
    if not 1 <= factor <= LARGEST_FACTOR:
        raise InvalidSettings(f"magnification: expected a factor from 1 to {LARGEST_FACTOR}, got {factor:g}")
    rest = _face_at(video, stretch.reference, reference)
    reader = MotionReader(rest)
    rows, pictures = [], []
    sources = video.info.table.source_numbers
    for frame, similarity in zip(video.frames(stretch.first, stretch.last, stretch.step), similarities, strict=True):
        seen = frame.present and bool(np.isfinite(similarity).all())
        limited, data = False, b""
        if seen:
            face = aligned(frame.bgr(_size(video)), similarity, len(rest))
            face, limited = magnified(face, reader.to(face), factor) if factor != 1 else (face, False)
            data = _jpeg(marked(face, factor, limited))
        rows.append({"number": int(sources[frame.index]), "frame": frame.index, "present": seen, "limited": limited})
        pictures.append(data)
    header = {"first": stretch.first, "step": stretch.step, "reference": stretch.reference, "factor": factor,
              "width": len(rest), "height": len(rest)}  # fmt: skip
    return write_pack(header, rows, pictures)


def motion_map(video: Video, frames: tuple[int, int], similarities: np.ndarray) -> bytes:
    """How far each place of the face moved from one frame to another, head motion taken away.

    Layout: b"GHM1", the header's length as uint32 little-endian, the JSON header {"from", "to", "side", "box", "unit"}
    padded so that 4 bytes divide what precedes the values, then side x side float32 by rows. `box` is left, top and
    side of the square in inter-ocular distances.

    Args:
        frames: from (onset) and to (apex).
        similarities: (2, 4) of both frames.

    Raises:
        InvalidSettings: one of the frames shows no face.
        UnreadableVideo: a frame cannot be decoded.
    """
    rest, moved = (_face_at(video, frame, row) for frame, row in zip(frames, similarities, strict=True))
    if len(moved) != len(rest):
        moved = cv2.resize(moved, (len(rest), len(rest)), interpolation=cv2.INTER_LINEAR)
    size = MotionReader(rest).to(moved).percent
    size = cv2.resize(size, (MAP_PIXELS, MAP_PIXELS), interpolation=cv2.INTER_AREA)
    header = {"from": frames[0], "to": frames[1], "side": MAP_PIXELS, "box": [FACE_LEFT, FACE_TOP, FACE_SIDE],
              "unit": "percent of inter-ocular distance"}  # fmt: skip
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 4)
    return MAP_MAGIC + struct.pack("<I", len(text)) + text + size.astype("<f4").tobytes()


def _face_at(video: Video, number: int, similarity: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8 BGR, the aligned face of one frame, at the size that its pixels deserve."""
    frame = video.frame(number)
    if not frame.present or not np.isfinite(similarity).all():
        raise InvalidSettings(f"frame {number} shows no face that was measured, so there is nothing to compare with")
    side = round(np.clip(FACE_SIDE / max(float(np.hypot(*similarity[:2])), 1e-6), SMALLEST, LARGEST))
    return aligned(frame.bgr(_size(video)), similarity, side)


def _size(video: Video) -> tuple[int, int]:
    return video.info.width, video.info.height


def _jpeg(picture: np.ndarray) -> bytes:
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, PACK_QUALITY])
    if not done:
        raise ValueError(f"OpenCV could not encode a picture of {picture.shape[1]}x{picture.shape[0]}")
    return data.tobytes()
