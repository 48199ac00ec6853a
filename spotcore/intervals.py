"""The interval, the value that everything in Glint is about, with its one convention.

Frames are 0-based and both ends are included: length = offset - onset + 1. Readers and writers of outside formats
convert at the door, never here. No file formats and no arrays of probabilities in this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from spotcore.errors import InvalidInterval

EXPRESSION_TYPES = ("macro", "micro")
MICRO_MAX_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Interval:
    """An expression from its onset to its offset frame.

    Attributes:
        onset: first frame, 0-based.
        offset: last frame, included.
        type: "macro" or "micro".
        apex: strongest frame, or None where nobody knows it.
        score: one number per proposal, larger is surer; None for intervals decided by a person.

    Raises:
        InvalidInterval: unless 0 <= onset <= apex <= offset and the type is known.
    """

    onset: int
    offset: int
    type: str
    apex: int | None = None
    score: float | None = None

    def __post_init__(self) -> None:
        apex = self.onset if self.apex is None else self.apex
        if not 0 <= self.onset <= apex <= self.offset:
            raise InvalidInterval(
                f"expected 0 <= onset <= apex <= offset, got onset {self.onset}, apex {self.apex}, offset {self.offset}"
            )
        if self.type not in EXPRESSION_TYPES:
            raise InvalidInterval(f"expected the type macro or micro, got {self.type!r}")

    @property
    def length(self) -> int:
        """Number of frames, both ends included."""
        return self.offset - self.onset + 1

    def seconds(self, timestamps: Sequence[float] | np.ndarray) -> float:
        """Duration as the field defines it: timestamp[offset] - timestamp[onset] (METHODS section 1)."""
        return float(timestamps[self.offset] - timestamps[self.onset])

    def contains(self, frame: int) -> bool:
        return self.onset <= frame <= self.offset

    def with_score(self, score: float | None) -> Interval:
        return replace(self, score=score)


def iou(a: Interval, b: Interval) -> float:
    """Intersection over union of two intervals, lengths inclusive.

    >>> round(iou(Interval(10, 17, "micro"), Interval(13, 19, "micro")), 2)
    0.5
    """
    shared = min(a.offset, b.offset) - max(a.onset, b.onset) + 1
    return max(shared, 0) / (a.length + b.length - max(shared, 0))


def type_by_duration(onset: int, offset: int, timestamps: Sequence[float] | np.ndarray) -> str:
    """"micro" up to 0.5 s between the two timestamps, else "macro"."""
    # A tenth of a millisecond forgives timestamps that were rounded on their way through a container.
    return "micro" if timestamps[offset] - timestamps[onset] <= MICRO_MAX_SECONDS + 1e-4 else "macro"
