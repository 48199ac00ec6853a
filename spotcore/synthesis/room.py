"""Where known expressions may be put into footage: away from proposals, cuts, blinks and lost faces.

What is put there is planned in `ladder`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import cv2
import numpy as np
from scipy.ndimage import median_filter

from spotcore.feature_files import Traces
from spotcore.intervals import Interval
from spotcore.sampling import nearest
from spotcore.video import Video
from spotcore.with_baseline import open_eyes

_THUMBNAIL = 32
# A cut changes the whole picture at once: by many grey levels, and by far more than the frames around it.
_CUT_LEVELS, _CUT_TIMES = 12.0, 5.0
_BLINK = 0.5  # `open_eyes` below this


def scene_cuts(video: Video, progress: Callable[[int, int], None] | None = None) -> list[int]:
    """First frames of new scenes: hard cuts only, a dissolve is not seen. Streams once through the video."""
    count = video.info.table.frame_count
    change = np.zeros(count)
    before: np.ndarray | None = None
    for frame in video.frames():
        if frame.present:
            small = cv2.resize(frame.luma(), (_THUMBNAIL, _THUMBNAIL), interpolation=cv2.INTER_AREA).astype(np.float32)
            change[frame.index] = 0.0 if before is None else float(np.abs(small - before).mean())
            before = small
        if progress is not None:
            progress(frame.index + 1, count)
    usual = median_filter(change, size=31, mode="nearest")
    return [int(t) for t in np.flatnonzero((change > _CUT_LEVELS) & (change > _CUT_TIMES * usual))]


def free_frames(
    traces: Traces, proposals: Sequence[Interval], cuts: Sequence[int], frame_count: int
) -> np.ndarray:
    """(T,) bool over all frames of the video: measured well, no proposal, no blink, not next to a cut.

    Args:
        traces: of the video, at the analysis rate.
        proposals: in original frame numbers.
        cuts: first frames of new scenes.
        frame_count: T.
    """
    if not len(traces):
        return np.zeros(frame_count, bool)
    quiet = traces.analysable & (open_eyes(traces) >= _BLINK)
    free = quiet[nearest(traces.frames, np.arange(frame_count))]
    for proposal in proposals:
        free[proposal.onset : proposal.offset + 1] = False
    for cut in cuts:
        free[max(cut - 1, 0) : cut + 1] = False
    return free


def longest_stretch(free: np.ndarray) -> int:
    """Number of frames of the longest run of True."""
    return max((sum(1 for _ in run) for value, run in groupby(free.tolist()) if value), default=0)
