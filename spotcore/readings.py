"""The frames of a video with the landmarks of the followed person, read ahead of who measures in them.

Which frames are read is decided in `features`, what is measured in them stands in `anchors`, how the work is done in a
process of its own in `reading_process`.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spotcore.person import Followed, PersonChoice, PersonFollower
from spotcore.read_ahead import in_thread

if TYPE_CHECKING:
    from spotcore.video import Video

# Frames that the reader may be in front, and those handed over at once: waking somebody for every frame costs more.
AHEAD = 24
TOGETHER = 4


@dataclass(frozen=True)
class Order:
    """What is to be read.

    Attributes:
        step: every how many frames of the video one is measured.
        mesh_every: every how many measured frames the mesh is run.
        person: whom to follow when several are seen; the largest face otherwise.
        block: measured frames after which reading could go on elsewhere, 0 for never.
        first: number of the first measured frame to read, where a block begins.
        known: what the follower knew there.
    """

    step: int
    mesh_every: int
    person: PersonChoice | None = None
    block: int = 0
    first: int = 0
    known: Followed | None = None


@dataclass
class Reading:
    """One measured frame.

    Attributes:
        sample: its number among the measured frames.
        luma: (H, W) uint8, None where the picture is missing. Only valid until the next reading is asked for.
        points: (468, 3) landmarks where the mesh was run and saw the face.
        tried: the mesh was run.
        several: more than one face has been seen so far.
        decode_seconds, mesh_seconds: what it took.
        known: at the last frame of a block, what the follower takes into the next.
    """

    sample: int
    luma: np.ndarray | None
    points: np.ndarray | None
    tried: bool
    several: bool
    decode_seconds: float
    mesh_seconds: float
    known: Followed | None = None


@dataclass
class _Decoded:
    sample: int
    frame: int
    timestamp: float
    luma: np.ndarray | None
    rgb: np.ndarray | None
    seconds: float


def decoded(video: Video, order: Order) -> Iterator[_Decoded]:
    """The frames to measure, in order; RGB only where the mesh is to be run."""
    clock = time.perf_counter()
    for sample, frame in enumerate(video.frames(order.first * order.step, step=order.step), order.first):
        luma = frame.luma() if frame.present else None
        rgb = frame.rgb() if frame.present and sample % order.mesh_every == 0 else None
        yield _Decoded(sample, frame.index, frame.timestamp, luma, rgb, time.perf_counter() - clock)
        clock = time.perf_counter()  # waiting for room in the queue is nobody's work


def with_landmarks(frames: Iterator[_Decoded], follower: PersonFollower, block: int = 0) -> Iterator[Reading]:
    """Run the mesh on the frames that bring RGB along, which is dropped then; the follower begins anew with a block."""
    for item in frames:
        tried, points, seconds = item.rgb is not None, None, 0.0
        if tried:
            clock = time.perf_counter()
            points = follower.landmarks(item.rgb, item.frame, item.timestamp)
            item.rgb = None
            seconds = time.perf_counter() - clock
        known = follower.begin_anew() if block and (item.sample + 1) % block == 0 else None
        yield Reading(item.sample, item.luma, points, tried, follower.several, item.seconds, seconds, known)


@contextmanager
def in_threads(video: Video, order: Order) -> Generator[Iterator[Reading], None, None]:
    """Readings made by two threads of this process, one that decodes and one that runs the mesh."""
    follower = PersonFollower(order.person, known=order.known)
    frames = in_thread(decoded(video, order), AHEAD, TOGETHER)
    readings = in_thread(with_landmarks(frames, follower, order.block), AHEAD, TOGETHER)
    try:
        yield readings
    finally:
        readings.close()
        follower.close()
