"""Movement of the regions from known landmarks, with wrong ones or another way to take the head out.

The same flow, crop and reading as the extractor's, in the open: the landmark detector is replaced by the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from spotcore.alignment import FaceCrop, eye_distance
from spotcore.flow import RADIUS_G, DenseFlow, FlowSettings, RegionReader
from spotcore.head_motion import fit_head_motion, head_displacement
from spotcore.regions import NOSE_PATCH, REGION_INDEX, RIGID_POINTS

REGION_COUNT = len(REGION_INDEX)
POINTS = np.array([*REGION_INDEX, *RIGID_POINTS])
_RIGID = slice(REGION_COUNT, None)
_NOSE = [REGION_COUNT + RIGID_POINTS.index(point) for point in NOSE_PATCH]

# (positions (P, 3), movement (T, P, 2)) -> movement of the head at the P points (T, P, 2).
Head = Callable[[np.ndarray, np.ndarray], np.ndarray]


def nothing(positions: np.ndarray, moved: np.ndarray) -> np.ndarray:
    return np.zeros_like(moved)


def nose_mean(positions: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """The published way: the mean of the nose, everywhere the same."""
    return np.broadcast_to(moved[:, _NOSE].mean(axis=1, keepdims=True), moved.shape)


def rigid_plain(positions: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """Least squares of the six parameters, every rigid point with the same vote."""
    shape = head_displacement(positions, np.eye(6)).transpose(1, 2, 0)  # (P, 2, 6)
    design, wanted = shape[_RIGID].reshape(-1, 6), moved[:, _RIGID].reshape(len(moved), -1)
    return head_displacement(positions, wanted @ np.linalg.pinv(design, rcond=1e-3).T)


def rigid_robust(positions: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """The extractor's: points that go their own way lose their vote."""
    return head_displacement(positions, fit_head_motion(positions[_RIGID], moved[:, _RIGID]))


HEADS: dict[str, Head] = {
    "nothing": nothing, "nose mean": nose_mean, "rigid, plain": rigid_plain, "rigid, robust": rigid_robust,
}  # fmt: skip


def region_movement(
    lumas: Sequence[np.ndarray],
    points: np.ndarray,
    head: Head = rigid_robust,
    every: int = 15,
    misplaced: Callable[[np.ndarray, int], np.ndarray] | None = None,
) -> np.ndarray:
    """Movement of the ten regions since the first frame.

    Args:
        lumas: T pictures (H, W) uint8.
        points: (T, 468, 3) landmarks in pixels.
        head: what is taken off as the head's movement.
        every: frames between anchors.
        misplaced: (landmarks (468, 3), number of the anchor) -> landmarks that are used instead.

    Returns:
        (T, R, 2) per cent of the inter-ocular distance along the face's axes.
    """
    cv2.setNumThreads(1)  # a 128-pixel flow is too small to share between threads
    flow = DenseFlow(FlowSettings())
    moved = np.zeros((len(lumas), REGION_COUNT, 2))
    for number, first in enumerate(range(0, len(lumas) - 1, every)):
        used = points[first] if misplaced is None else misplaced(points[first], number)
        crop = FaceCrop.around(used)
        reader = RegionReader(crop.inside(used[POINTS]), max(RADIUS_G * crop.g, 1.5), crop.pixels)
        anchor = crop.cut(lumas[first])
        span = range(first + 1, min(first + every, len(lumas) - 1) + 1)
        rows = np.stack([reader.read(flow.between(anchor, crop.cut(lumas[t]))) for t in span])
        vectors = crop.face_axes(rows.astype(np.float64))
        still = vectors - head(crop.face_positions(used[POINTS]), vectors)
        moved[span.start : span.stop] = moved[first] + still[:, :REGION_COUNT]
    return moved


def shifted(percent: float, jitter: bool, seed: int) -> Callable[[np.ndarray, int], np.ndarray]:
    """Landmarks that all lie `percent` of the inter-ocular distance off in one direction: the same for a whole clip, or
    (`jitter`) another one at every anchor."""

    def used(points: np.ndarray, number: int) -> np.ndarray:
        angle = np.random.default_rng([seed, number if jitter else 0]).uniform(0, 2 * np.pi)
        step = percent / 100 * eye_distance(points) * np.array([np.cos(angle), np.sin(angle), 0])
        return (points + step).astype(points.dtype)

    return used
