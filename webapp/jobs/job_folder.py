"""A folder of unfinished work where others find it: kept in the shared store meanwhile, taken over from there.

Without a shared store the folder itself is where everybody looks, and nothing here does anything.
"""

from __future__ import annotations

import time
from pathlib import Path

from webapp.jobs.context import current

KEEP_SECONDS = 15.0  # between keepings of a folder that grows: what a takeover may have to do again


def take(folder: Path) -> Path:
    """The folder as the worker that had the job before has left it."""
    settings = current().settings
    settings.newest(folder.relative_to(settings.data_dir).as_posix())
    return folder


class Keeping:
    """Puts a folder into the store now and then; call it where its files are whole and fit together."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next = 0.0

    def __call__(self) -> None:
        """Keep the folder, unless that was done moments ago."""
        if time.monotonic() >= self._next:
            keep(self._folder)
            self._next = time.monotonic() + KEEP_SECONDS


def keep(folder: Path) -> None:
    """Put what changed into the store.

    Raises:
        Superseded: others have taken over, and keep the folder from now on.
    """
    context = current()
    if context.settings.store is not None and folder.exists():
        context.confirm()
        context.settings.store.keep(folder)
