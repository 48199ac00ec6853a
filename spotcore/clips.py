"""Parts of a video for papers and talks: clips whose frames are those of the source, and onset | apex | offset side by
side. Which parts, and what stands below them, is the business of others."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from spotcore.errors import UnreadableVideo
from spotcore.video import Video

TICKS = 90_000
GAP = 8  # white pixels between the pictures of a triptych
# The first that this FFmpeg has; crf 16 is where eyes stop telling H.264 from the source.
CODECS = (("libx264", {"crf": "16", "preset": "medium"}), ("libopenh264", {}), ("mpeg4", {"qscale": "2"}))


def write_clip(video: Video, first: int, last: int, path: Path) -> int:
    """Write the frames `first` to `last`, both included, as .mp4 at the times at which the source shows them.

    Pictures that a folder lacks are lacking in the clip. Sides of odd length get one more pixel, as H.264 asks.

    Returns:
        How many frames were written.

    Raises:
        UnreadableVideo: not one of the frames is there.
    """
    name, options = next(one for one in CODECS if one[0] in av.codecs_available)
    stamps = video.info.table.timestamps
    part = path.with_name(path.name + ".part")
    written = 0
    try:
        with av.open(str(part), "w", format="mp4") as out:
            stream = None
            for frame in video.frames(first, last):
                if not frame.present:
                    continue
                picture = _even(frame.rgb())
                if stream is None:
                    stream = out.add_stream(name, rate=Fraction(video.info.table.fps).limit_denominator(1001))
                    stream.height, stream.width = picture.shape[:2]
                    stream.pix_fmt, stream.options = "yuv420p", options
                    stream.codec_context.time_base = stream.time_base = Fraction(1, TICKS)
                image = av.VideoFrame.from_ndarray(picture, format="rgb24")
                image.time_base = Fraction(1, TICKS)
                image.pts = round(float(stamps[frame.index] - stamps[first]) * TICKS)
                out.mux(stream.encode(image))
                written += 1
            if stream is None:
                raise UnreadableVideo(f"{path.name}: none of the frames {first} to {last} is there")
            out.mux(stream.encode())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return written


def write_triptych(video: Video, frames: Sequence[int], path: Path) -> None:
    """Write these frames side by side as .png, as they are; two where the apex is unknown.

    Raises:
        UnreadableVideo: one of them is missing.
    """
    pictures = []
    for number in frames:
        frame = video.frame(number)
        if not frame.present:
            raise UnreadableVideo(f"{path.name}: frame {number} is missing")
        pictures += [frame.rgb(), np.full((frame.rgb().shape[0], GAP, 3), 255, np.uint8)]
    side_by_side = np.hstack(pictures[:-1])  # (H, 3 * W + 2 * GAP, 3)
    done, data = cv2.imencode(".png", cv2.cvtColor(side_by_side, cv2.COLOR_RGB2BGR))
    if not done:
        raise UnreadableVideo(f"{path.name}: the picture could not be written")
    part = path.with_name(path.name + ".part")
    part.write_bytes(data.tobytes())
    part.replace(path)


def _even(picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) with even sides, the last row and column repeated where needed."""
    height, width = picture.shape[:2]
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge") if (height | width) % 2 else picture
