"""Which person is analysed when several are seen: the largest face, followed, unless somebody chose another.

Finding landmarks is the business of `landmarks`; measuring their movement that of `features`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from spotcore.alignment import padded_crop
from spotcore.errors import InvalidSettings
from spotcore.landmarks import FaceFinder, FaceFollower, face_size

# The follower sees a square around the face; this many face diagonals wide. A view larger than VIEW_LIMIT is brought
# down to VIEW_PIXELS; below that, averaging costs more time than the mesh saves on fewer pixels.
VIEW_DIAGONALS = 1.7
VIEW_PIXELS, VIEW_LIMIT = 384, 640
# A face that much larger than the followed one is taken instead when the picture is searched again (no choice made).
TAKE_OVER = 1.6


@dataclass(frozen=True)
class PersonChoice:
    """A person pointed at in one frame.

    Attributes:
        frame: original frame number in which the person was pointed at.
        point: (x, y) in pixels of the frame as shown.
        box: (left, top, width, height) in the same pixels; its middle counts.

    Raises:
        InvalidSettings: unless exactly one of point and box is given and the frame is not negative.
    """

    frame: int
    point: tuple[float, float] | None = None
    box: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        if (self.point is None) == (self.box is None) or self.frame < 0:
            raise InvalidSettings(
                f"a person is chosen by a frame from 0 on and either a point or a box, got frame {self.frame}, "
                f"point {self.point}, box {self.box}"
            )

    @property
    def middle(self) -> np.ndarray:
        if self.point is not None:
            return np.asarray(self.point, float)
        left, top, width, height = self.box
        return np.array([left + width / 2, top + height / 2])

    def to_json(self) -> dict[str, object]:
        named = {"frame": self.frame, "point": self.point, "box": self.box}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in named.items() if v is not None}

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> PersonChoice:
        """Inverse of `to_json`.

        Raises:
            InvalidSettings: another shape.
        """
        try:
            point, box = value.get("point"), value.get("box")
            return cls(
                frame=int(value["frame"]),
                point=None if point is None else tuple(float(v) for v in point),
                box=None if box is None else tuple(float(v) for v in box),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidSettings(f"expected a person as {{frame, point}} or {{frame, box}}, got {value!r}") from error


def _middle(points: np.ndarray) -> np.ndarray:
    return points[:, :2].mean(axis=0)


@dataclass(frozen=True)
class Followed:
    """What a follower knows between two frames.

    Attributes:
        chosen: the person that was asked for has been looked for.
        last: (468, 3) landmarks last seen, None before the first.
        view: left, top and side of the square that is looked at, None where the face is lost.
        searched_at: second of the last look at the whole picture.
        several: more than one face has been seen so far.
    """

    chosen: bool
    last: np.ndarray | None
    view: tuple[int, int, int] | None
    searched_at: float
    several: bool


class PersonFollower:
    """Landmarks of one person through a video, read in ascending frames.

    Args:
        choice: whom to follow.
        search_seconds: between looks at the whole picture.
        known: what another follower knew where this one begins.
    """

    def __init__(
        self, choice: PersonChoice | None = None, search_seconds: float = 2.0, known: Followed | None = None
    ) -> None:
        self._finder = FaceFinder()
        self._follower = FaceFollower()
        self._choice = choice
        self._search_seconds = search_seconds
        known = Followed(choice is None, None, None, -np.inf, False) if known is None else known
        self._chosen, self._last, self._view = known.chosen, known.last, known.view
        self._searched_at, self.several = known.searched_at, known.several

    def begin_anew(self) -> Followed:
        """Forget what only MediaPipe's graph knows, so that a new follower that is given the answer goes on alike."""
        self._follower.close()
        self._follower = FaceFollower()
        return Followed(self._chosen, self._last, self._view, self._searched_at, self.several)

    def landmarks(self, rgb: np.ndarray, frame: int, seconds: float) -> np.ndarray | None:
        """(468, 3) float64 landmarks of the followed person in pixels of `rgb`, or None where the face is not seen."""
        choose_now = not self._chosen and frame >= self._choice.frame
        search = self._view is None or choose_now or seconds - self._searched_at >= self._search_seconds
        if search and not self._search(rgb, seconds, choose_now):
            return None
        points = self._read(rgb)
        if points is None:  # the follower looked where the face had been; the second look starts from its detector
            points = self._read(rgb)
        if points is None:
            self._view = None
            return None
        self._last = points
        left, top, side = self._view
        if np.abs(_middle(points) - (left + side / 2, top + side / 2)).max() > side / 6:
            self._view = self._view_around(points)
        return points

    def _search(self, rgb: np.ndarray, seconds: float, choose_now: bool) -> bool:
        """Look at the whole picture; True when there is a view to follow a face in."""
        self._searched_at = seconds
        faces = self._finder.find(rgb)
        self.several = self.several or len(faces) > 1
        if not faces:
            return self._view is not None
        if choose_now or (self._choice is not None and self._last is None):
            taken = min(faces, key=lambda f: np.hypot(*(_middle(f) - self._choice.middle)))
            self._chosen = self._chosen or choose_now
        elif self._view is not None and self._last is not None:
            if self._choice is not None or face_size(faces[0]) < TAKE_OVER * face_size(self._last):
                return True
            taken = faces[0]
        elif self._last is not None:
            near = [f for f in faces if np.hypot(*(_middle(f) - _middle(self._last))) < face_size(self._last)]
            taken = near[0] if near else faces[0]
        else:
            taken = faces[0]
        self._view = self._view_around(taken)
        return True

    def _view_around(self, points: np.ndarray) -> tuple[int, int, int]:
        side = max(32, round(VIEW_DIAGONALS * face_size(points)))
        left, top = np.round(_middle(points) - side / 2).astype(int)
        return int(left), int(top), side

    def _read(self, rgb: np.ndarray) -> np.ndarray | None:
        left, top, side = self._view
        view = padded_crop(rgb, left, top, side, side)
        scale = 1.0
        if side > VIEW_LIMIT:
            view = cv2.resize(view, (VIEW_PIXELS, VIEW_PIXELS), interpolation=cv2.INTER_AREA)
            scale = VIEW_PIXELS / side
        points = self._follower.follow(view)
        if points is None:
            return None
        return points / scale + (left, top, 0)

    def close(self) -> None:
        self._finder.close()
        self._follower.close()
