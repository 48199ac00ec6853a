"""The frame table: which frames a video has, when each is shown, and where decoding can start.

A frame is an index into this table, never time x rate. Reading the table from a container is the business of
`video_files`, from a folder of pictures that of `image_folders`; no decoding here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from spotcore.errors import InvalidFile

TABLE_FORMAT = "glint-frames/1"
_COMMON_RATES = (12.0, 12.5, 15.0, 24000 / 1001, 24.0, 25.0, 30000 / 1001, 30.0, 50.0, 60000 / 1001, 60.0,
                 90.0, 100.0, 120000 / 1001, 120.0, 200.0, 240.0, 250.0, 300.0, 500.0, 1000.0)  # fmt: skip


def _empty() -> np.ndarray:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class FrameTable:
    """All frames of one video in the order in which they are shown.

    Attributes:
        timestamps: (T,) float64, seconds since the first shown frame, strictly ascending.
        source_numbers: (T,) int64, 0..T-1 for a file, the number in the file name for a folder.
        present: (T,) bool, False where a folder lacks the picture of that number.
        stream_rate: frames per second as the container or the user states it; the rate of a one-frame video.
        ticks: (T,) int64, presentation timestamps in the container's own unit; empty for folders.
        keyframes: (K,) int64, indices of frames at which decoding can start; empty for folders.
        seek_points: (K,) int64, the container's decoding timestamp of each keyframe's packet.
        counted: the container's presentation timestamps cannot be trusted to name a frame (AVI with B-frames), so
            frames are told apart by counting from a keyframe.
        differences: (T,) float32, how much each picture differs from the one before (`repeats`); empty in tables
            that were written without looking at the pictures.
    """

    timestamps: np.ndarray
    source_numbers: np.ndarray
    present: np.ndarray
    stream_rate: float = 0.0
    ticks: np.ndarray = field(default_factory=_empty)
    keyframes: np.ndarray = field(default_factory=_empty)
    seek_points: np.ndarray = field(default_factory=_empty)
    counted: bool = False
    differences: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))

    def __post_init__(self) -> None:
        shapes = {self.timestamps.shape, self.source_numbers.shape, self.present.shape}
        if len(shapes) != 1 or self.timestamps.ndim != 1 or not len(self.timestamps):
            raise ValueError(f"a frame table needs at least one frame and three columns of one length, got {shapes}")
        if not (np.diff(self.timestamps) > 0).all():
            raise ValueError("the timestamps of a frame table must ascend strictly")
        if len(self.keyframes) != len(self.seek_points) or len(self.ticks) not in (0, len(self.timestamps)):
            raise ValueError("ticks or keyframes of a frame table do not fit its frames")
        if len(self.differences) not in (0, len(self.timestamps)):
            raise ValueError(f"{len(self.differences)} differences do not fit {len(self.timestamps)} frames")

    @property
    def frame_count(self) -> int:
        return len(self.timestamps)

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the end of the last one, which is taken to last a nominal frame."""
        return float(self.timestamps[-1]) + (1.0 / self.fps if self.fps > 0 else 0.0)

    @cached_property
    def fps(self) -> float:
        """Mean rate in frames per second, snapped to a usual rate within 0.1 %, else rounded to 1/1000."""
        span = float(self.timestamps[-1] - self.timestamps[0])
        rate = (self.frame_count - 1) / span if span > 0 else self.stream_rate
        if rate <= 0:
            return 0.0
        # A whole number or NTSC rate is meant when rounding of the container's clock explains the difference.
        nearest = min(_COMMON_RATES, key=lambda known: abs(known - rate))
        return nearest if abs(nearest - rate) <= 1e-3 * rate and not self.variable_rate else round(rate, 3)

    @cached_property
    def variable_rate(self) -> bool:
        """True where some gap between frames differs from the median gap by more than a quarter of it and 2 ms."""
        gaps = np.diff(self.timestamps)
        if not len(gaps):
            return False
        median = float(np.median(gaps))
        return bool((np.abs(gaps - median) > max(0.25 * median, 0.002)).any())

    @cached_property
    def irregular(self) -> bool:
        """True where a gap is longer than three median gaps: the recording itself has a hole."""
        gaps = np.diff(self.timestamps)
        return bool(len(gaps) and gaps.max() > 3 * np.median(gaps))

    def frame_at(self, seconds: float) -> int:
        """Index of the frame on screen at that time since the first frame; clipped to the video."""
        # A microsecond forgives seconds that went through text.
        place = int(np.searchsorted(self.timestamps, seconds + 1e-6, side="right")) - 1
        return min(max(place, 0), self.frame_count - 1)

    def same_frames(self, other: FrameTable) -> bool:
        """Whether both tables name the same frames at the same times."""
        return self.frame_count == other.frame_count and np.array_equal(self.ticks, other.ticks)

    def save(self, path: Path) -> None:
        """Write atomically as npz: a killed writer leaves either no file or a complete one."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        with part.open("wb") as file:
            columns = {name: getattr(self, name) for name in (*_COLUMNS, "differences")}
            np.savez(file, format=TABLE_FORMAT, counted=self.counted, stream_rate=self.stream_rate, **columns)
        part.replace(path)

    @staticmethod
    def load(path: Path) -> FrameTable:
        """Read a saved table.

        Raises:
            InvalidFile: not a frame table, of another format version, or damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as data:
                if str(data["format"]) != TABLE_FORMAT:
                    raise InvalidFile(f"{path}: expected the format {TABLE_FORMAT}, got {data['format']}")
                later = {name: data[name] for name in ("differences",) if name in data}  # older tables lack it
                return FrameTable(**{name: data[name] for name in _COLUMNS}, counted=bool(data["counted"]),
                                  stream_rate=float(data["stream_rate"]), **later)  # fmt: skip
        except InvalidFile:
            raise
        except Exception as error:
            raise InvalidFile(f"{path}: expected a frame table ({TABLE_FORMAT}), reading it failed: {error}") from error


_COLUMNS = ("timestamps", "source_numbers", "present", "ticks", "keyframes", "seek_points")
