"""Action units as smooth displacement fields anchored on mesh landmarks (METHODS section 10).

Each unit is a list of anchors: a landmark on either side of the face, the direction in which it moves and the width of
its Gaussian. Fields are in inter-ocular distances at unit strength. Time courses and pictures are elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from spotcore.regions import REGION_INDEX
from spotcore.synthesis.face import Face
from spotcore.synthesis.mouth import below

SIDES = ("left", "right")  # of the image


@dataclass(frozen=True)
class Anchor:
    """One moving point of a unit.

    Attributes:
        left, right: mesh index on the image-left and image-right side; equal for points of the midline.
        outward: share of the movement away from the midline.
        down: share of the movement towards the chin.
        width: standard deviation of the Gaussian in inter-ocular distances.
    """

    left: int
    right: int
    outward: float
    down: float
    width: float


@dataclass(frozen=True)
class ActionUnit:
    """A FACS action unit.

    Attributes:
        anchors: what moves.
        part: "brow", "eye", "mouth" or "jaw"; units of the jaw move the lower lip away from the upper one. AU43 is the
            skin around closing eyes; the lids themselves are drawn by `eyelids`.
        largest: strongest plausible displacement in per cent of the inter-ocular distance.
    """

    anchors: tuple[Anchor, ...]
    part: str
    largest: float


def _a(left: int, right: int, outward: float, down: float, width: float) -> Anchor:
    return Anchor(left, right, outward, down, width)


UNITS: Mapping[str, ActionUnit] = {
    "AU1": ActionUnit((
        _a(66, 296, 0.05, -1, 0.15), _a(107, 336, 0.05, -1, 0.15), _a(105, 334, 0, -0.4, 0.14),
    ), "brow", 14),
    "AU2": ActionUnit((
        _a(63, 293, 0, -1, 0.15), _a(105, 334, 0, -0.8, 0.14), _a(70, 300, 0, -0.8, 0.14),
    ), "brow", 14),
    "AU4": ActionUnit((
        _a(66, 296, -0.5, 0.8, 0.15), _a(107, 336, -0.5, 0.7, 0.15), _a(105, 334, -0.25, 0.5, 0.15),
    ), "brow", 10),
    "AU6": ActionUnit((
        _a(50, 280, 0.1, -1, 0.22), _a(118, 347, 0, -0.7, 0.16), _a(61, 291, 0.2, -0.3, 0.14),
    ), "mouth", 8),
    "AU9": ActionUnit((
        _a(129, 358, 0, -1, 0.14), _a(55, 285, -0.3, 0.6, 0.14), _a(66, 296, -0.3, 0.6, 0.14),
        _a(0, 0, 0, -0.4, 0.12),
    ), "mouth", 8),
    "AU10": ActionUnit((
        _a(0, 0, 0, -1, 0.13), _a(37, 267, 0, -1, 0.11), _a(39, 269, 0, -0.8, 0.11), _a(92, 322, 0, -0.6, 0.13),
    ), "mouth", 12),
    "AU12": ActionUnit((
        _a(61, 291, 0.85, -0.6, 0.16), _a(40, 270, 0.4, -0.25, 0.13), _a(91, 321, 0.5, -0.2, 0.13),
        _a(205, 425, 0.4, -0.6, 0.2),
    ), "mouth", 30),
    "AU14": ActionUnit((
        _a(61, 291, 1, -0.05, 0.12), _a(57, 287, 0.7, 0, 0.12),
    ), "mouth", 12),
    "AU15": ActionUnit((
        _a(61, 291, 0.1, 1, 0.15), _a(91, 321, 0.05, 0.5, 0.12),
    ), "mouth", 14),
    "AU17": ActionUnit((
        _a(17, 17, 0, -1, 0.15), _a(200, 200, 0, -0.9, 0.2), _a(84, 314, 0, -0.9, 0.14), _a(61, 291, 0, 0.25, 0.1),
    ), "mouth", 12),
    "AU18": ActionUnit((
        _a(61, 291, -1, 0, 0.15), _a(40, 270, -0.5, 0, 0.12), _a(91, 321, -0.5, 0, 0.12),
    ), "mouth", 14),
    "AU20": ActionUnit((
        _a(61, 291, 1, 0.25, 0.17), _a(91, 321, 0.6, 0.2, 0.14), _a(40, 270, 0.5, 0.05, 0.13),
    ), "mouth", 18),
    "AU24": ActionUnit((
        _a(0, 0, 0, 0.8, 0.1), _a(37, 267, 0, 0.8, 0.1), _a(17, 17, 0, -1, 0.11), _a(84, 314, 0, -1, 0.11),
    ), "mouth", 6),
    "AU25": ActionUnit((
        _a(17, 17, 0, 1, 0.16), _a(84, 314, 0, 0.9, 0.14), _a(181, 405, 0, 0.7, 0.12), _a(200, 200, 0, 0.5, 0.2),
    ), "jaw", 14),
    "AU26": ActionUnit((
        _a(17, 17, 0, 1, 0.24), _a(84, 314, 0, 1, 0.24), _a(152, 152, 0, 1, 0.34), _a(200, 200, 0, 1, 0.3),
        _a(176, 400, 0, 0.95, 0.3), _a(136, 365, 0, 0.6, 0.26), _a(61, 291, -0.1, 0.4, 0.12),
    ), "jaw", 60),
    "AU43": ActionUnit((
        _a(145, 374, 0, -0.5, 0.10), _a(144, 373, 0, -0.5, 0.08), _a(153, 380, 0, -0.5, 0.08),
        _a(223, 443, 0, 0.8, 0.08), _a(222, 442, 0, 0.7, 0.08), _a(224, 444, 0, 0.7, 0.08),
        _a(33, 263, -0.5, 0.9, 0.10), _a(133, 362, -0.15, 0.8, 0.07),
    ), "eye", 6),
}  # fmt: skip


def unit_field(face: Face, unit: str, side: str, xy: np.ndarray, cut: bool = True) -> np.ndarray:
    """Displacement of one side of one unit at unit strength.

    Gaussians are normalised among each other and scaled by their union, so overlapping anchors do not add up. A point
    of the midline gives half its movement to either side; both sides together move it fully.

    Args:
        face: the neutral face.
        unit: key of UNITS.
        side: "left" or "right" of the image.
        xy: (..., 2) pixels.
        cut: let units of the jaw act below the mouth line only; without it the field is smooth across the lips.

    Returns:
        (..., 2) float64, pixels per inter-ocular distance of strength (strength 0.01 is one per cent).
    """
    outward = -face.right if side == "left" else face.right
    total = np.zeros((*xy.shape[:-1], 2))
    weights = np.zeros(xy.shape[:-1])
    outside = np.ones(xy.shape[:-1])
    for anchor in UNITS[unit].anchors:
        point = face.points[anchor.left if side == "left" else anchor.right, :2]
        distance = np.sum((xy - point) ** 2, axis=-1) / (anchor.width * face.inter_ocular) ** 2
        gauss = np.exp(-0.5 * distance)
        share = 0.5 if anchor.left == anchor.right else 1.0
        total += gauss[..., None] * share * (anchor.outward * outward + anchor.down * face.down)
        weights += gauss
        outside *= 1.0 - gauss
    field = total / (weights[..., None] + 1e-12) * (1.0 - outside)[..., None]
    # What crosses the midline belongs to the other side too: fade it there, so a one-sided smile stays one-sided.
    across = face.local(xy)[..., 0] * (-1.0 if side == "left" else 1.0)
    if all(a.left != a.right for a in UNITS[unit].anchors):
        field = field / (1.0 + np.exp(-np.clip(across / 0.05, -40, 40)))[..., None]
    if cut and UNITS[unit].part == "jaw":
        field = field * below(face, xy)[..., None]
    return field * face.inter_ocular


def region_vectors(face: Face, unit: str, side: str) -> np.ndarray:
    """(10, 2) displacement of the ten network regions at unit strength, per cent of the inter-ocular distance."""
    key = (unit, side)
    if key not in face.vectors:
        points = face.points[REGION_INDEX, :2]
        face.vectors[key] = unit_field(face, unit, side, points) / face.inter_ocular * 100.0
    return face.vectors[key]


def mixed_gains(face: Face, mix: Mapping[tuple[str, str], float], amplitude: float) -> dict[tuple[str, str], float]:
    """Strengths of a mix of units so that the region that moves farthest moves by `amplitude`.

    Args:
        face: the neutral face.
        mix: (unit, side) -> relative strength.
        amplitude: per cent of the inter-ocular distance.

    Returns:
        (unit, side) -> strength in inter-ocular distances.
    """
    total = sum(weight * region_vectors(face, unit, side) for (unit, side), weight in mix.items())
    largest = float(np.linalg.norm(total, axis=1).max())
    return {key: weight * amplitude / largest for key, weight in mix.items()}
