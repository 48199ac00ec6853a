"""The fixed crop of an anchor: which square of the picture flow sees, and the face's own axes and unit in it.

No landmarks are found and no flow is computed here.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from spotcore.regions import INNER_CORNERS, LEFT_EYE, RIGHT_EYE

CROP_PIXELS = 128
# The square in units of g, half the distance of the inner eye corners: 4.5 to each side, 3.5 up and 5.5 down.
HALF_WIDTH, ABOVE = 4.5, 3.5


def eye_distance(points: np.ndarray) -> float:
    """Inter-ocular distance in pixels: between the middles of the two eyes, of (468, 2 or 3) landmarks."""
    return float(np.hypot(*(points[list(RIGHT_EYE), :2].mean(axis=0) - points[list(LEFT_EYE), :2].mean(axis=0))))


def roll(points: np.ndarray) -> float:
    """Angle of the eye line against the picture's rows, radians, of (468, 2 or 3) landmarks."""
    across = points[list(RIGHT_EYE), :2].mean(axis=0) - points[list(LEFT_EYE), :2].mean(axis=0)
    return float(np.arctan2(across[1], across[0]))


@dataclass(frozen=True)
class FaceCrop:
    """A square of the picture around one face, the same for all frames of an anchor segment.

    Attributes:
        left, top, side: the square in whole pixels of the picture as shown.
        pixels: side of the resized square that flow sees.
        unit: inter-ocular distance in pixels of the resized square.
        g: half the distance of the inner eye corners in the same pixels.
        angle: roll of the face, radians.
        middle: (2,) middle of the inner eye corners in pixels of the resized square.
    """

    left: int
    top: int
    side: int
    pixels: int
    unit: float
    g: float
    angle: float
    middle: np.ndarray

    @classmethod
    def around(cls, points: np.ndarray, pixels: int = CROP_PIXELS) -> FaceCrop:
        """The crop for (468, 3) landmarks in pixels of the picture."""
        corners = points[list(INNER_CORNERS), :2]
        middle = corners.mean(axis=0)
        distance = eye_distance(points)
        # A turned head brings the inner corners together faster than it shrinks the face, so g has a floor.
        g = max(float(np.hypot(*(corners[1] - corners[0]))) / 2, 0.2 * distance, 2.0)
        side = max(round(2 * HALF_WIDTH * g), 16)
        left, top = round(middle[0] - HALF_WIDTH * g), round(middle[1] - ABOVE * g)
        scale = pixels / side
        return cls(left, top, side, pixels, max(distance * scale, 1.0), g * scale, roll(points),
                   (middle - (left, top)) * scale)  # fmt: skip

    def cut(self, luma: np.ndarray) -> np.ndarray:
        """(pixels, pixels) uint8 of a (H, W) uint8 picture."""
        square = padded_crop(luma, self.left, self.top, self.side, self.side)
        interpolation = cv2.INTER_AREA if self.side > self.pixels else cv2.INTER_LINEAR
        return cv2.resize(square, (self.pixels, self.pixels), interpolation=interpolation)

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Picture coordinates (..., 2) in pixels of the resized square; the half pixel keeps pixel centres."""
        scale = self.pixels / self.side
        return (points[..., :2] - (self.left, self.top) + 0.5) * scale - 0.5

    def face_axes(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors (..., 2) in pixels of the square -> along the face's own axes, per cent of the eye distance."""
        c, s = np.cos(self.angle), np.sin(self.angle)
        return vectors @ np.array([[c, -s], [s, c]]) * (100.0 / self.unit)

    def face_positions(self, points: np.ndarray) -> np.ndarray:
        """Landmarks (..., 3) in picture pixels -> (..., 3) along the face's axes, unit eye distance, origin between
        the eyes; z has its mean over the points removed (only differences of depth matter)."""
        scale = self.pixels / self.side
        flat = (self.inside(points) - self.middle) / self.unit
        c, s = np.cos(self.angle), np.sin(self.angle)
        flat = flat @ np.array([[c, -s], [s, c]])
        depth = points[..., 2:] * (scale / self.unit)
        return np.concatenate([flat, depth - depth.mean(axis=-2, keepdims=True)], axis=-1)


def padded_crop(picture: np.ndarray, left: int, top: int, width: int, height: int) -> np.ndarray:
    """The rectangle of a picture, edge pixels repeated where it reaches outside: (height, width[, C])."""
    rows, columns = picture.shape[:2]
    if left >= 0 and top >= 0 and left + width <= columns and top + height <= rows:
        return picture[top : top + height, left : left + width]
    x0, x1 = (min(max(v, 0), columns) for v in (left, left + width))
    y0, y1 = (min(max(v, 0), rows) for v in (top, top + height))
    if x0 >= x1 or y0 >= y1:  # wholly outside: the nearest edge pixels, which is all there is
        x0, y0 = min(x0, columns - 1), min(y0, rows - 1)
        x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
        return cv2.resize(picture[y0:y1, x0:x1], (width, height), interpolation=cv2.INTER_NEAREST)
    return cv2.copyMakeBorder(
        picture[y0:y1, x0:x1], y0 - top, top + height - y1, x0 - left, left + width - x1, cv2.BORDER_REPLICATE
    )
