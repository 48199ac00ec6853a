"""What is measured of a long video so far, as files: one per block of some minutes, written once, never changed.

A process that dies loses the block it was in. Files hold arrays only and are read without pickle. What is measured
stands in `anchors`, where a block ends in `features`.
"""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from spotcore.anchors import MeshReading, Pause, Segment
from spotcore.person import Followed

log = logging.getLogger(__name__)

FORMAT = 1
_SPANS = ("displacement", "motion", "lid_gap", "fit_residual", "places", "watched")  # of a segment, by frame
_MESH = tuple(field.name for field in fields(MeshReading))


@dataclass(frozen=True)
class Measured:
    """Everything up to the end of a block.

    Attributes:
        end: number of the next measured frame.
        segments, meshes: of the measurer, see `anchors`.
        tried: measured frames on which the mesh was run.
        pause: what the measurer knows beside them.
        followed: what the follower knows.
    """

    end: int
    segments: list[Segment]
    meshes: list[MeshReading]
    tried: list[int]
    pause: Pause
    followed: Followed


class Blocks:
    """The files of one measurement.

    Args:
        folder: named after what is measured and how, as a trace file is; made when the first block is kept.
        length: measured frames in a block; files of other blocks are not used.
    """

    def __init__(self, folder: Path, length: int) -> None:
        self._folder, self._length = folder, length
        self._kept = (0, 0, 0)  # segments, meshes and tries that stand in files

    def load(self) -> Measured | None:
        """What whole blocks in unbroken order hold; None where there is not even the first."""
        segments: list[Segment] = []
        meshes: list[MeshReading] = []
        tried: list[int] = []
        last, number = None, 0
        while (arrays := self._read(number)) is not None:
            segments += _segments(arrays)
            meshes += [MeshReading(*row) for row in zip(*(_plain(name, arrays) for name in _MESH), strict=True)]
            tried += arrays["tried"].tolist()
            last, number = arrays, number + 1
        self._kept = (len(segments), len(meshes), len(tried))
        if last is None:
            return None
        log.info("%s: going on after %d blocks", self._folder.name, number)
        return Measured(number * self._length, segments, meshes, tried, _pause(last), _followed(last))

    def save(self, measured: Measured) -> None:
        """Keep what is new since the last block."""
        segments, meshes, tried = (
            everything[kept:]
            for everything, kept in zip((measured.segments, measured.meshes, measured.tried), self._kept, strict=True)
        )
        arrays = {
            "format": np.array([FORMAT, self._length]),
            "tried": np.array(tried, int),
            **_segment_arrays(segments),
            **{f"mesh/{name}": np.array([getattr(mesh, name) for mesh in meshes]) for name in _MESH},
            **_held("pause", measured.pause),
            **_held("followed", measured.followed),
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(measured.end // self._length - 1)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(file, **arrays)
        part.replace(path)
        self._kept = (len(measured.segments), len(measured.meshes), len(measured.tried))

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:05d}.npz"

    def _read(self, number: int) -> dict[str, np.ndarray] | None:
        try:
            with np.load(self._path(number), allow_pickle=False) as file:
                arrays = dict(file)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            log.warning("%s is damaged (%s); it is measured again", self._path(number), error)
            return None
        return arrays if arrays["format"].tolist() == [FORMAT, self._length] else None


def _segment_arrays(segments: Sequence[Segment]) -> dict[str, np.ndarray]:
    arrays = {
        "first": np.array([s.first for s in segments], int),
        "joined": np.array([s.joined for s in segments], bool),
        "length": np.array([len(s.displacement) for s in segments], int),
    }
    for name in _SPANS if segments else ():
        arrays[name] = np.concatenate([getattr(segment, name) for segment in segments])
    return arrays


def _segments(arrays: dict[str, np.ndarray]) -> list[Segment]:
    ends = np.cumsum(arrays["length"])
    return [
        Segment(int(first), bool(joined), **{name: arrays[name][end - length : end] for name in _SPANS})
        for first, joined, length, end in zip(arrays["first"], arrays["joined"], arrays["length"], ends, strict=True)
    ]


def _plain(name: str, arrays: dict[str, np.ndarray]) -> Any:
    """Rows of a mesh's attribute; numbers as Python has them."""
    values = arrays[f"mesh/{name}"]
    return values if values.ndim > 1 else values.tolist()


def _held(of: str, value: Pause | Followed) -> dict[str, np.ndarray]:
    """Attributes that are not None."""
    named = {f.name: getattr(value, f.name) for f in fields(value)}
    return {f"{of}/{name}": np.asarray(held) for name, held in named.items() if held is not None}


def _pause(arrays: dict[str, np.ndarray]) -> Pause:
    held = {name: arrays.get(f"pause/{name}") for name in ("reference", "points", "picture", "moved")}
    return Pause(
        checked=int(arrays["pause/checked"]), first=int(arrays["pause/first"]), joined=bool(arrays["pause/joined"]),
        **held,
    )  # fmt: skip


def _followed(arrays: dict[str, np.ndarray]) -> Followed:
    view = arrays.get("followed/view")
    return Followed(
        chosen=bool(arrays["followed/chosen"]), last=arrays.get("followed/last"),
        view=None if view is None else tuple(view.tolist()),
        searched_at=float(arrays["followed/searched_at"]), several=bool(arrays["followed/several"]),
    )  # fmt: skip
