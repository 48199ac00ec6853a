"""Where a recording is not what it seems: pictures missing, holes in time, the same picture shown again.

Read from the frame table and, for repeated pictures of older tables, from the traces; no decoding here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spotcore.feature_files import Traces
from spotcore.frame_table import FrameTable
from spotcore.repeats import repeats

GAP = 1.5  # times the usual distance of two frames
CROWDED = 0.5
MOST_MARKS = 2000

Span = tuple[int, int]
"""First and last frame, both included."""


@dataclass(frozen=True)
class SourceMarks:
    """Frames worth knowing about, each list ascending and cut to `MOST_MARKS`.

    Attributes:
        missing: spans without a picture.
        gaps: (frame, seconds): this frame comes so much later than the one before, more than 1.5 times the usual.
        crowded: spans of frames that come less than half the usual time after the one before.
        repeated: spans of frames that show the picture of the frame before once more, found by how little the
            pictures differ (`repeats`). Of a table written before pictures were compared at import: those whose flow
            is the same to the last bit, where every frame was analysed, and None elsewhere.
        cut: some list was longer than `MOST_MARKS`.
    """

    missing: tuple[Span, ...]
    gaps: tuple[tuple[int, float], ...]
    crowded: tuple[Span, ...]
    repeated: tuple[Span, ...] | None
    cut: bool


def source_marks(table: FrameTable, traces: Traces | None = None) -> SourceMarks:
    """What the table of a video, and its traces where there are any, say about its frames."""
    steps = np.diff(table.timestamps)
    usual = float(np.median(steps)) if len(steps) else 0.0
    gaps = np.flatnonzero(steps > GAP * usual) + 1
    crowded = spans_of(np.r_[False, steps < CROWDED * usual])
    missing = spans_of(~table.present)
    if len(table.differences):
        repeated = spans_of(repeats(table.differences))
    else:
        repeated = None if traces is None else _repeated(table, traces)
    lists = (missing, gaps, crowded, repeated or ())
    return SourceMarks(
        missing[:MOST_MARKS],
        tuple((int(frame), round(float(steps[frame - 1]), 4)) for frame in gaps[:MOST_MARKS]),
        crowded[:MOST_MARKS],
        None if repeated is None else repeated[:MOST_MARKS],
        any(len(one) > MOST_MARKS for one in lists),
    )


def spans_of(flags: np.ndarray) -> tuple[Span, ...]:
    """Runs of True in (T,) bool.

    >>> spans_of(np.array([True, True, False, True]))
    ((0, 1), (3, 3))
    """
    edges = np.flatnonzero(np.diff(np.r_[0, np.asarray(flags, np.int8), 0]))
    return tuple((int(first), int(end) - 1) for first, end in edges.reshape(-1, 2))


def _repeated(table: FrameTable, traces: Traces) -> tuple[Span, ...] | None:
    """Flow of the same picture is the same to the last bit, except across anchors; another picture brings its noise."""
    if not np.array_equal(traces.frames, np.arange(table.frame_count)):
        return None
    same = (traces.displacement[1:] == traces.displacement[:-1]).all(axis=(1, 2))
    same &= traces.found[1:] & traces.found[:-1] & (traces.anchor[1:] == traces.anchor[:-1])
    return spans_of(np.r_[False, same])
