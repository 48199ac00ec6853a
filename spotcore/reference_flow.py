"""The slow recipe of the papers, kept to compare the fast scheme with: Farneback flow and iterative shifts.

One flow per frame of every window, sixteen times the work of `anchors`; used by tests and measurements only
(METHODS section 2, reference recipe).
"""

from __future__ import annotations

import cv2
import numpy as np

from spotcore.alignment import ABOVE, HALF_WIDTH, eye_distance, padded_crop, roll
from spotcore.regions import INNER_CORNERS, NOSE_PATCH, REGION_POINTS

PIXELS = 256
REACH = 10  # half the side of a region, pixels
LARGEST, LARGEST_BROW, LARGEST_NOSE = 0.2, 0.3, 0.7
TRIES = 4
_FARNEBACK = {"pyr_scale": 0.5, "levels": 3, "winsize": 15, "iterations": 5, "poly_n": 7, "poly_sigma": 1.5, "flags": 0}


def reference_displacement(first: np.ndarray, second: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Movement of the ten regions from one frame to another, head motion removed.

    Args:
        first, second: (H, W) uint8 pictures.
        points: (468, 3) landmarks of the first, pixels.

    Returns:
        (10, 2) float64 per cent of the eye distance, along the face's axes, as `Traces.displacement`.
    """
    corners = points[list(INNER_CORNERS), :2]
    middle = corners.mean(axis=0)
    g = max(float(np.hypot(*(corners[1] - corners[0]))) / 2, 2.0)
    left, top, side = round(middle[0] - HALF_WIDTH * g), round(middle[1] - ABOVE * g), round(2 * HALF_WIDTH * g)
    scale = PIXELS / side

    def cut(picture: np.ndarray, shift: np.ndarray) -> np.ndarray:
        moved = np.round(shift / scale).astype(int)
        square = padded_crop(picture, left + int(moved[0]), top + int(moved[1]), side, side)
        return cv2.resize(square, (PIXELS, PIXELS), interpolation=cv2.INTER_AREA)

    places = (points[:, :2] - (left, top)) * scale
    anchor = cut(first, np.zeros(2))
    shift = np.zeros(2)  # of the second crop, pixels of the 256 crop
    for _ in range(TRIES):
        flow = cv2.calcOpticalFlowFarneback(anchor, cut(second, shift), None, **_FARNEBACK)
        head = np.mean([_strongest(flow, places[p], REACH, LARGEST_NOSE) for p in NOSE_PATCH], axis=0)
        if (head**2).sum() <= 1:
            break
        step = np.round(head / scale) * scale
        if not step.any():
            break
        shift = shift + step
    moved = np.array([_region(flow, places, name, mesh) for name, mesh in REGION_POINTS.items()]) - head
    angle, unit = roll(points), eye_distance(points) * scale
    c, s = np.cos(angle), np.sin(angle)
    return moved @ np.array([[c, -s], [s, c]]) * (100 / unit)


def _region(flow: np.ndarray, places: np.ndarray, name: str, mesh: int) -> np.ndarray:
    share = LARGEST_BROW if "brow" in name else LARGEST
    outward = {"left_mouth_corner": (REACH, 0), "right_mouth_corner": (0, REACH)}.get(name, (0, 0))
    return _strongest(flow, places[mesh], REACH, share, outward)


def _strongest(
    flow: np.ndarray, place: np.ndarray, reach: int, share: float, outward: tuple[int, int] = (0, 0)
) -> np.ndarray:
    """Mean of the longest `share` of the vectors around a place; `outward` pixels more to the left and right."""
    x, y = np.round(place).astype(int)
    rows = np.clip(np.arange(y - reach, y + reach + 1), 0, flow.shape[0] - 1)
    columns = np.clip(np.arange(x - reach - outward[0], x + reach + outward[1] + 1), 0, flow.shape[1] - 1)
    vectors = flow[np.ix_(rows, columns)].reshape(-1, 2).astype(np.float64)
    size = (vectors**2).sum(axis=1)
    count = max(1, round(share * len(vectors)))
    return vectors[np.argpartition(size, len(size) - count)[len(size) - count :]].mean(axis=0)
