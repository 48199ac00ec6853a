"""Files and folders that are no good video, or an unusual one; made at test time, nothing is committed.

Each maker takes a folder and gives the path it wrote there. What the sentences about them must say stands beside them,
so that both doors are held to the same table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from tests import barcode


@dataclass(frozen=True)
class Case:
    """A bad or unusual video.

    Attributes:
        make: writes it into a folder, gives its path.
        says: part of the sentence that people must read; for a video that can be used, part of its note.
        usable: whether it is a video nevertheless.
        rate: frames per second that the user gives with it, for folders.
    """

    make: Callable[[Path], Path]
    says: str
    usable: bool = False
    rate: float | None = None


def _empty(folder: Path) -> Path:
    path = folder / "empty.mp4"
    path.write_bytes(b"")
    return path


def _text(folder: Path) -> Path:
    path = folder / "text.mp4"
    path.write_text("These are notes, not a recording.\n" * 50)
    return path


def _cut_off(folder: Path) -> Path:
    path = barcode.write_video(folder / "cut off.mp4", range(60), container_options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    return path


def _index_lost(folder: Path) -> Path:
    path = barcode.write_video(folder / "index lost.mp4", range(61))
    path.write_bytes(path.read_bytes()[:-2000])  # the index stands at the end
    return path


def _sound_only(folder: Path) -> Path:
    path = folder / "sound only.mp4"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=16000, layout="mono")
        tone = (np.sin(np.arange(16 * 1024) / 5) * 9000).astype(np.int16)
        for start in range(0, len(tone), 1024):
            frame = av.AudioFrame.from_ndarray(tone[None, start : start + 1024], format="s16", layout="mono")
            frame.sample_rate, frame.pts = 16000, start
            container.mux(sound.encode(frame))
        container.mux(sound.encode())
    return path


def _no_pictures(folder: Path) -> Path:
    path = folder / "no pictures"
    path.mkdir()
    (path / "notes.txt").write_text("the pictures are on the other disk")
    return path


def _damaged_picture(folder: Path) -> Path:
    path = barcode.write_folder(folder / "damaged picture", range(30, 45))
    (path / "img37.jpg").write_bytes(b"not a picture")
    return path


def _one_frame(folder: Path) -> Path:
    return barcode.write_video(folder / "one frame.mp4", [17])


def _gaps(folder: Path) -> Path:
    return barcode.write_folder(folder / "gaps", range(5, 25), missing=(8, 9, 17))


def _hole(folder: Path) -> Path:
    return barcode.write_video(folder / "hole.mp4", range(20), ticks=[*range(10), *range(40, 50)])


def _unusual_name(folder: Path) -> Path:
    return barcode.write_video(folder / "Ünï cödé 微表情: 100 % [bold] ..$x$.mp4", range(2, 22))


def faces(folder: Path, picture: Path, frames: int = 8, scale: float = 0.6) -> Path:
    """A folder of pictures that all show `picture`."""
    shown = cv2.imread(str(picture))
    shown = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    path = folder / "several faces"
    path.mkdir()
    for number in range(frames):
        cv2.imwrite(str(path / f"{number:04d}.png"), np.roll(shown, number % 2, axis=1))
    return path


CASES = {
    "empty file": Case(_empty, "the file is empty"),
    "text renamed to mp4": Case(_text, "not a video that can be read"),
    "truncated mp4": Case(_cut_off, "its index lists 60 frames"),
    "mp4 without its index": Case(_index_lost, "not a video that can be read"),
    "sound only": Case(_sound_only, "no picture track, only sound"),
    "folder without pictures": Case(_no_pictures, "the folder holds no pictures", rate=30.0),
    "folder with a damaged picture": Case(_damaged_picture, "img37.jpg is not a picture", rate=30.0),
    "one frame": Case(_one_frame, "a single frame", usable=True),
    "folder with missing numbers": Case(_gaps, "3 of 20 frames have no picture", usable=True, rate=25.0),
    "hole in the recording": Case(_hole, "a hole of 1.03 s after frame 9", usable=True),
    "unusual name": Case(_unusual_name, "no face found", usable=True),
}
REAL = {
    "pyfeat_no_face.mp4": "no face found",
    "pyfeat_face_noface.mov": "% of the frames",
}


def make_all(folder: Path) -> dict[str, Path]:
    """Every case of `CASES` in one folder."""
    return {name: case.make(folder) for name, case in CASES.items()}
