"""A folder of numbered pictures as a video: index = number - first number, a missing number keeps its index.

The rate comes from the user or a corpus reader, never from a guess. Nothing about the layout of particular corpora.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from spotcore.errors import UnreadableVideo
from spotcore.frame_table import FrameTable
from spotcore.pictures import LoadedPicture, Orientation

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
_NUMBER = re.compile(r"(\d+)(?!.*\d)")  # the last run of digits in the name
_LARGEST_SPAN = 20  # times as many numbers as pictures: beyond that the digits are dates or ids, not frame numbers


def numbered_pictures(path: Path) -> list[tuple[int, Path]]:
    """(number, file) of all pictures, ascending; hidden files and other suffixes are left out.

    Raises:
        UnreadableVideo: no pictures, a picture without a number, a number twice, or numbers that count no frames.
    """
    files = [file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES and not file.name.startswith(".")]
    if not files:
        raise UnreadableVideo(f"{path.name}: the folder holds no pictures (looked for {', '.join(sorted(_SUFFIXES))})")
    pictures = []
    for file in files:
        match = _NUMBER.search(file.stem)
        if match is None:
            raise UnreadableVideo(f"{path.name}: expected a frame number in every file name, {file.name} has none")
        pictures.append((int(match.group(1)), file))
    pictures.sort(key=lambda pair: (pair[0], pair[1].name))
    for (number, file), (other, twin) in pairwise(pictures):
        if number == other:
            raise UnreadableVideo(f"{path.name}: frame number {number} occurs twice ({file.name} and {twin.name})")
    span = pictures[-1][0] - pictures[0][0] + 1
    if span > _LARGEST_SPAN * len(pictures) + 1000:
        raise UnreadableVideo(
            f"{path.name}: the numbers run from {pictures[0][0]} to {pictures[-1][0]} for {len(pictures)} pictures; "
            "expected frame numbers that count up"
        )
    return pictures


class ImageFolder:
    """An open folder of pictures, with the same face as `video_files.VideoFile`.

    Raises (constructor):
        UnreadableVideo: see numbered_pictures; also a damaged picture or pictures of unequal size.
    """

    has_audio = False
    start_second = 0.0
    stated_seconds = None
    threads = 0

    def __init__(self, path: Path, rate: float | None, table: FrameTable | None = None) -> None:
        self.path = path
        pictures = numbered_pictures(path)
        self._files = dict(pictures)
        first, last = pictures[0][0], pictures[-1][0]
        if table is None:
            self.size_bytes = self._require_one_size(pictures)
            numbers = np.arange(first, last + 1, dtype=np.int64)
            table = FrameTable(
                timestamps=np.arange(len(numbers)) / float(rate),
                source_numbers=numbers,
                present=np.array([int(number) in self._files for number in numbers]),
                stream_rate=float(rate),
            )
        else:
            self.size_bytes = sum(file.stat().st_size for _, file in pictures)
        self.table = table
        self.codec = pictures[0][1].suffix.lower().lstrip(".")
        self.bit_depth = self._read(pictures[0][1], cv2.IMREAD_UNCHANGED).dtype.itemsize * 8
        picture = self._read(pictures[0][1], cv2.IMREAD_GRAYSCALE)  # the EXIF orientation is applied here
        self.orientation = Orientation(stored=(picture.shape[1], picture.shape[0]))

    def close(self) -> None:
        """Nothing stays open between frames."""

    def require_end(self) -> None:
        """A folder holds no more than its listing."""

    def pictures(self, first: int, last: int) -> Iterator[tuple[int, LoadedPicture | None]]:
        """The frames first..last, both included; None where the picture is missing."""
        for index in range(first, last + 1):
            file = self._files.get(int(self.table.source_numbers[index])) if self.table.present[index] else None
            yield index, None if file is None else LoadedPicture(lambda flag, file=file: self._read_checked(file, flag))

    def _require_one_size(self, pictures: list[tuple[int, Path]]) -> int:
        """Check the headers of all pictures; returns their bytes together."""
        sizes: dict[tuple[int, int], Path] = {}
        total = 0
        for _, file in pictures:
            total += file.stat().st_size
            try:
                with Image.open(file) as image:
                    sizes.setdefault(image.size, file)
            except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
                raise UnreadableVideo(f"{self.path.name}: {file.name} is not a picture that can be read") from error
        if len(sizes) > 1:
            named = ", ".join(f"{file.name} {width}x{height}" for (width, height), file in list(sizes.items())[:3])
            raise UnreadableVideo(f"{self.path.name}: expected pictures of one size, got {named}")
        return total

    def _read(self, file: Path, flag: int) -> np.ndarray:
        try:
            data = np.fromfile(file, dtype=np.uint8)  # cv2.imread fails without a reason; this names the file
            picture = cv2.imdecode(data, flag) if len(data) else None
        except (OSError, cv2.error):
            picture = None
        if picture is None:
            raise UnreadableVideo(f"{self.path.name}: the picture {file.name} is damaged or missing; "
                                  "take it out of the folder to leave a gap")  # fmt: skip
        return picture

    def _read_checked(self, file: Path, flag: int) -> np.ndarray:
        picture = self._read(file, flag)
        if (picture.shape[1], picture.shape[0]) != self.orientation.stored:
            raise UnreadableVideo(f"{self.path.name}: {file.name} is {picture.shape[1]}x{picture.shape[0]}, "
                                  f"expected {self.orientation.stored[0]}x{self.orientation.stored[1]}")  # fmt: skip
        return picture
