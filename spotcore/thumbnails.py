"""Small pictures of a video for lists: one good frame, or the frame asked for."""

from __future__ import annotations

import numpy as np

from spotcore.errors import UnreadableVideo
from spotcore.packs import encode_jpeg, shown_size
from spotcore.video import Video

THUMBNAIL_WIDTH = 320
_QUALITY = 80
_LIVELY = 25.0  # standard deviation of luma: a faded or covered picture has less
_PLACES = (0.5, 0.4, 0.6, 0.3, 0.7)  # share of the video: the middle first


def thumbnail(video: Video, index: int | None = None, width: int = THUMBNAIL_WIDTH) -> bytes:
    """JPEG of at most that width.

    Without an index, of a frame near the middle: the first of five that has contrast (not faded or covered), else the
    one with the most.

    Raises:
        UnreadableVideo: the frame has no picture or cannot be decoded.
    """
    size = shown_size(video.info.width, video.info.height, width)
    frame = video.frame(_lively_frame(video) if index is None else index)
    return encode_jpeg(frame, size, _QUALITY)


def _lively_frame(video: Video) -> int:
    count = video.info.table.frame_count
    present = np.flatnonzero(video.info.table.present)
    contrast: dict[int, float] = {}
    for share in _PLACES:
        index = int(present[np.argmin(np.abs(present - round(share * (count - 1))))])
        if index not in contrast:
            contrast[index] = float(video.frame(index).luma()[::4, ::4].std())
        if contrast[index] > _LIVELY:
            return index
    if not contrast:
        raise UnreadableVideo(f"{video.info.path.name}: no frame has a picture")
    return max(contrast, key=contrast.__getitem__)
