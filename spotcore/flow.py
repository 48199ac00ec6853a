"""Flow from an anchor to each following frame and how a region is read from it.

Pictures are arrays cut by `alignment.FaceCrop`; the slow recipe of the papers stands in `reference_flow`, the same flow
for many frames at once in `batched_flow`. Stitching and head motion are decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

RADIUS_G = 0.35  # radius of a region in half inner-eye-corner distances


@dataclass(frozen=True)
class FlowSettings:
    """Settings of the DIS flow (METHODS section 2 gives what each choice sees of the true movement).

    Attributes:
        finest_scale: 1 stops at half resolution (70-85 % gain); 0 sees more at half the speed.
        refinements: variational iterations.
    """

    finest_scale: int = 1
    refinements: int = 1


class DenseFlow:
    """DIS optical flow with the settings of the anchor scheme."""

    def __init__(self, settings: FlowSettings) -> None:
        self._dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._dis.setFinestScale(settings.finest_scale)
        self._dis.setVariationalRefinementIterations(settings.refinements)

    def between(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """(H, W, 2) float32 displacement in pixels from `first` to `second`, both (H, W) uint8."""
        return self._dis.calc(first, second, None)


class RegionReader:
    """Reads the flow at P points as weighted means with weights that never change.

    Fixed weights keep displacements additive: d(A, t) - d(A, s) is the movement from s to t. Any rule that picks
    vectors by their size would not (METHODS section 2).

    Attributes:
        index: (P, n) int64, the pixels of a flattened picture that each point reads.
        weights: (P, n) float32, their weights.
    """

    def __init__(self, points: np.ndarray, radius: float, size: int) -> None:
        """
        Args:
            points: (P, 2) pixels in a square picture.
            radius: pixels at which the weight has fallen to zero.
            size: side of the picture in pixels.
        """
        reach = int(np.ceil(radius))
        steps = np.arange(-reach, reach + 1)
        centres = np.round(points).astype(int)  # (P, 2)
        columns = centres[:, 0, None, None] + steps[None, None, :]
        rows = centres[:, 1, None, None] + steps[None, :, None]
        far = np.hypot(columns - points[:, 0, None, None], rows - points[:, 1, None, None]) / radius
        weights = np.clip(1 - far**2, 0, None)  # (P, n, n), a paraboloid: no sharp edge to alias
        weights = weights / np.maximum(weights.sum(axis=(1, 2), keepdims=True), 1e-9)
        index = np.clip(rows, 0, size - 1) * size + np.clip(columns, 0, size - 1)
        self.index = np.broadcast_to(index, weights.shape).reshape(len(points), -1)
        self.weights = weights.reshape(len(points), -1).astype(np.float32)

    def read(self, flow: np.ndarray) -> np.ndarray:
        """(P, 2) float32 mean displacement at the points, of a (H, W, 2) flow."""
        around = np.take(flow.reshape(-1, 2), self.index, axis=0)  # (P, n, 2)
        # No matmul: BLAS wakes its threads for it, which costs more than the sum.
        return (self.weights[..., None] * around).sum(axis=1)


class RegionFlow:
    """Movement at points of an anchor picture in the frames that follow it, each measured when asked for.

    Attributes:
        asked, answered: how many frames were asked for, and how many of them, in that order, have their numbers.
    """

    def __init__(self, settings: FlowSettings = FlowSettings()) -> None:
        self._dense = DenseFlow(settings)
        self.asked = self.answered = 0

    def anchor(self, picture: np.ndarray, reader: RegionReader, per_cent: float) -> None:
        """Set what the following frames are compared with.

        Args:
            picture: (S, S) uint8.
            reader: of the P points.
            per_cent: one pixel in per cent of the eye distance.
        """
        self._picture, self._reader, self._per_cent = picture, reader, per_cent

    def follow(self, picture: np.ndarray, moved: np.ndarray, left: np.ndarray | None = None) -> None:
        """One frame, (S, S) uint8.

        Args:
            moved: (P, 2) is filled with the displacement of the points in pixels.
            left: (N,) is filled with the per cent that flow there and back leaves at the first N points.
        """
        flow = self._dense.between(self._picture, picture)
        moved[:] = self._reader.read(flow)
        if left is not None:
            rest = forward_backward(flow, self._dense.between(picture, self._picture))
            left[:] = self._reader.read(np.dstack([rest, rest]))[: len(left), 0] * self._per_cent
        self.asked += 1
        self.answered += 1

    def finish(self) -> None:
        """Answer what was asked: here it is."""


def forward_backward(forward: np.ndarray, backward: np.ndarray) -> np.ndarray:
    """Length of what remains after going there and back, (H, W) float32 pixels; near zero where flow can be trusted."""
    there = _places(*forward.shape[:2]) + forward
    back = cv2.remap(backward, there, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    rest = forward + back
    return cv2.magnitude(rest[..., 0], rest[..., 1])


@cache
def _places(height: int, width: int) -> np.ndarray:
    """(H, W, 2) float32, the x and y of every pixel."""
    rows, columns = np.indices((height, width), dtype=np.float32)
    return np.dstack([columns, rows])
