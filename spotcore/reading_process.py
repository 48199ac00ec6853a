"""Readings made in a process of their own: on two cores decoding, mesh and flow wait for one interpreter otherwise.

Luma goes through a ring in shared memory, everything else through pipes. The memory has no name and the pipes end with
either side, so nothing stays behind however one of them dies. What is read stands in `readings`.
"""

from __future__ import annotations

import mmap
import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import cv2
import numpy as np

from spotcore.errors import SpotcoreError
from spotcore.person import PersonFollower
from spotcore.readings import AHEAD, TOGETHER, Order, Reading, decoded, with_landmarks

if TYPE_CHECKING:
    from spotcore.video import Video

AVAILABLE = hasattr(os, "memfd_create")  # Linux
_BATCHES = AHEAD // TOGETHER
_START = "from spotcore.reading_process import main; main()"
_READY = "ready"


@dataclass(frozen=True)
class _Task:
    """What the process is told: descriptor of the ring, (height, width) of a picture in it, what to read."""

    memory: int
    shape: tuple[int, int]
    video: bytes
    order: Order


def portable(video: Video) -> bytes | None:
    """The video as another process can open it, or None where it lives in this process only."""
    try:
        return pickle.dumps(video)
    except (pickle.PicklingError, AttributeError, TypeError):
        return None


@contextmanager
def in_process(video: bytes, shape: tuple[int, int], name: str, order: Order) -> Iterator[Iterator[Reading]]:
    """Readings made by a process that ends with this context.

    Args:
        video: from `portable`.
        shape: (height, width) of its pictures as shown.
        name: of the video, for messages.
        order: what to read.

    Raises:
        SpotcoreError: the process was killed. What reading the video raises is raised here too.
    """
    memory = os.memfd_create("glint-luma")
    try:
        ring = _ring(memory, shape)
        process = _start(_Task(memory, shape, video, order))
    finally:
        os.close(memory)
    try:
        _receive(process, name)  # ready: libraries and graphs are loaded
        yield _readings(process, ring, name)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        with suppress(BrokenPipeError):  # the task may still wait to be sent
            process.stdin.close()


def _ring(memory: int, shape: tuple[int, int]) -> np.ndarray:
    """(AHEAD, H, W) uint8 in the shared memory; there for as long as somebody holds the array."""
    size = AHEAD * shape[0] * shape[1]
    os.ftruncate(memory, size)
    return np.frombuffer(mmap.mmap(memory, size), np.uint8).reshape(AHEAD, *shape)


def _start(task: _Task) -> subprocess.Popen[bytes]:
    paths = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _START], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        pass_fds=(task.memory,), env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )  # fmt: skip
    with suppress(BrokenPipeError):  # it ended already: the first answer tells
        process.stdin.write(pickle.dumps(task))
        process.stdin.flush()
    return process


def _receive(process: subprocess.Popen[bytes], name: str) -> Any:
    try:
        answer = pickle.load(process.stdout)
    except (EOFError, pickle.UnpicklingError):
        code = process.wait()
        how = f"killed by signal {-code}, perhaps for want of memory" if code < 0 else f"exit status {code}"
        raise SpotcoreError(f"{name}: the process that reads the video ended too early ({how}); try again") from None
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _readings(process: subprocess.Popen[bytes], ring: np.ndarray, name: str) -> Iterator[Reading]:
    while (batch := _receive(process, name)) is not None:
        for reading, in_ring in batch:
            if in_ring:
                reading.luma = ring[reading.sample % AHEAD]
            yield reading
        with suppress(BrokenPipeError):  # it has ended already: what it sent last is still to be read
            os.write(process.stdin.fileno(), b".")


# ---- in the process


def main() -> None:
    """Read what standard input asks for; answer on standard output until there is no more or nobody listens."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to both; the other side ends this one
    answers = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)  # whatever a library prints must not come between the answers
    try:
        try:
            _serve(pickle.load(sys.stdin.buffer), answers)
            _send(answers, None)
        except BrokenPipeError:
            raise
        except Exception as error:
            if not isinstance(error, SpotcoreError):  # unexpected: where it happened would be lost
                error.add_note(traceback.format_exc())
            _send(answers, error)
    except BrokenPipeError:
        os._exit(0)  # nobody listens any more


def _send(answers: BinaryIO, value: object) -> None:
    pickle.dump(value, answers, protocol=pickle.HIGHEST_PROTOCOL)
    answers.flush()


def _serve(task: _Task, answers: BinaryIO) -> None:
    cv2.setNumThreads(1)
    ring = _ring(task.memory, task.shape)
    follower = PersonFollower(task.order.person, known=task.order.known)
    video = pickle.loads(task.video)
    _send(answers, _READY)
    batch: list[tuple[Reading, bool]] = []
    under_way = 0
    for reading in with_landmarks(decoded(video, task.order), follower, task.order.block):
        if not batch and under_way == _BATCHES:  # every place of the ring is taken
            if not sys.stdin.buffer.read(1):
                raise BrokenPipeError
            under_way -= 1
        in_ring = reading.luma is not None
        if in_ring:
            ring[reading.sample % AHEAD] = reading.luma
            reading.luma = None
        batch.append((reading, in_ring))
        if len(batch) == TOGETHER:
            _send(answers, batch)
            batch, under_way = [], under_way + 1
    _send(answers, batch)
