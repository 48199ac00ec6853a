"""Making a movement visible: the residual motion since the onset, measured densely and shown larger.

Pictures are aligned squares of the face (`aligned`); flow from the reference picture to each later one, head motion
fitted and taken away, the rest smoothed and shown `factor` times as large. Where faces are stands in `stabilising`;
which frames are shown and how they travel in `magnified_packs`. numpy and OpenCV only.

Flow sees 70-90 % of a true movement of 0.3-10 % of the inter-ocular distance (known deformations of a portrait), so
what is shown is rather too small than too large.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from spotcore.head_motion import fit_head_motion, head_displacement
from spotcore.stabilising import FACE_LEFT, FACE_SIDE, FACE_TOP

LARGEST_FACTOR = 20
FLOW_PIXELS = 192  # side of the square that flow sees: 69 pixels between the eyes
SMOOTHING = 0.045  # inter-ocular distances; wider shows a lip corner too small, narrower magnifies noise
LARGEST_SHIFT = 0.35  # inter-ocular distances that a magnified movement may add, beyond which pictures tear
_GRID = 0.1  # distance of the points that tell head motion, inter-ocular distances
_INVERSIONS = 8


@dataclass(frozen=True)
class Motion:
    """Movement of the face between two aligned pictures, head motion taken away.

    Attributes:
        residual: (H, W, 2) float32 inter-ocular distances, at the places of the first picture.
        head: (H, W, 2) float32, what the head alone did.
    """

    residual: np.ndarray
    head: np.ndarray

    @property
    def percent(self) -> np.ndarray:
        """(H, W) float32, size of the residual in per cent of the inter-ocular distance."""
        return cv2.magnitude(self.residual[..., 0], self.residual[..., 1]) * 100


def aligned(picture: np.ndarray, similarity: np.ndarray, side: int) -> np.ndarray:
    """The square of the face at rest: (side, side[, C]) uint8 of a (H, W[, C]) uint8 picture as shown.

    Args:
        similarity: (4,) of `FaceFrames.at`, picture pixels -> face coordinates.
    """
    across, turned, right, down = (float(value) for value in similarity)
    scale = side / FACE_SIDE
    rotation = np.array([[across, -turned], [turned, across]]) * scale
    shift = (np.array([right, down]) - (FACE_LEFT, FACE_TOP)) * scale - 0.5
    shrink = float(np.hypot(across, turned)) * scale
    if shrink < 0.7:  # no aliasing from big pictures
        picture = cv2.GaussianBlur(picture, (0, 0), 0.5 / shrink)
    return cv2.warpAffine(picture, np.column_stack([rotation, shift]), (side, side), flags=cv2.INTER_LINEAR,
                          borderMode=cv2.BORDER_REPLICATE)  # fmt: skip


@dataclass
class MotionReader:
    """Measures the movement from one aligned picture to others.

    Args:
        reference: (S, S, 3) uint8 BGR, the picture at rest: onset or neutral.
    """

    reference: np.ndarray
    _dis: cv2.DISOpticalFlow = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._dis.setFinestScale(0)
        self._dis.setVariationalRefinementIterations(5)
        self._small = _grey(self.reference)

    def to(self, picture: np.ndarray) -> Motion:
        """The movement from the reference to `picture`, (S, S, 3) uint8 BGR."""
        flow = self._dis.calc(self._small, _grey(picture), None) * (FACE_SIDE / FLOW_PIXELS)
        rows, columns = self._points
        motion = fit_head_motion(_FACE.positions[rows, columns], 100 * flow[rows, columns][None])
        head = head_displacement(_FACE.positions.reshape(-1, 3), motion)[0] / 100
        head = head.reshape(*flow.shape).astype(np.float32)
        residual = cv2.GaussianBlur((flow - head) * _FACE.weight[..., None], (0, 0), SMOOTHING / _FACE.pixel)
        return Motion(residual, head)

    @cached_property
    def _points(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of the quasi-rigid points where the reference has texture that flow can hold on to."""
        rows, columns = _FACE.rigid
        slopes = [cv2.Sobel(self._small, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1))]
        texture = cv2.GaussianBlur(cv2.magnitude(*slopes), (0, 0), 3)[rows, columns]
        kept = texture >= np.quantile(texture, 0.3)
        return rows[kept], columns[kept]


def magnified(picture: np.ndarray, motion: Motion, factor: float) -> tuple[np.ndarray, bool]:
    """An aligned picture with its residual movement shown `factor` times as large.

    Args:
        picture: (S, S, 3) uint8, the picture that `motion` leads to.
        factor: 1 gives the picture as it is.

    Returns:
        (S, S, 3) uint8, and whether some movement was so large that it is shown smaller than `factor` says.
    """
    if factor == 1:
        return picture.copy(), False
    extra = motion.residual * (factor - 1)
    size = cv2.magnitude(extra[..., 0], extra[..., 1])
    limited = bool((size > LARGEST_SHIFT).any())
    if limited:
        extra = extra * (LARGEST_SHIFT * np.tanh(size / LARGEST_SHIFT) / np.maximum(size, 1e-6))[..., None]
    # What was at x in the reference is at x + moved in the picture and shall be at x + moved + extra. For each place
    # y of the result we look for its x by fixed-point iteration, then fetch the picture at y - extra(x).
    moved = (motion.residual + motion.head) / _FACE.pixel
    extra = extra / _FACE.pixel
    whole, at = moved + extra, _FACE.places - moved - extra
    for _ in range(_INVERSIONS):
        step = cv2.remap(whole, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        at = 0.3 * at + 0.7 * (_FACE.places - step)  # damped, or strong gradients swing
    shift = cv2.remap(extra, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    side = len(picture)
    shift = cv2.resize(shift, (side, side), interpolation=cv2.INTER_LINEAR) * (side / FLOW_PIXELS)
    rows, columns = np.indices((side, side), dtype=np.float32)
    source = np.dstack([columns, rows]) - shift
    return cv2.remap(picture, source, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), limited


def marked(picture: np.ndarray, factor: float, limited: bool) -> np.ndarray:
    """The picture with "magnified 8x" written into it, so that it cannot be taken for footage wherever it goes."""
    if factor == 1:
        return picture
    text = f"magnified {factor:g}x" + (", large movements less" if limited else "")
    done, side = picture.copy(), len(picture)
    scale = side / 640
    (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    pad = max(3, height // 2)
    left, top = side - width - 2 * pad, side - height - below - 2 * pad
    cv2.rectangle(done, (left, top), (side, side), (20, 20, 20), -1)
    place = (left + pad, top + pad + height)
    cv2.putText(done, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (90, 220, 255), 1, cv2.LINE_AA)
    return done


class _Face:
    """What is known of every face in the square: depth, what is quasi-rigid, where the face ends."""

    def __init__(self) -> None:
        self.pixel = FACE_SIDE / FLOW_PIXELS  # inter-ocular distances
        rows, columns = np.indices((FLOW_PIXELS, FLOW_PIXELS), dtype=np.float32)
        self.places = np.dstack([columns, rows])
        x = FACE_LEFT + (columns + 0.5) * self.pixel
        y = FACE_TOP + (rows + 0.5) * self.pixel
        oval = np.hypot(x / 1.15, (y - 0.35) / 1.45)
        # A ball with a nose: enough to tell a small turn of the head from a movement in the face.
        depth = -0.9 * np.sqrt(np.clip(1 - oval**2, 0, None))
        depth -= 0.35 * np.exp(-((x / 0.16) ** 2) - ((y - 0.58) / 0.28) ** 2)
        self.positions = np.dstack([x, y, depth])
        # Outside of the face nothing is magnified; the edge is soft, or hair and collar would tear.
        self.weight = np.clip((1.32 - oval) / 0.2, 0, 1).astype(np.float32)
        brows = (np.abs(y + 0.3) < 0.26) & (np.abs(x) > 0.12) & (np.abs(x) < 1.0)
        lids = (np.abs(y) < 0.17) & (np.abs(np.abs(x) - 0.5) < 0.21)
        mouth = (y > 0.72) & (np.abs(x) < 0.75)
        jaw = y > 1.0
        step = round(_GRID / self.pixel)
        grid = np.zeros(oval.shape, bool)
        grid[::step, ::step] = True
        self.rigid = np.nonzero(grid & (oval < 0.92) & ~(brows | lids | mouth | jaw))


def _grey(picture: np.ndarray) -> np.ndarray:
    """(FLOW_PIXELS, FLOW_PIXELS) uint8 that flow compares."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    interpolation = cv2.INTER_AREA if len(grey) > FLOW_PIXELS else cv2.INTER_LINEAR
    return cv2.resize(grey, (FLOW_PIXELS, FLOW_PIXELS), interpolation=interpolation)


_FACE = _Face()
