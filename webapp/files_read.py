"""A small memory of files read lately: the same curves are asked for at every zoom, and reading is most of the work."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


class FilesRead(Generic[T]):
    """Reads files through `load` and keeps the newest `keep` results; a changed file is read again.

    Safe for threads: two asking for the same file at once may both read it, which is cheaper than waiting for others.
    """

    def __init__(self, load: Callable[[Path], T], keep: int) -> None:
        self._load = load
        self._keep = keep
        self._known: OrderedDict[tuple[str, int, int], T] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, path: Path) -> T:
        """The content of `path`; raises FileNotFoundError and whatever `load` raises."""
        status = path.stat()
        key = (str(path), status.st_mtime_ns, status.st_size)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        made = self._load(path)
        with self._lock:
            self._known[key] = made
            while len(self._known) > self._keep:
                self._known.popitem(last=False)
        return made
