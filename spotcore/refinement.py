"""Boundaries of proposals at the full frame rate, for videos that were measured at every k-th frame.

Only onset and offset move, by less than one analysis step; videos measured at every frame are returned as they came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spotcore.anchors import AnchorMeasurer
from spotcore.errors import UnreadableVideo
from spotcore.feature_files import Traces
from spotcore.intervals import Interval
from spotcore.person import PersonChoice, PersonFollower
from spotcore.sampling import nearest
from spotcore.video import Video

LEVEL = 0.1  # share of the peak at which a movement begins and ends


def refine(
    video: Video, traces: Traces, proposals: Sequence[Interval], person: PersonChoice | None = None
) -> list[Interval]:
    """Move onsets and offsets to the frame between samples where the movement passes 10 % of its height.

    The frames within one analysis step of a boundary are decoded and measured against the first of them. Where the
    movement does not pass the level there, or the face is not seen, the boundary stays.

    Returns:
        Proposals in the same order; those of a video measured at every frame unchanged. A proposal keeps its type:
        a boundary that would make a micro longer than 0.5 s, or a macro shorter, stays too.
    """
    step = int(traces.source.get("step", 1))
    if step == 1 or len(traces) < 4 or not proposals:
        return list(proposals)
    follower = PersonFollower(person)
    try:
        refiner = _Refiner(video, traces, step, follower)
        return [refiner.refined(proposal) for proposal in proposals]
    finally:
        follower.close()


class _Refiner:
    def __init__(self, video: Video, traces: Traces, step: int, follower: PersonFollower) -> None:
        self._video, self._traces, self._step, self._follower = video, traces, step, follower

    def refined(self, proposal: Interval) -> Interval:
        times = self._video.info.table.timestamps
        apex = proposal.onset if proposal.apex is None else proposal.apex
        rows = nearest(self._traces.frames, np.array([proposal.onset, apex, proposal.offset]))
        onset = self._boundary(proposal.onset, rows[0], rows[1], rising=True)
        offset = self._boundary(proposal.offset, rows[2], rows[1], rising=False)
        if not onset <= apex <= offset:
            return proposal
        moved = replace(proposal, onset=onset, offset=offset)
        was_short = proposal.seconds(times) <= 0.5 + 1e-4
        return moved if (moved.seconds(times) <= 0.5 + 1e-4) == was_short else proposal

    def _boundary(self, frame: int, row: int, apex_row: int, rising: bool) -> int:
        """The last frame below the level before a rise, the first one below it after a fall."""
        towards = self._traces.displacement[apex_row] - self._traces.displacement[row]  # (R, 2)
        height = float(np.linalg.norm(towards))
        if height < 1e-6:
            return frame
        first = max(0, frame - self._step)
        last = min(self._video.info.table.frame_count - 1, frame + self._step)
        course = self._course(first, last, towards / height)
        if course is None:
            return frame
        above = course - course[frame - first] > LEVEL * height
        if rising:
            over = np.flatnonzero(above[frame - first :])
            return frame + int(over[0]) - 1 if len(over) else frame
        over = np.flatnonzero(above[: frame - first + 1])
        return first + int(over[-1]) + 1 if len(over) else frame

    def _course(self, first: int, last: int, direction: np.ndarray) -> np.ndarray | None:
        """(last - first + 1,) movement along a direction, per cent, or None where it cannot be measured."""
        measurer = AnchorMeasurer(anchor_samples=10**9, check_backward=False)
        try:
            for sample, frame in enumerate(self._video.frames(first, last)):
                if not frame.present:
                    return None
                points = self._follower.landmarks(frame.rgb(), frame.index, frame.timestamp) if sample == 0 else None
                if sample == 0 and points is None:
                    return None
                measurer.add(sample, frame.luma(), points, mesh_tried=sample == 0)
        except UnreadableVideo:
            return None
        measurer.finish()
        return np.einsum("trc,rc->t", measurer.segments[0].displacement, direction)
