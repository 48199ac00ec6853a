"""Head movement with depth parallax: the mesh's z turned about an axis behind the face, the background at rest."""

from __future__ import annotations

import cv2
import numpy as np

from spotcore.synthesis.face import FACE_OVAL, Face
from spotcore.synthesis.profiles import smooth_step

_PIVOT = 0.9  # inter-ocular distances behind the mesh's zero plane: the neck


class Head:
    """Displacement fields of head poses on a fixed grid.

    Args:
        face: neutral face in source pixels.
        grid: (GH, GW, 2) float32 source positions.
    """

    def __init__(self, face: Face, grid: np.ndarray) -> None:
        self._face = face
        local = face.local(grid).astype(np.float32)
        self._xy = local - np.array([0, 0.45], np.float32)
        self._z, self._weight = _depth_and_weight(face, local)
        self._axes = np.stack([face.right, face.down]).astype(np.float32) * face.inter_ocular

    def displacement(self, pose: np.ndarray) -> np.ndarray:
        """Where the grid points go.

        Args:
            pose: (6,) x and y (inter-ocular distances), roll (degrees), scale (share), yaw, pitch (degrees).

        Returns:
            (GH, GW, 2) float32, source pixels.
        """
        if not np.any(pose):
            return np.zeros_like(self._xy)
        x, y, roll, scale, yaw, pitch = (float(v) for v in pose)
        roll, yaw, pitch = np.radians([roll, yaw, pitch])
        turn = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
        nod = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
        tilt = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
        matrix = ((1 + scale) * tilt @ nod @ turn)[:2].astype(np.float32)
        # The axis lies behind the face: z is negative towards the camera.
        z = self._z - _PIVOT
        placed = self._xy @ matrix[:, :2].T + z[..., None] * matrix[:, 2] + np.array([x, y], np.float32)
        return ((placed - self._xy) * self._weight[..., None]) @ self._axes


def _depth_and_weight(face: Face, local: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Depth (GH, GW) in inter-ocular distances, smooth beyond the face, and the share of head movement (GH, GW)."""
    points = face.local(face.points[:468, :2])
    depth = face.points[:468, 2] / face.inter_ocular
    oval = face.local(face.points[list(FACE_OVAL), :2])
    centre, reach = oval.mean(0), np.ptp(oval, axis=0) / 2
    radius = np.sqrt((((local - centre) / reach) ** 2).sum(-1))
    # Kernel regression needs no triangles. Narrow inside, where nose and lips must keep their depth; wide towards the
    # outline, where mesh points are few and steep and a narrow kernel would make the cheek's edge ragged.
    kernel = (0.035 + 0.11 * smooth_step((radius - 0.6) / 0.3)).reshape(-1, 1)
    flat = local.reshape(-1, 2)
    z = np.empty(len(flat), np.float32)
    for first in range(0, len(flat), 4096):
        block = slice(first, first + 4096)
        squared = ((flat[block, None] - points[None]) ** 2).sum(-1)
        nearest = squared.min(1, keepdims=True)
        weights = np.exp(-(squared - nearest) / (2 * kernel[block] ** 2 + 0.3 * nearest))
        z[block] = (weights @ depth) / weights.sum(1)
    z = cv2.GaussianBlur(z.reshape(local.shape[:2]), (0, 0), 0.7)
    fade = np.clip((2.3 - radius) / (2.3 - 1.25), 0, 1)
    return z, (fade * fade * (3 - 2 * fade)).astype(np.float32)
