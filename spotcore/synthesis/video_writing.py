"""Writing frames as H.264: planes in, an mp4 out, one reused frame buffer. Reading belongs to `spotcore.video`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


class VideoWriter:
    """An mp4 that appears under its name only when it is complete.

    Args:
        path: file to write.
        width, height: pixels, even.
        fps: constant rate.
        crf: quality of libx264, lower is better.
        comment: metadata of the file; says that the clip is synthetic.
        threads: of the encoder; the result does not depend on it for a given number.
        preset: of the encoder.
        clock: seconds per tick where frames come with their own times; one frame of `fps` otherwise.
    """

    def __init__(
        self, path: Path, width: int, height: int, fps: float | Fraction, crf: int, comment: str, threads: int = 1,
        preset: str = "veryfast", clock: Fraction | None = None,
    ) -> None:  # fmt: skip
        self._path = Path(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._part = self._path.with_name(self._path.name + ".part")
        self._container = av.open(str(self._part), "w", format="mp4", options={"movflags": "+faststart"})
        self._container.metadata["comment"] = comment
        rate = Fraction(fps).limit_denominator(1001)
        self._clock = clock or 1 / rate
        self._stream = self._container.add_stream("libx264", rate=rate)
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "yuv420p"
        self._stream.options = {"crf": str(crf), "preset": preset, "threads": str(threads)}
        context = self._stream.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = 1, 6, 6, 6  # BT.601
        context.time_base = self._clock
        self._buffer = np.empty((height * 3 // 2, width), np.uint8)
        self._shape = (height, width)
        self._count = 0

    def write(self, luma: np.ndarray, chroma: np.ndarray) -> None:
        """Append a frame: luma (H, W) uint8, chroma (H/2, W/2, 2) uint8."""
        h, w = self._shape
        self._buffer[:h] = luma
        quarter = h * w // 4
        flat = self._buffer[h:].reshape(-1)
        flat[:quarter] = chroma[..., 0].reshape(-1)
        flat[quarter:] = chroma[..., 1].reshape(-1)
        self._encode(av.VideoFrame.from_ndarray(self._buffer, format="yuv420p"), None)

    def write_rgb(self, rgb: np.ndarray, seconds: float | None = None) -> None:
        """Append a frame (H, W, 3) uint8 that is shown at `seconds`; right after the one before where None."""
        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
        self._encode(frame.reformat(format="yuv420p", dst_colorspace="ITU601", dst_color_range="MPEG"), seconds)

    def _encode(self, frame: av.VideoFrame, seconds: float | None) -> None:
        frame.pts = self._count if seconds is None else round(seconds / self._clock)
        frame.time_base = self._clock
        self._count += 1
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if kind is None:
                for packet in self._stream.encode():
                    self._container.mux(packet)
        finally:
            self._container.close()
        if kind is None:
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)
