"""Keeps one child process alive: starts it, says so when it dies, starts it again, stops it. Used for the worker."""

from __future__ import annotations

import contextlib
import logging
import signal
import subprocess
import threading
import time
from pathlib import Path

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# A child that lived this long was not dying at birth: the pause starts from its shortest again.
HEALTHY_SECONDS = 60.0


class Supervisor:
    """One child, restarted whenever it ends, with growing pauses while it keeps ending at once.

    Args:
        command: what to run; it finds an open standard input that closes when this process ends, however it ends.
        folder: where it runs; None for this process's own.
        stop_seconds: patience after SIGTERM before SIGKILL.
    """

    def __init__(self, command: list[str], folder: Path | None = None, stop_seconds: float = 8.0) -> None:
        self.command = command
        self.folder = folder
        self.stop_seconds = stop_seconds
        self.child: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_alive, name="supervisor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the child and stop watching; returns when it is gone."""
        self._stopping.set()
        child = self.child
        if child is not None:
            _end(child, self.stop_seconds)
        if self._thread.is_alive():
            self._thread.join(self.stop_seconds)

    def _keep_alive(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            begun = time.monotonic()
            # A session of its own: Ctrl-C in the terminal reaches the launcher alone, which ends both in order.
            child = self.child = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, start_new_session=True, cwd=self.folder
            )
            if self._stopping.is_set():  # stop() came between the check and the start, and saw the old child
                _end(child, self.stop_seconds)
            status = child.wait()
            if self._stopping.is_set():
                return
            pause = FIRST_PAUSE if time.monotonic() - begun > HEALTHY_SECONDS else min(2 * pause, LONGEST_PAUSE)
            log.warning("the worker ended (%s); starting it again in %.0f s", _describe(status), pause)
            self._stopping.wait(pause)


def _end(child: subprocess.Popen[bytes], patience: float) -> None:
    with contextlib.suppress(OSError):
        child.terminate()
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        log.warning("the worker did not stop within %.0f s and was killed", patience)
        child.kill()
        child.wait()
    if child.stdin:
        child.stdin.close()


def _describe(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
