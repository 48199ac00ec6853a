"""An iterator that works ahead in a thread of its own. Knows nothing of what it carries."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")
_POLL_SECONDS = 0.2


class _End:
    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def in_thread(items: Iterator[T], ahead: int, together: int = 1) -> Iterator[T]:
    """The same items in the same order, made by another thread that is about `ahead` items in front.

    What the maker raises is raised here, after the items before it. When the reader stops early, the maker is stopped
    and closed before this returns, so files it holds open are free again.

    Args:
        ahead: how far the maker may work ahead.
        together: items handed over at once; waking the other thread for every item costs more than it should.
    """
    box: queue.Queue[list[T] | _End] = queue.Queue(max(1, ahead // together))
    stop = threading.Event()

    def put(value: list[T] | _End) -> bool:
        while not stop.is_set():
            with contextlib.suppress(queue.Full):
                box.put(value, timeout=_POLL_SECONDS)
                return True
        return False

    def work() -> None:
        error = None
        batch: list[T] = []
        try:
            for item in items:
                batch.append(item)
                if len(batch) == together:
                    if not put(batch):
                        break
                    batch = []
        except BaseException as raised:  # the reader gets it
            error = raised
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()
            if batch:
                put(batch)
            put(_End(error))

    worker = threading.Thread(target=work, name="glint-read-ahead", daemon=True)
    worker.start()
    try:
        while True:
            batch = box.get()
            if isinstance(batch, _End):
                if batch.error is not None:
                    raise batch.error
                return
            yield from batch
    finally:
        stop.set()
        worker.join()
