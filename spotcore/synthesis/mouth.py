"""Parting lips: the lower lip slides away from the upper one, and what lies behind shows through.

The jaw's field applies below the mouth line only. Within the lips the cut is sharp, beyond the corners it widens into
the cheeks. All positions are source pixels unless they are said to be output pixels.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from spotcore.synthesis.face import LOWER_INNER_LIP, UPPER_INNER_LIP, Face
from spotcore.synthesis.profiles import smooth_step

_CORNER = 0.16  # inter-ocular distances over which the cut between the lips softens towards a corner

Field = Callable[[np.ndarray], np.ndarray]


class Lips:
    """Inner lip contours after this frame's action units.

    Args:
        face: neutral face.
        smooth: (N, 2) positions -> displacement of all units but the jaw's.
        jaw: the same of the jaw's units.
    """

    def __init__(self, face: Face, smooth: Field, jaw: Field) -> None:
        self.face = face
        upper, lower = face.points[list(UPPER_INNER_LIP), :2], face.points[list(LOWER_INNER_LIP), :2]
        # The corners belong to both lips and follow halfway; near them the lips part gradually.
        ends = face.local(np.stack([upper[0], upper[-1]]))[:, 0]
        part_up, part_low = (0.5 * (1 + sign * _inside(face.local(lip)[:, 0], *ends))[:, None]
                             for sign, lip in ((-1, upper), (1, lower)))  # fmt: skip
        self.upper = upper + smooth(upper) + part_up * jaw(upper)
        self.lower = lower + smooth(lower) + part_low * jaw(lower)
        for end in (0, -1):
            self.upper[end] = self.lower[end] = (self.upper[end] + self.lower[end]) / 2
        parting = ((self.lower - self.upper)[5] - (lower - upper)[5]) @ face.down / face.inter_ocular
        # What lies behind the lips comes in gradually: lips that do not part take their own teeth along.
        self.visible = float(smooth_step(np.array(parting / 0.015)))

    def line(self) -> np.ndarray:
        """(11, 2) points halfway between the lips, in the face's own axes, left to right."""
        return self.face.local((self.upper + self.lower) / 2)


def _inside(x: np.ndarray, left: float, right: float) -> np.ndarray:
    """0 at the mouth corners and beyond, 1 from _CORNER inside them."""
    return smooth_step(np.minimum(x - left, right - x) / _CORNER)


def _below(local: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Share of the jaw's movement (0 above the mouth, 1 below) at local positions (..., 2)."""
    x, y = local[..., 0], local[..., 1]
    middle = np.interp(x, line[:, 0], line[:, 1])
    beyond = np.maximum(np.maximum(line[0, 0] - x, x - line[-1, 0]), 0)
    half_width = 0.008 + 0.6 * beyond + 0.09 * (1 - _inside(x, line[0, 0], line[-1, 0]))
    return smooth_step((y - middle) / (2 * half_width) + 0.5)


def below(face: Face, xy: np.ndarray) -> np.ndarray:
    """Share of the jaw's movement at neutral positions (..., 2): 1 on the lower lip and chin, 0 on the upper lip."""
    upper, lower = face.points[list(UPPER_INNER_LIP), :2], face.points[list(LOWER_INNER_LIP), :2]
    return _below(face.local(xy), face.local((upper + lower) / 2))


def join(
    full: list[np.ndarray], upper: np.ndarray, lower: np.ndarray, posed: np.ndarray, lips: Lips,
    enlarge: Callable[[np.ndarray], list[np.ndarray]], step: int,
) -> None:
    """Write into the maps `full` the jaw's version below the mouth line; sharp around the lips.

    Args:
        full: x and y maps (H, W), changed in place.
        upper, lower, posed: grids (GH, GW, 2): without the jaw, with it, and before any action unit.
        lips: contours of this frame.
        enlarge: grid -> maps.
        step: output pixels per grid cell.
    """  # fmt: skip
    line = lips.line()
    share = _below(lips.face.local(posed), line).astype(np.float32)[..., None]
    mixed = enlarge(upper + share * (lower - upper))
    local = lips.face.local(posed)
    near = (
        (local[..., 0] > line[0, 0] - 0.25) & (local[..., 0] < line[-1, 0] + 0.25)
        & (np.abs(local[..., 1] - line[:, 1].mean()) < 0.45)
    )  # fmt: skip
    rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
    for axis in (0, 1):
        full[axis][...] = mixed[axis]
    if not len(rows):
        return
    # One cell more on each side, so that enlarging the cut-out equals cutting out of the enlarged grid.
    r0, r1 = max(rows[0], 1), min(rows[-1] + 1, near.shape[0] - 1)
    c0, c1 = max(columns[0], 1), min(columns[-1] + 1, near.shape[1] - 1)
    window = (slice(r0 - 1, r1 + 1), slice(c0 - 1, c1 + 1))
    up, low, neutral = (np.stack(enlarge(g[window]), axis=-1) for g in (upper, lower, posed))
    share = _below(lips.face.local(neutral), line).astype(np.float32)[..., None]
    sharp = up + share * (low - up)
    place = (slice((r0 - 1) * step, (r1 - 1) * step), slice((c0 - 1) * step, (c1 - 1) * step))
    for axis in (0, 1):
        full[axis][place] = sharp[..., axis]


def paint(
    luma: np.ndarray, chroma: np.ndarray, identity: object, lips: Lips, forward: Field, posed: list[np.ndarray],
) -> None:
    """Draw what lies behind the lips where they are parted; in place.

    Args:
        luma: (H, W) float32.
        chroma: (H/2, W/2, 2) float32.
        identity: has mouth_luma and mouth_chroma in source coordinates.
        lips: contours of this frame.
        forward: source positions -> output pixels.
        posed: x and y maps (H, W) of the head pose alone: teeth do not follow the lips.
    """  # fmt: skip
    if lips.visible < 1e-3:
        return
    outline = forward(np.concatenate([lips.upper, lips.lower[::-1]]))
    x0, y0 = np.floor(outline.min(0) - 4).astype(int) // 2 * 2
    x1, y1 = np.ceil(outline.max(0) + 4).astype(int) // 2 * 2 + 2
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, luma.shape[1]), min(y1, luma.shape[0])
    if x1 - x0 < 4 or y1 - y0 < 4:
        return
    fine = 4
    mask = np.zeros(((y1 - y0) * fine, (x1 - x0) * fine), np.uint8)
    corners = ((outline - (x0, y0) + 0.5) * fine * 16).round().astype(np.int32)
    cv2.fillPoly(mask, [corners], 255, shift=4)
    alpha = cv2.resize(mask, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    alpha = cv2.GaussianBlur(alpha, (0, 0), 0.7) * lips.visible
    place = (slice(y0, y1), slice(x0, x1))
    mx, my = posed[0][place], posed[1][place]
    inside = cv2.remap(identity.mouth_luma, mx, my, cv2.INTER_LINEAR)
    luma[place] += alpha * (inside - luma[place])
    half = ((x1 - x0) // 2, (y1 - y0) // 2)
    place = (slice(y0 // 2, y1 // 2), slice(x0 // 2, x1 // 2))
    cx, cy = ((cv2.resize(m, half, interpolation=cv2.INTER_AREA) - 0.5) / 2 for m in (mx, my))
    inside = cv2.remap(identity.mouth_chroma, cx, cy, cv2.INTER_LINEAR)
    alpha = cv2.resize(alpha, half, interpolation=cv2.INTER_AREA)[..., None]
    chroma[place] += alpha * (inside - chroma[place])
