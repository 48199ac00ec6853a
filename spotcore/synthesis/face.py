"""The geometry of one face in one picture: mesh points and the directions that action units refer to.

No pictures and no movement here. Mesh indices are those of the 468-point MediaPipe mesh.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

UPPER_INNER_LIP = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_INNER_LIP = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
# Image-left eye, then image-right eye, both from the outer to the inner corner.
UPPER_LIDS = ((33, 246, 161, 160, 159, 158, 157, 173, 133), (263, 466, 388, 387, 386, 385, 384, 398, 362))
LOWER_LIDS = ((33, 7, 163, 144, 145, 153, 154, 155, 133), (263, 249, 390, 373, 374, 380, 381, 382, 362))
FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip


@dataclass(frozen=True)
class Face:
    """Mesh points of a neutral face with its own axes.

    Attributes:
        points: (468 or more, 3) float64, x and y in pixels of the picture, z in the same unit, larger is farther.
    """

    points: np.ndarray
    # Vectors of action units at the regions, filled by `action_units.region_vectors`: they are asked for very often.
    vectors: dict[tuple[str, str], np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def eyes(self) -> np.ndarray:
        """(2, 2) centre of the image-left and of the image-right eye, from the eye corners."""
        p = self.points[:, :2]
        return np.stack([(p[33] + p[133]) / 2, (p[362] + p[263]) / 2])

    @cached_property
    def inter_ocular(self) -> float:
        """Distance of the eye centres in pixels, the unit of all displacements."""
        return float(np.linalg.norm(self.eyes[1] - self.eyes[0]))

    @cached_property
    def right(self) -> np.ndarray:
        """(2,) unit vector towards image-right along the eye line."""
        along = self.eyes[1] - self.eyes[0]
        return along / np.linalg.norm(along)

    @cached_property
    def down(self) -> np.ndarray:
        """(2,) unit vector towards the chin."""
        return np.array([-self.right[1], self.right[0]])

    @cached_property
    def centre(self) -> np.ndarray:
        """(2,) midpoint between the eyes in pixels."""
        return self.eyes.mean(axis=0)

    def local(self, xy: np.ndarray) -> np.ndarray:
        """(..., 2) pixels -> (..., 2) right and down of the eye midpoint, in inter-ocular distances."""
        offset = np.asarray(xy, np.float64) - self.centre
        return np.stack([offset @ self.right, offset @ self.down], axis=-1) / self.inter_ocular

    def moved(self, matrix: np.ndarray) -> Face:
        """The same face after a similarity transform of the picture (2, 3)."""
        scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
        xy = self.points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        return Face(np.column_stack([xy, self.points[:, 2] * scale]))
