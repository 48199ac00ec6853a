"""Blinks and gaze: the upper lid unfolds over the eye, the iris slides between the lids.

Both change the backward maps in a small window around each eye, for every pixel, because the lid's edge is sharp.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from spotcore.synthesis.face import LOWER_LIDS, UPPER_LIDS, Face

_FOLD = 0.17  # inter-ocular distances above the lid's edge from which the skin unfolds, at most
_BELOW_BROW = 0.7  # and at most this share of the way to the brow, which must not be stretched
_OVERLAP = 0.012  # inter-ocular distances by which a shut lid covers the lower one's wet edge
_BROW_EDGES = ((46, 53, 52, 65, 55), (276, 283, 282, 295, 285))
_LASHES = 0.10  # share of the opening that the lashes of the open eye cover


def _window(face: Face, eye: int, forward: Callable[[np.ndarray], np.ndarray], shape: tuple[int, int]) -> tuple | None:
    contour = face.points[list(UPPER_LIDS[eye] + LOWER_LIDS[eye]), :2]
    reach = 0.3 * face.inter_ocular
    corners = np.array([contour.min(0) - reach, contour.max(0) + reach])
    box = forward(np.array([corners[0], corners[1], [corners[0, 0], corners[1, 1]], [corners[1, 0], corners[0, 1]]]))
    x0, y0 = np.maximum(np.floor(box.min(0)).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(box.max(0)).astype(int), (shape[1], shape[0]))
    return (slice(y0, y1), slice(x0, x1)) if x1 - x0 > 4 and y1 - y0 > 4 else None


def _contours(face: Face, eye: int, across: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Height of the upper and lower lid at local positions across the face, and 1 inside the corners (0 outside)."""
    upper = face.local(face.points[list(UPPER_LIDS[eye]), :2])
    lower = face.local(face.points[list(LOWER_LIDS[eye]), :2])
    order = 1 if upper[0, 0] < upper[-1, 0] else -1
    upper, lower = upper[::order], lower[::order]
    top = np.interp(across, upper[:, 0], upper[:, 1])
    bottom = np.interp(across, lower[:, 0], lower[:, 1])
    top = top + _LASHES * (bottom - top)
    inside = (across > upper[0, 0]) & (across < upper[-1, 0])
    return top, np.maximum(bottom, top), inside


def _fold(face: Face, eye: int) -> float:
    """Height of the skin that unfolds, inter-ocular distances."""
    brow = face.local(face.points[list(_BROW_EDGES[eye]), :2])[:, 1]
    lid = face.local(face.points[list(UPPER_LIDS[eye]), :2])[:, 1]
    return float(np.clip(_BELOW_BROW * (lid.min() - np.median(brow)), 0.05, _FOLD))


def apply(
    full: list[np.ndarray], face: Face, forward: Callable[[np.ndarray], np.ndarray], closure: np.ndarray,
    gaze: np.ndarray,
) -> None:
    """Change the maps so that lids close and irises move; in place.

    Args:
        full: x and y maps (H, W), source pixels.
        face: neutral face in source pixels.
        forward: source positions -> output pixels.
        closure: (2,) 0 open to 1 shut.
        gaze: (2,) iris shift in inter-ocular distances.
    """  # fmt: skip
    for eye in (0, 1):
        if closure[eye] < 1e-3 and np.abs(gaze).max() < 1e-4:
            continue
        place = _window(face, eye, forward, full[0].shape)
        if place is None:
            continue
        position = np.stack([full[0][place], full[1][place]], axis=-1)
        local = face.local(position)
        across, down = local[..., 0], local[..., 1]
        top, bottom, inside = _contours(face, eye, across)
        edge = top + closure[eye] * (bottom - top + _OVERLAP)
        change = np.zeros_like(local)
        # Gaze: full shift at the iris, none at the corners.
        corners = face.local(face.points[[UPPER_LIDS[eye][0], UPPER_LIDS[eye][-1]], :2])
        centre, half = corners[:, 0].mean(), abs(np.diff(corners[:, 0])[0]) / 2
        share = np.clip(1 - ((across - centre) / half) ** 2, 0, 1)
        seen = inside & (down > edge) & (down < bottom)
        change[seen] -= (share[..., None] * gaze)[seen]
        # Lid: stretched between the fold and the edge, unstretched at the lashes.
        fold = top - _fold(face, eye)
        new, old = edge - fold, top - fold
        tau = (down - fold) / new
        stretch = np.minimum(new / old, 2.0)
        source = fold + old * ((2 - stretch) * tau + (stretch - 1) * tau * tau)
        lid = inside & (tau > 0) & (tau <= 1)
        change[..., 1] = np.where(lid, source - down, change[..., 1])
        moved = (change[..., :1] * face.right + change[..., 1:] * face.down) * face.inter_ocular
        full[0][place] += moved[..., 0].astype(np.float32)
        full[1][place] += moved[..., 1].astype(np.float32)


def shade(
    luma: np.ndarray, face: Face, forward: Callable[[np.ndarray], np.ndarray], closure: np.ndarray
) -> None:
    """Draw the dark line of the lashes along a closing lid; in place on luma (H, W) float32."""
    for eye in (0, 1):
        c = float(closure[eye])
        if c < 0.05:
            continue
        upper = face.local(face.points[list(UPPER_LIDS[eye]), :2])
        across = np.linspace(upper[:, 0].min(), upper[:, 0].max(), 24)
        top, bottom, _ = _contours(face, eye, across)
        edge = top + c * (bottom - top + _OVERLAP)
        xy = face.centre + (across[:, None] * face.right + edge[:, None] * face.down) * face.inter_ocular
        line = forward(xy)
        place = _window(face, eye, forward, luma.shape)
        if place is None:
            continue
        origin = np.array([place[1].start, place[0].start])
        mask = np.zeros(luma[place].shape, np.uint8)
        thickness = max(1, round(0.012 * face.inter_ocular / 2))
        cv2.polylines(mask, [((line - origin) * 16).round().astype(np.int32)], False, 255, thickness, cv2.LINE_AA, 4)
        soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.8)
        luma[place] *= 1 - 0.45 * min(c, 1.0) * soft
