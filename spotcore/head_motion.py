"""What the skull did: the robust rigid fit to flow, and the pose of a mesh.

Takes displacements and positions as arrays; nothing here reads pictures.
"""

from __future__ import annotations

import numpy as np

from spotcore.regions import MESH_RIGID_POINTS

RIDGE = 0.002  # on yaw and pitch: eleven points in half a face tell a small turn from a shift only weakly
ITERATIONS = 8


def _design(positions: np.ndarray) -> np.ndarray:
    """(P, 3) positions -> (P, 2, 6): x, y, rotation, scale, yaw, pitch."""
    x, y, z = positions.T
    zero, one = np.zeros_like(x), np.ones_like(x)
    horizontal = np.stack([one, zero, -y, x, z, zero], axis=1)
    vertical = np.stack([zero, one, x, y, zero, z], axis=1)
    return np.stack([horizontal, vertical], axis=1)  # (P, 2, 6)


def fit_head_motion(positions: np.ndarray, displacement: np.ndarray, ridge: float = RIDGE) -> np.ndarray:
    """Robust least squares of six parameters: translation, rotation, scale, yaw times depth, pitch times depth.

    Args:
        positions: (P, 3) float, quasi-rigid points in eye distances, z the mesh's depth.
        displacement: (T, P, 2) float, their movement in per cent of the eye distance.
        ridge: weight of the prior that yaw and pitch are small, per point.

    Returns:
        (T, 6) float64 parameters for `head_displacement`, all per cent (rotation and turns: 100 times radians).
    """
    design = _design(positions)  # (P, 2, 6)
    outer = np.einsum("pai,paj->pij", design, design)  # (P, 6, 6)
    prior = np.diag([1e-6, 1e-6, 1e-6, 1e-6, 1.0, 1.0]) * ridge * len(positions)
    weights = np.ones(displacement.shape[:2])
    motion = np.zeros((len(displacement), 6))
    for _ in range(ITERATIONS):
        left = np.einsum("tp,pij->tij", weights, outer) + prior
        right = np.einsum("tp,pai,tpa->ti", weights, design, displacement)
        motion = solve_each(left, right)
        far = np.linalg.norm(displacement - np.einsum("pai,ti->tpa", design, motion), axis=2)  # (T, P)
        scale = np.maximum(3 * np.median(far, axis=1, keepdims=True), 0.3)
        # Geman-McClure: a moving brow root loses its vote. The scale is generous, or seven points on the nose outvote
        # the four eye corners, whose depth alone tells a turn from a shift.
        weights = 1 / (1 + (far / (2 * scale)) ** 2) ** 2
    return motion


def solve_each(matrices: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve T small positive definite systems, (T, n, n) and (T, n) -> (T, n), by elimination over all at once.

    numpy's own solver goes through BLAS, whose threads cost ten times the arithmetic of six unknowns.
    """
    work = np.concatenate([matrices, right[..., None]], axis=2)  # (T, n, n + 1)
    for pivot in range(work.shape[1]):
        work[:, pivot] /= work[:, pivot, pivot, None]
        factors = work[:, :, pivot].copy()
        factors[:, pivot] = 0
        work -= factors[..., None] * work[:, pivot, None]
    return work[..., -1]


def head_displacement(positions: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """Movement that the head alone gives to (P, 3) points, for (T, 6) parameters: (T, P, 2) per cent."""
    return np.einsum("pai,ti->tpa", _design(positions), motion)


def pose(points: np.ndarray) -> np.ndarray:
    """(..., 3) roll, yaw, pitch in degrees of (..., 468, 3) landmarks; pitch has an offset that depends on the face."""
    across = points[..., 263, :] - points[..., 33, :]
    down = points[..., 2, :] - points[..., 10, :]
    roll = np.arctan2(across[..., 1], across[..., 0])
    yaw = np.arctan2(across[..., 2], np.hypot(across[..., 0], across[..., 1]))
    pitch = np.arctan2(down[..., 2], np.hypot(down[..., 0], down[..., 1]))
    return np.degrees(np.stack([roll, yaw, pitch], axis=-1))


def align_mesh(points: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Turn, shift and scale meshes onto a reference by their rigid points (weighted Kabsch in three dimensions).

    Args:
        points: (..., 468, 3) landmarks.
        reference: (468, 3) landmarks of the same face.

    Returns:
        (..., 468, 3): `points` in the coordinates of the reference.
    """
    chosen = list(MESH_RIGID_POINTS)
    p, q = points[..., chosen, :], reference[chosen]
    weights = np.ones(p.shape[:-1])
    for _ in range(3):
        w = (weights / weights.sum(axis=-1, keepdims=True))[..., None]  # (..., n, 1)
        p0, q0 = (w * p).sum(axis=-2, keepdims=True), (w * q).sum(axis=-2, keepdims=True)
        u, s, vt = np.linalg.svd(np.einsum("...ni,...nj->...ij", p - p0, (q - q0) * w))
        signs = np.ones_like(s)
        signs[..., 2] = np.sign(np.linalg.det(u @ vt))  # a turn, not a mirror
        turn = (u * signs[..., None, :]) @ vt
        scale = ((s * signs).sum(axis=-1) / (w * (p - p0) ** 2).sum(axis=(-2, -1)))[..., None, None]
        moved = (p - p0) @ turn * scale + q0
        far = np.linalg.norm((moved - q)[..., :2], axis=-1)
        limit = np.maximum(1.5 * np.median(far, axis=-1, keepdims=True), 1e-6)
        weights = 1 / (1 + (far / (2 * limit)) ** 2) ** 2
    return (points - p0) @ turn * scale + q0
