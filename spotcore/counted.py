"""Which proposals count where not all footage was looked at: those in reviewed footage that nobody was unsure about.

A proposal where nobody has looked is neither right nor wrong. Torch-free, no files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from spotcore.intervals import Interval

Span = tuple[int, int]
# A proposal that lies for less than this share in footage that counts is left out.
COUNTED_SHARE = 0.5


def counting_frames(frame_count: int, reviewed: Iterable[Span], unsure: Iterable[Span]) -> np.ndarray:
    """(frame_count,) bool: somebody looked, and was sure. Spans are first and last frame, both included."""
    counting = np.zeros(frame_count, bool)
    for first, last in reviewed:
        counting[first : last + 1] = True
    for first, last in unsure:
        counting[first : last + 1] = False
    return counting


def counted(proposals: Sequence[Interval], counting: np.ndarray) -> list[Interval]:
    """The proposals that lie mostly in footage that counts.

    >>> counting = counting_frames(10, [(0, 5)], [])
    >>> [p.onset for p in counted([Interval(4, 7, "micro"), Interval(5, 8, "micro")], counting)]
    [4]
    """
    return [p for p in proposals if counting[p.onset : p.offset + 1].mean() >= COUNTED_SHARE]
