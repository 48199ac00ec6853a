"""One network learns at a time in a worker, whether for a training job or for a fold: one worker is one GPU."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LEARNING = threading.Lock()
WAIT_SECONDS = 1.0


@contextmanager
def alone(progress: Callable[[int, int], object]) -> Iterator[None]:
    """Wait until nothing else learns in this process; `progress` is called meanwhile, and may raise Cancelled."""
    while not _LEARNING.acquire(timeout=WAIT_SECONDS):
        progress(0, 1)
    try:
        yield
    finally:
        _LEARNING.release()
