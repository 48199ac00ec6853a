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


def in_thread(items: Iterator[T], ahead: int) -> Iterator[T]:
    """The same items in the same order, made by another thread that is at most `ahead` items in front.

    What the maker raises is raised here. When the reader stops early, the maker is stopped and closed before this
    returns, so files it holds open are free again.
    """
    box: queue.Queue[T | _End] = queue.Queue(ahead)
    stop = threading.Event()

    def put(value: T | _End) -> bool:
        while not stop.is_set():
            with contextlib.suppress(queue.Full):
                box.put(value, timeout=_POLL_SECONDS)
                return True
        return False

    def work() -> None:
        error = None
        try:
            for item in items:
                if not put(item):
                    break
        except BaseException as raised:  # the reader gets it
            error = raised
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()
            put(_End(error))

    worker = threading.Thread(target=work, name="glint-read-ahead", daemon=True)
    worker.start()
    try:
        while True:
            item = box.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stop.set()
        worker.join()
