"""One decoded picture and how it is to be shown: upright, with square pixels, 8 bits, as luma or as RGB.

No containers and no folders here: `video_files` and `image_folders` hand over what they decoded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import av
import cv2
import numpy as np

from spotcore.errors import UnreadableVideo

# Pixel formats whose first plane is 8-bit luma, and those where it is little-endian luma of more bits.
_LUMA_8 = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "yuv440p", "yuvj440p",
                     "yuv411p", "yuv410p", "yuva420p", "nv12", "nv21", "nv16", "gray"})  # fmt: skip
_LUMA_DEEP = {f"{base}{bits}le": bits - 8 for base in ("yuv420p", "yuv422p", "yuv444p", "yuv440p", "gray")
              for bits in (9, 10, 12, 14, 16)}  # fmt: skip


@dataclass(frozen=True)
class Orientation:
    """How the stored picture becomes the shown one.

    Attributes:
        transpose: exchange rows and columns first (a quarter turn).
        flip_x: then mirror left and right.
        flip_y: then mirror top and bottom.
        aspect: width over height of a stored pixel.
        stored: (width, height) of the stored picture.
    """

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False
    aspect: float = 1.0
    stored: tuple[int, int] = (0, 0)

    @staticmethod
    def from_matrix(matrix: np.ndarray | None, aspect: float, stored: tuple[int, int]) -> Orientation:
        """From the nine numbers of a container's display matrix (ISO 14496-12 order a b u c d v x y w), or None.

        Angles that are no quarter turn are rounded to one; a shear is not shown.
        """
        if matrix is None:
            return Orientation(aspect=aspect, stored=stored)
        a, b, _, c, d = (float(v) for v in matrix[:5])
        if abs(b) > abs(a):
            return Orientation(True, c < 0, b < 0, aspect, stored)
        return Orientation(False, a < 0, d < 0, aspect, stored)

    @property
    def rotation(self) -> int:
        """Quarter turn clockwise in degrees: 0, 90, 180 or 270 (mirroring is not counted)."""
        if self.transpose:
            return 270 if self.flip_y else 90
        return 180 if self.flip_x and self.flip_y else 0

    @property
    def square(self) -> tuple[int, int]:
        """(width, height) with square pixels, not yet turned: the shorter side is stretched, nothing is lost."""
        width, height = self.stored
        if self.aspect >= 1:
            return max(1, round(width * self.aspect)), height
        return width, max(1, round(height / self.aspect))

    @property
    def shown(self) -> tuple[int, int]:
        """(width, height) as shown."""
        width, height = self.square
        return (height, width) if self.transpose else (width, height)

    def apply(self, picture: np.ndarray) -> np.ndarray:
        """(H, W[, C]) as stored -> (H, W[, C]) as shown, contiguous; the same array where nothing is to be done."""
        if (picture.shape[1], picture.shape[0]) != self.square:
            picture = cv2.resize(picture, self.square, interpolation=cv2.INTER_LINEAR)
        return self.turn(picture)

    def turn(self, picture: np.ndarray) -> np.ndarray:
        """Rotate and mirror only: (H, W[, C]) with square pixels -> (H, W[, C]) as shown, contiguous."""
        if self.transpose:
            picture = picture.swapaxes(0, 1)
        if self.flip_x:
            picture = picture[:, ::-1]
        if self.flip_y:
            picture = picture[::-1]
        return np.ascontiguousarray(picture)


class DecodedPicture:
    """A picture from FFmpeg; luma and RGB are made when asked for."""

    __slots__ = ("_frame", "_orientation")

    def __init__(self, frame: av.VideoFrame, orientation: Orientation) -> None:
        self._frame = frame
        self._orientation = orientation

    @property
    def damaged(self) -> bool:
        return bool(self._frame.is_corrupt)

    def luma(self) -> np.ndarray:
        return self._orientation.apply(stored_luma(self._frame))

    def rgb(self) -> np.ndarray:
        return self._orientation.apply(self._frame.to_ndarray(format="rgb24", threads=1))

    def bgr(self, size: tuple[int, int]) -> np.ndarray:
        width, height = (size[1], size[0]) if self._orientation.transpose else size
        frame = self._frame
        if (frame.width, frame.height) != (width, height):
            # In its own planes first: there is less to average than in three full planes of colour.
            own = frame.format.name if frame.format.name in _LUMA_8 else "yuv420p"
            frame = frame.reformat(width=width, height=height, format=own, interpolation="AREA")
        return self._orientation.turn(frame.to_ndarray(format="bgr24"))


class LoadedPicture:
    """A picture file of a folder; read when asked for.

    Args:
        read: takes an OpenCV imread flag and gives the array, (H, W) or (H, W, 3) in BGR order.
    """

    __slots__ = ("_read",)
    damaged = False

    def __init__(self, read: Callable[[int], np.ndarray]) -> None:
        self._read = read

    def luma(self) -> np.ndarray:
        return self._read(cv2.IMREAD_GRAYSCALE)

    def rgb(self) -> np.ndarray:
        return cv2.cvtColor(self._read(cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)

    def bgr(self, size: tuple[int, int]) -> np.ndarray:
        picture = self._read(cv2.IMREAD_COLOR)
        if (picture.shape[1], picture.shape[0]) != size:
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        return picture


def stored_luma(frame: av.VideoFrame) -> np.ndarray:
    """(H, W) uint8, the luma plane as coded (16-235 or 0-255, as the file has it), not turned or stretched.

    Deeper samples lose their lowest bits. Only formats without a luma plane (RGB, palettes) are converted.
    """
    name = frame.format.name
    if name not in _LUMA_8 and name not in _LUMA_DEEP:
        frame = frame.reformat(format="yuv420p")
        name = "yuv420p"
    plane = frame.planes[0]
    if name in _LUMA_8:
        rows = np.frombuffer(plane, dtype=np.uint8).reshape(-1, plane.line_size)
        return rows[: frame.height, : frame.width].copy()
    rows = np.frombuffer(plane, dtype="<u2").reshape(-1, plane.line_size // 2)[: frame.height, : frame.width]
    return (rows >> _LUMA_DEEP[name]).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a video.

    Attributes:
        index: place in the frame table.
        timestamp: seconds since the first shown frame.
        picture: what was decoded, or None where a folder lacks the picture.
    """

    index: int
    timestamp: float
    picture: DecodedPicture | LoadedPicture | None

    @property
    def present(self) -> bool:
        return self.picture is not None

    @property
    def damaged(self) -> bool:
        """Whether the decoder met errors in this frame and patched the picture from others."""
        return self.picture is not None and self.picture.damaged

    def luma(self) -> np.ndarray:
        """(H, W) uint8 as shown: the coded luma, whose range is 16-235 or 0-255 as the file has it.

        Raises:
            UnreadableVideo: the picture is missing or damaged.
        """
        return self._picture().luma()

    def rgb(self) -> np.ndarray:
        """(H, W, 3) uint8 as shown.

        Raises:
            UnreadableVideo: the picture is missing or damaged.
        """
        return self._picture().rgb()

    def bgr(self, size: tuple[int, int]) -> np.ndarray:
        """(H, W, 3) uint8 in BGR order as shown, scaled to size = (width, height) with area averaging.

        Raises:
            UnreadableVideo: the picture is missing or damaged.
        """
        return self._picture().bgr(size)

    def _picture(self) -> DecodedPicture | LoadedPicture:
        if self.picture is None:
            raise UnreadableVideo(f"frame {self.index} has no picture: its file is missing from the folder")
        return self.picture
