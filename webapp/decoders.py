"""The pool of decoder processes: cuts packs on demand, what was asked for before what is fetched ahead.

Decoding in threads of the server would make every other request wait, so the threads here only pass messages. The
queue is bounded; a decoder that crashes or hangs is replaced, and its request answered with a sentence.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import select
import subprocess
import sys
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spotcore import errors
from webapp.frame_store import FrameStore

log = logging.getLogger(__name__)

ASKED, AHEAD = 0, 1  # priorities; the lower number goes first
QUEUE_LIMIT = 64
PATIENCE_SECONDS = 60.0


class Overloaded(Exception):
    """The queue is full, or the task gave way to a more urgent one: try again later."""


class DecoderFailed(Exception):
    """A decoder crashed, hung or met something nobody foresaw; `str()` of it can be shown."""


@dataclass(frozen=True)
class Task:
    """One thing to cut.

    Attributes:
        kind: "pack", "thumbnail", "magnified" or "motion".
        sha256, name: where the result is kept in the frame store.
        path, rate, table: the video, as `spotcore.video.open_video` takes it, and the file of its frame table.
        index: number of the pack, or of the frame (None: the thumbnail's own choice).
        width: greatest width in pixels, or None.
        what: for sentences: "frames 32 to 63 of smile.mp4".
        detail: what the kind needs besides, as JSON knows it.
    """

    kind: str
    sha256: str
    name: str
    path: str
    rate: float | None
    table: str
    index: int | None
    width: int | None
    what: str = "frames"
    detail: dict[str, Any] | None = None

    @property
    def slow(self) -> bool:
        """Takes seconds: never in all decoders at once, so that frames do not wait behind it."""
        return self.kind == "magnified"

    def line(self) -> bytes:
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "what"}
        return json.dumps(fields).encode() + b"\n"


@dataclass
class _Waiting:
    """A task in the queue or in work, and everybody who waits for it."""

    task: Task
    priority: int
    order: int
    waiters: list[Future[bytes]] = field(default_factory=list)

    def settle(self, result: bytes | Exception) -> None:
        for waiter in self.waiters:
            if not waiter.set_running_or_notify_cancel():
                continue
            if isinstance(result, Exception):
                waiter.set_exception(result)
            else:
                waiter.set_result(result)


class DecoderPool:
    """Decoder processes and the queue before them. Safe for threads.

    Args:
        store: where the decoders keep what they cut.
        processes: how many; None: two, or one on a machine with one core.
        limit: tasks that may wait.
        patience: seconds after which a decoder counts as hanging.
        command: what to start instead of `python -m webapp.decoder_process`.
    """

    def __init__(self, store: FrameStore, processes: int | None = None, limit: int = QUEUE_LIMIT,
                 patience: float = PATIENCE_SECONDS, command: list[str] | None = None) -> None:  # fmt: skip
        self._command = command or [sys.executable, "-m", "webapp.decoder_process", str(store.folder),
                                    str(store.capacity)]  # fmt: skip
        self._limit = limit
        self._patience = patience
        self._queue: dict[tuple[str, str], _Waiting] = {}
        self._working: dict[tuple[str, str], _Waiting] = {}
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        self._processes: dict[str, subprocess.Popen[bytes] | None] = {}
        count = processes or min(2, os.cpu_count() or 1)
        self._threads = [threading.Thread(target=self._serve, name=f"decoder-{k}", daemon=True) for k in range(count)]
        for thread in self._threads:
            thread.start()

    def submit(self, task: Task, priority: int = ASKED) -> Future[bytes]:
        """Ask for a task; two asking for the same get the same result. Cancel the future to lose interest.

        The future raises Overloaded, DecoderFailed, or the SpotcoreError that the video deserves.

        Raises:
            Overloaded: the queue is full of tasks that are at least as urgent, or the pool is closed.
        """
        key = (task.sha256, task.name)
        future: Future[bytes] = Future()
        pushed_out = None
        with self._changed:
            if self._closed:
                raise Overloaded("the server is stopping")
            known = self._working.get(key) or self._queue.get(key)
            if known is None:
                self._drop_abandoned()
                if len(self._queue) >= self._limit:
                    pushed_out = self._least_urgent(priority)
                known = self._queue[key] = _Waiting(task, priority, next(self._order))
            known.priority = min(known.priority, priority)
            known.waiters.append(future)
            self._changed.notify_all()
        if pushed_out is not None:
            pushed_out.settle(Overloaded("gave way to frames that somebody is waiting for; try again"))
        return future

    def waiting(self) -> int:
        """Number of tasks in the queue."""
        with self._changed:
            return len(self._queue)

    def process_ids(self) -> list[int]:
        """Process ids of the decoders that run now; waits until each thread has tried to start its own."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._processes) == len(self._threads))
            return [process.pid for process in self._processes.values() if process is not None]

    def close(self) -> None:
        """End all decoders; what still waits is answered with Overloaded."""
        with self._changed:
            self._closed = True
            left = list(self._queue.values())
            self._queue.clear()
            self._changed.notify_all()
        for waiting in left:
            waiting.settle(Overloaded("the server is stopping"))
        for thread in self._threads:
            thread.join(timeout=5)

    def _drop_abandoned(self) -> None:
        """Forget tasks that nobody waits for any more: a viewer who scrubs leaves many behind."""
        for key in [key for key, waiting in self._queue.items() if all(w.cancelled() for w in waiting.waiters)]:
            del self._queue[key]

    def _least_urgent(self, priority: int) -> _Waiting:
        """Take the least urgent, latest task out of the queue, if it is less urgent than `priority`."""
        key, waiting = max(self._queue.items(), key=lambda item: (item[1].priority, item[1].order))
        if waiting.priority <= priority:
            raise Overloaded(f"{len(self._queue)} requests for frames are waiting; try again in a moment")
        del self._queue[key]
        return waiting

    def _next(self) -> _Waiting | None:
        """Wait for a task; None once the pool is closed."""
        with self._changed:
            while True:
                if self._closed:
                    return None
                self._drop_abandoned()
                if allowed := self._allowed():
                    key = min(allowed, key=lambda k: (self._queue[k].priority, self._queue[k].order))
                    self._working[key] = self._queue.pop(key)
                    return self._working[key]
                self._changed.wait()

    def _allowed(self) -> list[tuple[str, str]]:
        """Tasks that may begin now: with several decoders one is kept for what is quick."""
        slow = sum(waiting.task.slow for waiting in self._working.values())
        full = slow >= max(1, len(self._threads) - 1)
        return [key for key, waiting in self._queue.items() if not (full and waiting.task.slow)]

    def _serve(self) -> None:
        """One thread for each decoder: passes a task on, waits for the answer, replaces the process if need be."""
        process = self._start()
        while (waiting := self._next()) is not None:
            if process is None or process.poll() is not None:
                self._end(process)
                process = self._start()
            result = self._ask(process, waiting.task)
            if isinstance(result, DecoderFailed):
                self._end(process)
                process = None
            with self._changed:
                del self._working[(waiting.task.sha256, waiting.task.name)]
                self._changed.notify_all()  # a slow task may be allowed now
            waiting.settle(result)
        self._end(process)

    def _start(self) -> subprocess.Popen[bytes] | None:
        process = None
        try:
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                                       cwd=Path(__file__).parents[1])  # fmt: skip
        except OSError:
            log.exception("a decoder cannot be started")
        with self._changed:
            self._processes[threading.current_thread().name] = process
            self._changed.notify_all()
        return process

    def _end(self, process: subprocess.Popen[bytes] | None) -> None:
        if process is not None:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()

    def _ask(self, process: subprocess.Popen[bytes] | None, task: Task) -> bytes | Exception:
        """Have one task done; a DecoderFailed means that the process must be replaced."""
        if process is None:
            return DecoderFailed("no decoder can be started on this machine; the server's log says why")
        try:
            process.stdin.write(task.line())
            head = self._read(process, None)
            answer = json.loads(head)
            if "refused" in answer:
                return getattr(errors, answer["kind"], errors.SpotcoreError)(answer["refused"])
            if "failed" in answer:
                log.error("cutting %s failed: %s", task.what, answer["failed"])
                return DecoderFailed(f"cutting {task.what} failed unexpectedly ({answer['failed']})")
            return self._read(process, answer["bytes"])
        except TimeoutError:
            log.error("a decoder hung on %s and is replaced", task.what)
            return DecoderFailed(f"cutting {task.what} took longer than {self._patience:g} s and was stopped")
        except (OSError, EOFError, ValueError):
            log.error("a decoder crashed on %s and is replaced", task.what)
            return DecoderFailed(f"the decoder crashed while cutting {task.what}; another one has taken its place")

    def _read(self, process: subprocess.Popen[bytes], count: int | None) -> bytes:
        """`count` bytes of the answer, or its first line for None."""
        pipe = process.stdout.fileno()
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        data = bytearray()
        while (count is None and not data.endswith(b"\n")) or (count is not None and len(data) < count):
            if not poll.poll(self._patience * 1000):
                raise TimeoutError
            # Byte by byte up to the end of the line, which is short: what follows belongs to the content.
            piece = os.read(pipe, 1 if count is None else min(count - len(data), 1 << 20))
            if not piece:
                raise EOFError
            data += piece
        return bytes(data)
