"""The door to videos: open a file or a folder of numbered pictures, ask for frames, check it for import.

Callers use this module only; reading containers stands in `video_files`, folders in `image_folders`, the look of a
frame in `pictures`. No faces, no packs and no sound here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from spotcore.errors import InvalidSettings, UnreadableVideo
from spotcore.frame_table import FrameTable
from spotcore.image_folders import ImageFolder, numbered_pictures
from spotcore.pictures import Frame
from spotcore.repeats import PictureDifferences
from spotcore.video_files import VideoFile

__all__ = ["Frame", "FrameTable", "Video", "VideoInfo", "content_hash", "open_video", "probe"]

_CHUNK = 1 << 20


@dataclass(frozen=True)
class VideoInfo:
    """What is known about a video.

    Attributes:
        path: as given.
        kind: "file" or "images".
        width, height: pixels as shown, after rotation and pixel aspect.
        rotation: degrees clockwise that the stored pictures are turned by (0, 90, 180, 270).
        pixel_aspect: width over height of a stored pixel.
        codec: FFmpeg's name of it; for folders the suffix of the pictures.
        bit_depth: bits per sample as stored.
        has_audio: whether the file has a sound track.
        size_bytes: of the file, or of all pictures together.
        table: the frame table.
        notes: what a person should know although the video can be used, one sentence each; filled by `probe`.
    """

    path: Path
    kind: str
    width: int
    height: int
    rotation: int
    pixel_aspect: float
    codec: str
    bit_depth: int
    has_audio: bool
    size_bytes: int
    table: FrameTable
    notes: tuple[str, ...] = ()

    @cached_property
    def sha256(self) -> str:
        """Hash of the content, computed at first use (`probe` has done so)."""
        return content_hash(self.path)


class Video:
    """An open video; a context manager. Not for several threads at once."""

    def __init__(self, info: VideoInfo, reader: VideoFile | ImageFolder) -> None:
        self.info = info
        self._reader = reader

    def __enter__(self) -> Video:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[object, ...]:
        """Travels to another process as how it was opened, and stands at its beginning there."""
        return partial(open_video, self.info.path, table=self.info.table, threads=self._reader.threads), ()

    def close(self) -> None:
        self._reader.close()

    @property
    def start_second(self) -> float:
        """When the first frame is shown, on the clock that the file's sound track shares; 0 for a folder."""
        return self._reader.start_second

    @property
    def stated_seconds(self) -> float | None:
        """Length that the file states apart from its frames, where it does."""
        return self._reader.stated_seconds

    def require_end(self) -> None:
        """After the last frame: raise UnreadableVideo if decoding would go on."""
        self._reader.require_end()

    def notes(self, damaged: Sequence[int] = ()) -> tuple[str, ...]:
        """What a person should know although the video can be used, one sentence each without a full stop.

        Args:
            damaged: frames that came out of decoding patched; only decoding everything finds them.
        """
        return tuple(_notes(self.info, damaged, self.stated_seconds))

    def frames(self, first: int = 0, last: int | None = None, step: int = 1) -> Iterator[Frame]:
        """Decode first, first + step, ... up to last (included; the end of the video where None), in order.

        Raises:
            UnreadableVideo: a frame cannot be decoded.
            InvalidSettings: first, last or step lie outside the video.
        """
        table = self.info.table
        last = table.frame_count - 1 if last is None else last
        if step < 1 or first < 0 or last >= table.frame_count:
            raise InvalidSettings(f"{self.info.path.name} has the frames 0..{table.frame_count - 1}; "
                                  f"{first}..{last} in steps of {step} cannot be read")  # fmt: skip
        for index, picture in self._reader.pictures(first, last):
            if (index - first) % step == 0:
                yield Frame(index, float(table.timestamps[index]), picture)

    def frame(self, index: int) -> Frame:
        """The frame with that index, exactly, wherever the last one was.

        Raises:
            UnreadableVideo: it cannot be decoded.
            InvalidSettings: the video has no such frame.
        """
        return next(self.frames(index, index))


def open_video(path: Path | str, rate: float | None = None, *, table: FrameTable | None = None,
               threads: int = 0) -> Video:  # fmt: skip
    """Open a video file or a folder of numbered pictures.

    Args:
        path: file or folder.
        rate: frames per second; needed for a folder; a file has its own timestamps and does not use it.
        table: a table saved at import, which spares reading the whole file; it must belong to this content.
        threads: of FFmpeg; 0 lets it choose.

    Raises:
        UnreadableVideo: missing, empty, not a video, no picture track, cut off, no decodable frame.
        InvalidSettings: a folder without a rate, or a rate that is no positive number.
    """
    path = Path(path)
    if rate is not None and not 0 < rate <= 100_000:
        raise InvalidSettings(f"{path.name}: expected a rate in frames per second above 0, got {rate:g}")
    if path.is_dir():
        if rate is None and table is None:
            numbered_pictures(path)  # a folder that is no video at all is the more useful complaint
            raise InvalidSettings(f"{path.name}: a folder of pictures needs its rate in frames per second, got none")
        folder = ImageFolder(path, rate, table)
        return Video(_info(path, folder, "images", folder.size_bytes), folder)
    if not path.is_file():
        raise UnreadableVideo(f"{path}: no such file or folder")
    file = VideoFile(path, table, threads)
    return Video(_info(path, file, "file", path.stat().st_size), file)


def _info(path: Path, reader: VideoFile | ImageFolder, kind: str, size: int) -> VideoInfo:
    width, height = reader.orientation.shown
    return VideoInfo(path, kind, width, height, reader.orientation.rotation, reader.orientation.aspect, reader.codec,
                     reader.bit_depth, reader.has_audio, size, reader.table)  # fmt: skip


def probe(path: Path | str, rate: float | None = None, verify: bool = True,
          progress: Callable[[int, int], None] | None = None) -> VideoInfo:  # fmt: skip
    """Everything an import needs, the content hash included.

    With `verify` every frame is decoded once and the table has to come out. A file that is cut off or damaged is
    refused with the number of readable frames, rather than accepted in part: labels on half a recording would pass
    for labels on the whole. Frames that decode with errors (a patched picture) are accepted and counted in `notes`,
    like holes, missing pictures and a length that differs from the stated one. `progress(done, total)` may raise
    Cancelled. The table then holds how much each picture differs from the one before.

    Raises:
        UnreadableVideo, InvalidSettings: as open_video; also where decoding does not give the table's frames.
    """
    damaged: list[int] = []
    differences = PictureDifferences()
    with open_video(path, rate) as video:
        total = video.info.table.frame_count
        if verify:
            for frame in video.frames():
                if frame.damaged:
                    damaged.append(frame.index)
                differences.add(None if frame.picture is None else frame.luma())
                if progress is not None and (frame.index % 64 == 63 or frame.index == total - 1):
                    progress(frame.index + 1, total)
            video.require_end()
        table = replace(video.info.table, differences=differences.values()) if verify else video.info.table
        info = replace(video.info, table=table, notes=video.notes(damaged))
    _ = info.sha256
    return info


def _notes(info: VideoInfo, damaged: Sequence[int], stated_seconds: float | None) -> Iterator[str]:
    table = info.table
    if table.frame_count == 1:
        yield "the video has a single frame: there is no movement to find"
    if damaged:
        yield f"{len(damaged)} frames are damaged in the file and shown patched, the first is frame {damaged[0]}"
    if (missing := int((~table.present).sum())) > 0:
        yield f"{missing} of {table.frame_count} frames have no picture in the folder"
    if table.irregular:
        gaps = np.diff(table.timestamps)
        place = int(gaps.argmax())
        yield f"the recording has a hole of {gaps[place]:.2f} s after frame {place}"
    if stated_seconds is not None and stated_seconds - table.duration > max(1.0, 0.05 * stated_seconds):
        yield f"the file states {stated_seconds:.1f} s, its pictures end at {table.duration:.1f} s: is it cut off?"


def content_hash(path: Path | str) -> str:
    """SHA-256 in hex, read in pieces; of a folder over the sorted names and bytes of its pictures."""
    path = Path(path)
    digest = hashlib.sha256()
    pictures = [picture for _, picture in numbered_pictures(path)] if path.is_dir() else [path]
    for picture in pictures:
        if path.is_dir():
            digest.update(f"{picture.name}\0{picture.stat().st_size}\0".encode())
        with picture.open("rb") as file:
            while piece := file.read(_CHUNK):
                digest.update(piece)
    return digest.hexdigest()
