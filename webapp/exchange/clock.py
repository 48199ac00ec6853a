"""Between frame numbers and the milliseconds of programs that know no frames.

A frame is shown from its timestamp to that of the next one, so an interval that ends with frame t ends when frame
t + 1 begins; the last frame lasts as long as the frame before it. Both ways are exact for any source whose frames last
longer than a millisecond, whatever its rate: milliseconds come from the frame table, never from number / rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Clock:
    """When the frames of one video are shown.

    Attributes:
        timestamps: (T,) float64, seconds since the first shown frame, strictly ascending.
    """

    timestamps: np.ndarray

    @classmethod
    def steady(cls, frame_count: int, fps: float) -> Clock:
        """The clock of footage without a frame table, such as a sheet of labels alone."""
        return cls(np.arange(frame_count) / fps)

    @cached_property
    def borders(self) -> np.ndarray:
        """(T + 1,) float64 milliseconds at which frames begin, and the end of the last one."""
        stamps = self.timestamps
        last = stamps[-1] - stamps[-2] if len(stamps) > 1 else 0.04
        return np.append(stamps, stamps[-1] + last) * 1000.0

    def begins(self, frame: int) -> int:
        """Whole milliseconds at which a frame begins."""
        return round(float(self.borders[frame]))

    def ends(self, frame: int) -> int:
        """Whole milliseconds at which a frame ends."""
        return round(float(self.borders[frame + 1]))

    def frame_beginning(self, milliseconds: float) -> int:
        """The frame that begins nearest to a time; the video's first or last one for times outside."""
        return self._nearest(milliseconds, self.borders[:-1])

    def frame_ending(self, milliseconds: float) -> int:
        """The frame that ends nearest to a time."""
        return self._nearest(milliseconds, self.borders[1:])

    @property
    def coarse(self) -> bool:
        """Whether whole milliseconds cannot tell neighbouring frames apart."""
        rounded = np.round(self.borders)
        return bool((np.diff(rounded) < 1).any())

    @staticmethod
    def _nearest(milliseconds: float, borders: np.ndarray) -> int:
        after = int(np.clip(np.searchsorted(borders, milliseconds), 1, len(borders) - 1)) if len(borders) > 1 else 0
        before = max(after - 1, 0)
        return before if milliseconds - borders[before] <= borders[after] - milliseconds else after
