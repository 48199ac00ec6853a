"""Procedural variants of the astronaut: other faces made from the one picture that shipped data may use.

A variant closes the smile (mostly), changes the shape of head and features, mirrors, adds skin texture, and changes
tone, contrast and the direction of light. Everything follows from its number.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from spotcore.synthesis.astronaut import astronaut_picture
from spotcore.synthesis.face import LOWER_INNER_LIP, UPPER_INNER_LIP, Face
from spotcore.synthesis.identities import Identity, from_picture
from spotcore.synthesis.rendering import Renderer
from spotcore.synthesis.script import ClipScript

_WORK_SIZE, _WORK_INTER_OCULAR = 720, 130.0

# mesh point on either side (equal: midline), largest outward and downward shift, width; inter-ocular distances
_SHAPES = (
    (234, 454, 0.14, 0.0, 0.5),  # width of the head
    (172, 397, 0.14, 0.05, 0.4),  # jaw
    (152, 152, 0.0, 0.20, 0.5),  # length of the chin
    (10, 10, 0.0, 0.15, 0.5),  # forehead
    (33, 263, 0.05, 0.03, 0.22),  # eyes apart, slant
    (105, 334, 0.03, 0.06, 0.18),  # height of the brows
    (1, 1, 0.0, 0.08, 0.22),  # length of the nose
    (129, 358, 0.05, 0.0, 0.16),  # width of the nose
    (61, 291, 0.08, 0.04, 0.2),  # width of the mouth
    (0, 0, 0.0, 0.03, 0.12),  # upper lip
    (17, 17, 0.0, 0.04, 0.12),  # lower lip
    (159, 386, 0.0, 0.015, 0.07),  # eyes wide or narrow
)


def variant_picture(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Picture (720, 720, 3) uint8 RGB and mesh (468, 3) of variant `number`."""
    rng = np.random.default_rng([number, 21])
    identity = from_picture("astronaut", *astronaut_picture(), _WORK_SIZE, _WORK_SIZE, _WORK_INTER_OCULAR)
    image, points = _closed(identity, rng)
    image, points = _reshaped(image, points, rng)
    if rng.random() < 0.5:
        image, points = np.ascontiguousarray(image[:, ::-1]), mirrored(points, image.shape[1])
    image = _lit(_textured(image, points, rng), points, rng)
    return np.clip(image, 0, 255).astype(np.uint8), points


def variant_identity(number: int, width: int, height: int, inter_ocular: float) -> Identity:
    """Variant `number` ready for rendering."""
    return from_picture(f"variant:{number}", *variant_picture(number), width, height, inter_ocular)


def mirrored(points: np.ndarray, width: int) -> np.ndarray:
    """Mesh (468, 3) of the mirrored picture: positions flipped, and every index on its own side again."""
    flipped = points * (-1, 1, 1) + (width - 1, 0, 0)
    return flipped[_partners()]


@lru_cache(maxsize=1)
def _partners() -> np.ndarray:
    """(468,) index of the mirror partner of every mesh point: the nearest one once the mirrored mesh lies on itself."""
    face = Face(astronaut_picture()[1])
    local = np.column_stack([face.local(face.points[:, :2]), face.points[:, 2] / face.inter_ocular])
    design = np.column_stack([local * (-1, 1, 1), np.ones(len(local))])
    fit = np.eye(4, 3)
    for _ in range(6):  # the head of the picture is turned a little: fit, match, fit again
        placed = design @ fit
        partners = np.argmin(((placed[:, None] - local[None]) ** 2).sum(-1), axis=1)
        fit = np.linalg.lstsq(design, local[partners], rcond=None)[0]
    return partners


def _closed(identity: Identity, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Relax the smile by a random amount, mostly until the lips meet; returns the picture (H, W, 3) and its mesh."""
    face = identity.face
    gap = (face.points[14] - face.points[13])[1] / face.inter_ocular
    closing = 1.0 if rng.random() < 0.75 else rng.uniform(0.0, 0.6)
    relax = closing * rng.uniform(0.6, 1.1)
    script = ClipScript(1, 30)
    for side in ("left", "right"):
        script.units["AU12", side] = np.array([-0.10 * relax])
        script.units["AU6", side] = np.array([-0.03 * relax])
        # AU25 at the inner lip is weaker than at the lip's middle: a little more than the gap closes it.
        script.units["AU25", side] = np.array([-1.15 * gap * closing])
    renderer = Renderer(identity, noise=0.0)
    luma, chroma = renderer.frame(script, 0)
    points = face.points.copy()
    points[:, :2] = renderer.landmarks(script, 0)
    points[:, 2] *= identity.inter_ocular / face.inter_ocular
    return _with_lip_line(_rgb(luma, chroma), points, closing), points


def _with_lip_line(image: np.ndarray, points: np.ndarray, strength: float) -> np.ndarray:
    """Cover the seam of closed lips by the shade that lies between real ones."""
    upper, lower = points[list(UPPER_INNER_LIP), :2], points[list(LOWER_INNER_LIP), :2]
    line = ((upper + lower) / 2 * 16).round().astype(np.int32)
    iod = Face(points).inter_ocular
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.polylines(mask, [line], False, 255, max(2, round(0.018 * iod)), cv2.LINE_AA, 4)
    shade = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.012 * iod)[..., None] * min(strength * 1.2, 1.0)
    dark = cv2.GaussianBlur(image, (0, 0), 0.06 * iod) * np.array([0.55, 0.43, 0.43], np.float32)
    return image + shade * (dark - image)


def _rgb(luma: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    """Studio-range planes -> (H, W, 3) float32 RGB 0..255."""
    y = 1.16438 * (luma.astype(np.float32) - 16)
    uv = cv2.resize(chroma, luma.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32) - 128
    u, v = uv[..., 0], uv[..., 1]
    return np.clip(np.dstack([y + 1.59603 * v, y - 0.39176 * u - 0.81297 * v, y + 2.01723 * u]), 0, 255)


def _reshaped(image: np.ndarray, points: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Move features by smooth random shifts; slightly different on the two sides."""
    face = Face(points)
    anchors, shifts, widths = [], [], []
    for left, right, outward, down, width in _SHAPES:
        size = np.clip(rng.normal(0, 0.6, 2), -1, 1) * (outward, down)
        for index, sign in ((left, -1.0), (right, 1.0)) if left != right else ((left, 0.0),):
            own = size * (1 + rng.normal(0, 0.12, 2))
            anchors.append(face.points[index, :2])
            shifts.append((sign * own[0] * face.right + own[1] * face.down) * face.inter_ocular)
            widths.append(width * face.inter_ocular)

    def displacement(xy: np.ndarray) -> np.ndarray:
        total = np.zeros_like(xy)
        for anchor, shift, width in zip(anchors, shifts, widths, strict=True):
            total += np.exp(-0.5 * ((xy - anchor) ** 2).sum(-1) / width**2)[..., None] * shift
        return total

    step = 8
    ys, xs = np.mgrid[0 : image.shape[0] : step, 0 : image.shape[1] : step].astype(np.float64)
    target = np.dstack([xs, ys])
    source = target.copy()
    for _ in range(6):
        source = target - displacement(source)
    # Grid nodes sit on every eighth pixel: enlarge with that alignment.
    matrix = np.array([[1 / step, 0, 0], [0, 1 / step, 0]])
    size = (image.shape[1], image.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    maps = [
        cv2.warpAffine(source[..., a].astype(np.float32), matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        for a in (0, 1)
    ]
    warped = cv2.remap(image, maps[0], maps[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    moved = points.copy()
    moved[:, :2] += displacement(points[:, :2])
    return warped, moved


def _textured(image: np.ndarray, points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Skin and cloth of another person: blotches, pores, freckles; hair and skin of another tone."""
    face = Face(points)
    shape = image.shape[:2]
    texture = np.zeros(shape, np.float32)
    for scale, size in ((0.015, 4.0), (0.04, 4.0), (0.12, 5.0), (0.4, 8.0)):
        sigma = scale * face.inter_ocular
        coarse = max(int(sigma / 2), 1)  # broad blotches need no fine grid
        noise = rng.standard_normal((shape[0] // coarse + 1, shape[1] // coarse + 1)).astype(np.float32)
        blurred = cv2.resize(cv2.GaussianBlur(noise, (0, 0), sigma / coarse), shape[::-1])
        texture += rng.uniform(0.2, 1.0) * size * blurred / blurred.std()
    spots = np.zeros(shape, np.float32)
    for _ in range(int(rng.integers(0, 60))):
        x, y = face.centre + rng.normal(0, 0.6, 2) * face.inter_ocular + face.down * 0.4 * face.inter_ocular
        cv2.circle(spots, (int(x), int(y)), int(rng.integers(1, 3)), 1.0, -1, cv2.LINE_AA)
    texture -= rng.uniform(5, 30) * cv2.GaussianBlur(spots, (0, 0), 1.0)
    out = image + texture[..., None] * np.array([1.0, 0.95, 0.9], np.float32)
    tone = np.array([1.0, 1.0, 1.0]) * rng.uniform(0.45, 1.05) * (1 + rng.normal(0, 0.06, 3))
    return np.clip(out, 0, 255) * tone.astype(np.float32)


def _lit(image: np.ndarray, points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light from one side, contrast, gamma."""
    face = Face(points)
    ys, xs = np.mgrid[0 : image.shape[0], 0 : image.shape[1]].astype(np.float32)
    angle, depth = rng.uniform(0, 2 * np.pi), rng.uniform(0.0, 0.45)
    along = ((xs - face.centre[0]) * np.cos(angle) + (ys - face.centre[1]) * np.sin(angle)) / (1.2 * face.inter_ocular)
    light = 1 + depth * np.tanh(along)
    gamma = rng.uniform(0.75, 1.35)
    lit = 255 * (np.clip(image * light[..., None], 0, 255) / 255) ** gamma
    return lit if rng.random() < 0.85 else np.repeat(lit.mean(-1, keepdims=True), 3, axis=-1)
