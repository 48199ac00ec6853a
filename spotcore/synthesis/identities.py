"""Faces to render: a picture resampled to twice the output size, its mesh, and what lies behind the lips.

The astronaut of scikit-image (NASA, public domain) and procedural variants of it are the only identities of shipped
data. `from_picture` takes any other picture, for test identities and for spiking; nothing is stored.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from spotcore.synthesis.face import LOWER_INNER_LIP, UPPER_INNER_LIP, Face

OVERSAMPLING = 2
MARGIN = 64  # source pixels around the picture, so that movement never shows an edge


@dataclass(frozen=True)
class Identity:
    """One face ready for rendering; S is the source grid, OVERSAMPLING times the output plus margins.

    Attributes:
        name: for manifests.
        width, height: output size in pixels, multiples of 4.
        luma: (HS, WS) float32, 0..255.
        chroma: (HS/2, WS/2, 2) float32, U and V.
        mouth_luma, mouth_chroma: the same layout, what shows between parted lips.
        face: mesh in source pixels.
    """

    name: str
    width: int
    height: int
    luma: np.ndarray
    chroma: np.ndarray
    mouth_luma: np.ndarray
    mouth_chroma: np.ndarray
    face: Face

    @property
    def inter_ocular(self) -> float:
        """Inter-ocular distance in output pixels."""
        return self.face.inter_ocular / OVERSAMPLING


def from_picture(
    name: str, rgb: np.ndarray, points: np.ndarray, width: int, height: int, inter_ocular: float,
    down: float = 0.45,
) -> Identity:
    """Crop and resample a picture around its face.

    Args:
        name: for manifests.
        rgb: (H, W, 3) uint8.
        points: (468+, 3) mesh in pixels of the picture.
        width, height: output size, multiples of 4.
        inter_ocular: wanted inter-ocular distance in output pixels.
        down: where the picture centre lies below the eyes, in inter-ocular distances.
    """  # fmt: skip
    if width % 4 or height % 4:
        raise ValueError(f"expected a size in multiples of 4, got {width}x{height}")
    picture = Face(np.asarray(points, np.float64))
    zoom = inter_ocular * OVERSAMPLING / picture.inter_ocular
    size = (width * OVERSAMPLING + 2 * MARGIN, height * OVERSAMPLING + 2 * MARGIN)
    centre = picture.centre + picture.down * down * picture.inter_ocular
    matrix = np.array([[zoom, 0, size[0] / 2 - zoom * centre[0]], [0, zoom, size[1] / 2 - zoom * centre[1]]])
    image = rgb.astype(np.float32)
    if zoom < 1:
        image = cv2.GaussianBlur(image, (0, 0), 0.5 / zoom)
    method = cv2.INTER_LANCZOS4 if zoom > 1 else cv2.INTER_CUBIC
    image = cv2.warpAffine(image, matrix, size, flags=method, borderMode=cv2.BORDER_REFLECT_101)
    if zoom < OVERSAMPLING:
        image = cv2.GaussianBlur(image, (0, 0), 0.9)  # the output has half as many pixels: nothing may alias
    return _with_layers(name, np.clip(image, 0, 255), picture.moved(matrix), width, height)


def _with_layers(name: str, image: np.ndarray, face: Face, width: int, height: int) -> Identity:
    luma, chroma = _planes(image)
    mouth = _planes(_mouth_interior(image, face))
    return Identity(name, width, height, luma, chroma, *mouth, face)


def _planes(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(H, W, 3) RGB 0..255 -> studio-range luma (H, W) and chroma (H/2, W/2, 2), BT.601."""
    r, g, b = image[..., 0], image[..., 1], image[..., 2]
    luma = 16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255
    u = 128 + (-37.797 * r - 74.203 * g + 112.0 * b) / 255
    v = 128 + (112.0 * r - 93.786 * g - 18.214 * b) / 255
    half = (image.shape[1] // 2, image.shape[0] // 2)
    chroma = cv2.resize(np.dstack([u, v]), half, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(luma, np.float32), np.ascontiguousarray(chroma, np.float32)


def _mouth_interior(image: np.ndarray, face: Face) -> np.ndarray:
    """What lies behind the lips, in source coordinates: the picture's own teeth where it shows some, else drawn."""
    iod = face.inter_ocular
    upper, lower = face.points[list(UPPER_INNER_LIP), :2], face.points[list(LOWER_INNER_LIP), :2]
    x0, y0 = np.floor(upper.min(0) - 0.5 * iod).astype(int)
    x1, y1 = np.ceil(lower.max(0) + np.array([0.5, 1.0]) * iod).astype(int)
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, image.shape[1]), min(y1, image.shape[0])
    ys, xs = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    top = np.interp(xs[0], upper[:, 0], upper[:, 1])[None]
    bottom = np.interp(xs[0], lower[:, 0], lower[:, 1])[None]
    depth = (ys - top) / iod  # below the upper lip
    gap = float(np.max(lower[:, 1] - upper[:, 1])) / iod
    skin = image[int(face.points[50, 1]), int(face.points[50, 0])]
    light = float(skin.mean())
    across = np.clip(1 - ((xs - upper[:, 0].mean()) / (0.36 * iod)) ** 2, 0, 1)
    dark = np.array([0.30, 0.13, 0.12]) * light * (0.35 + 0.4 * across)[..., None]
    tongue = np.exp(-(((depth - 0.42) / 0.16) ** 2))[..., None] * across[..., None]
    inside = dark + tongue * np.array([0.36, 0.14, 0.14]) * light
    if gap < 0.04:  # a closed mouth: an upper row of teeth in the shade of the lip
        teeth = _step(0.10 - depth, 0.015) * _step(across - 0.25, 0.15)
        gaps = 0.94 + 0.06 * np.cos(2 * np.pi * (xs - upper[:, 0].mean()) / (0.085 * iod))
        white = np.array([0.92, 0.86, 0.78]) * light * (0.55 + 2.5 * np.clip(depth, 0, 0.1) * across)[..., None]
        inside = inside * (1 - teeth) + white * teeth * gaps[..., None]
    else:  # its own teeth, continued upwards under the lip
        own = cv2.remap(image, xs, np.maximum(ys, top + 0.015 * iod).astype(np.float32), cv2.INTER_LINEAR)
        ends = np.minimum(xs - upper[0, 0], upper[-1, 0] - xs) / iod
        shown = _step((bottom - ys) / iod - 0.004, 0.010) * _step(ends - 0.045, 0.03)
        inside = inside * (1 - shown) + own * shown
    between = (_step((ys - top) / iod, 0.006) * _step((bottom - ys) / iod, 0.006)) if gap < 0.04 else 0.0
    layer = image.copy()
    layer[y0:y1, x0:x1] = inside * (1 - between) + image[y0:y1, x0:x1] * between
    return layer


def _step(value: np.ndarray, width: float) -> np.ndarray:
    """(h, w) -> (h, w, 1), 0 to 1 around 0."""
    return np.clip(value / (2 * width) + 0.5, 0, 1)[..., None]
