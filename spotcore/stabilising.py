"""Where the face stands in each picture: the similarity that brings every frame onto one face at rest.

Numbers only, from traces that are stored already: what is drawn with them is the business of the page and of
`magnify`. Coordinates of the face: origin between the eyes, x to the right and y down along the face's own axes, unit
the inter-ocular distance, so that 0.01 is one per cent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spotcore.errors import InvalidFile
from spotcore.feature_files import Traces
from spotcore.regions import LEFT_EYE, RIGHT_EYE, RIGID_POINTS

# The square of the face that is shown and magnified: left, top and side in inter-ocular distances. Brows and chin are
# inside with room for a dropped jaw.
FACE_LEFT, FACE_TOP, FACE_SIDE = -1.4, -1.05, 2.8
_SHAPES = 4000  # frames that vote on the shape of the face at rest


@dataclass(frozen=True)
class FaceFrames:
    """The similarity of every measured sample: face = scaling * picture + shift, both as complex numbers.

    Attributes:
        frames: (T,) int64 original frame numbers, ascending.
        scaling: (T,) complex128, turn and scale, inter-ocular distances per pixel; not a number without a face.
        shift: (T,) complex128, inter-ocular distances.
    """

    frames: np.ndarray
    scaling: np.ndarray
    shift: np.ndarray

    def at(self, numbers: np.ndarray) -> np.ndarray:
        """Similarities of original frames: (N, 4) float32, real and imaginary part of scaling, then of shift.

        Between two samples (videos analysed at every k-th frame) they are interpolated; rows are not a number where
        no face was measured within one sample.
        """
        numbers = np.asarray(numbers)
        if not len(self.frames):
            return np.full((len(numbers), 4), np.nan, np.float32)
        right = np.clip(np.searchsorted(self.frames, numbers), 0, len(self.frames) - 1)
        left = np.clip(np.where(self.frames[right] > numbers, right - 1, right), 0, None)
        gap = np.maximum(self.frames[right] - self.frames[left], 1)
        share = np.clip((numbers - self.frames[left]) / gap, 0, 1)
        rows = [_between(values[left], values[right], share) for values in (self.scaling, self.shift)]
        step = int(np.median(np.diff(self.frames))) if len(self.frames) > 1 else 1
        beyond = (numbers > self.frames[-1] + step) | (numbers < self.frames[0] - step)
        found = np.stack([part for row in rows for part in (row.real, row.imag)], axis=1)
        found[beyond] = np.nan
        return found.astype(np.float32)


def stabilise(traces: Traces) -> FaceFrames:
    """Fit every measured face, by its eye corners and nose, to the shape that this face has at rest.

    Plain least squares per frame: nothing is smoothed over time, so that no movement of the face is smeared over its
    neighbours.

    Raises:
        InvalidFile: traces of an older extractor, which kept no places in the picture.
    """
    points = _joined(rigid_points(traces), traces.anchor, traces.found)  # (T, P)
    points[~traces.found] = np.nan
    shape = _shape_at_rest(points)
    middle = points.mean(axis=1)
    centred = points - middle[:, None]
    with np.errstate(invalid="ignore"):
        scaling = (centred.conj() * (shape - shape.mean())).sum(axis=1) / (np.abs(centred) ** 2).sum(axis=1)
    return FaceFrames(traces.frames, scaling, shape.mean() - scaling * middle)


def rigid_points(traces: Traces) -> np.ndarray:
    """(T, P) complex128: x + iy of `RIGID_POINTS` in pixels of the picture as shown.

    Raises:
        InvalidFile: the traces hold none.
    """
    names = [f"picture/{index}" for index in RIGID_POINTS]
    if any(f"{name}/{axis}" not in traces.signals for name in names for axis in "xy"):
        raise InvalidFile("these measurements do not say where the face is in the picture; spot the video again")
    columns = [traces.signals[f"{name}/x"] + 1j * traces.signals[f"{name}/y"] for name in names]
    return np.stack(columns, axis=1).astype(np.complex128)


def _joined(points: np.ndarray, anchor: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Points without the jump where one anchor segment ends and the next begins.

    Inside a segment flow follows the points; the next one begins with landmarks found anew, some tenths of a per cent
    beside them, which would look like a jerk of the whole face. The difference is spread over the segment that ends
    there, too slow to be seen.
    """
    points = points.copy()
    starts = np.flatnonzero(np.diff(anchor)) + 1
    for begin, end in zip(np.r_[0, starts][:-1], starts, strict=True):
        if end - begin < 2 or end + 1 >= len(points) or not (found[end - 1] and found[end] and found[end + 1]):
            continue
        # Where flow would have brought them: the frame before, moved on at the mean speed of both sides.
        speed = (points[end - 1] - points[end - 2] + points[end + 1] - points[end]) / 2
        gap = points[end] - (points[end - 1] + speed)
        points[begin:end] += gap * (np.arange(end - begin) / (end - begin))[:, None]
    return points


def _shape_at_rest(points: np.ndarray) -> np.ndarray:
    """(P,) complex128: the median shape in face coordinates; eyes level and one apart."""
    found = points[np.isfinite(points).all(axis=1)]
    if not len(found):
        return np.zeros(points.shape[1], np.complex128)
    some = found[:: max(1, len(found) // _SHAPES)]
    left, right = (some[:, [RIGID_POINTS.index(k) for k in eye]].mean(axis=1) for eye in (LEFT_EYE, RIGHT_EYE))
    apart = np.where(np.abs(right - left) > 0, right - left, 1)
    faces = (some - ((left + right) / 2)[:, None]) / apart[:, None]
    return np.median(faces.real, axis=0) + 1j * np.median(faces.imag, axis=0)


def _between(left: np.ndarray, right: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Linear between two samples; the one that has a face where the other has none and is farther away."""
    mixed = left * (1 - share) + right * share
    nearest = np.where(share < 0.5, left, right)
    return np.where(np.isfinite(mixed), mixed, nearest)
