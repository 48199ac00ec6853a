"""A clip long enough to measure in: the footage of a measurement, repeated."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np

from spotcore.errors import InvalidSettings
from spotcore.video import Frame, FrameTable, VideoInfo, open_video


def add_footage(parser: argparse.ArgumentParser, frames: int) -> None:
    """Declare the arguments that say what to measure in."""
    parser.add_argument("video", metavar="VIDEO", nargs="?", help="video file or folder")
    parser.add_argument("--example", action="store_true", help="measure on the rendered example clip instead")
    parser.add_argument("--frames", type=int, default=frames, help=f"frames to process at least ({frames})")
    parser.add_argument("--rate", type=float, metavar="FPS", help="frames per second of a picture folder")


@contextlib.contextmanager
def footage(arguments: argparse.Namespace) -> Iterator[Path]:
    """The video that was asked for; the example is rendered for the length of the block.

    Raises:
        InvalidSettings: neither a video nor the example, or no frames.
    """
    if (arguments.video is None) == (not arguments.example):
        raise InvalidSettings("expected either a video or --example")
    if arguments.frames < 1:
        raise InvalidSettings(f"--frames: expected 1 or more, got {arguments.frames}")
    if arguments.video:
        yield Path(arguments.video)
        return
    from spotcore.synthesis.example import render_example

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "example.mp4"
        render_example(path)
        yield path


class LoopedVideo:
    """A clip repeated until it has enough frames; reads like a `Video`."""

    def __init__(self, path: Path, frames: int, rate: float | None, threads: int) -> None:
        self._path, self._rate, self._threads = path, rate, threads
        with open_video(path, rate) as video:
            self._once = video.info
        self._loops = -(-frames // self._once.table.frame_count)

    @cached_property
    def info(self) -> VideoInfo:
        table = self._once.table
        period = table.timestamps[-1] + 1 / max(table.fps, 1.0)
        looped = FrameTable(
            timestamps=np.concatenate([table.timestamps + n * period for n in range(self._loops)]),
            source_numbers=np.tile(table.source_numbers, self._loops),
            present=np.tile(table.present, self._loops),
            stream_rate=table.stream_rate,
        )
        return dataclasses.replace(self._once, table=looped)

    def frames(self, first: int = 0, last: int | None = None, step: int = 1) -> Iterator[Frame]:
        """All frames; `first` and `last` are there for the likeness only."""
        once, stamps = self._once.table.frame_count, self.info.table.timestamps
        for loop in range(self._loops):
            with open_video(self._path, self._rate, table=self._once.table, threads=self._threads) as video:
                for frame in video.frames():
                    index = loop * once + frame.index
                    if index % step == 0:
                        yield Frame(index, float(stamps[index]), frame.picture)
