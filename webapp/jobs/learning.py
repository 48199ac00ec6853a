"""One network learns at a time on a device, whichever job and whichever worker of the host it is for.

Two trainings on one GPU need twice its memory, and on one processor each takes twice as long.
"""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from webapp.jobs.context import current

WAIT_SECONDS = 1.0
_pause = threading.Event()  # never set


@contextmanager
def alone(progress: Callable[[int, int], object]) -> Iterator[None]:
    """Wait until nothing else learns on this device; `progress` is called meanwhile, and may raise Cancelled."""
    from spotcore.device import device_identity  # loads torch

    with _lock_of(device_identity(current().settings.device)).open("a") as file:
        # The kernel lets go of it when the process ends, however it ends. It also keeps threads of one process apart.
        while not _locked(file.fileno()):
            progress(0, 1)
            _pause.wait(WAIT_SECONDS)
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_of(key: str) -> Path:
    """A file per device and user in the host's own folder of temporary files: data folders may be several hosts'.

    Another user's file could not be opened, and waiting for it would tell them what they may not know.
    """
    folder = Path(tempfile.gettempdir()) / f"glint-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else; set TMPDIR to a folder of your own")
    return folder / f"learning-{re.sub('[^A-Za-z0-9-]', '-', key)}.lock"
