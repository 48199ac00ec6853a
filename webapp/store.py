"""Media and features behind one interface: the data folder alone, or the data folder as a cache of a shared store.

A store is any place that fsspec can reach (`GLINT_STORE=file:///mnt/lab`, `s3://bucket/glint`). Names in it are the
stored paths of the database. Work happens on local files always: `fetch` brings one here when it is first asked for,
`keep` puts one there when its stored path is made. What belongs where is said in README ("Workers elsewhere").
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

DIGEST = ".sha256"  # beside every file of the store: what its content must be
_FULL_TO = 0.9  # an eviction leaves the cache this full, so that not every file evicts again
# What may be dropped here because the store has it; the database, keys, packs and jobs stay.
CACHED = ("uploads", "media", "features", "runs", "signals", "models", "example")


class BrokenCopy(OSError):
    """What arrived from the store is not what was put there."""


class MediaStore:
    """One shared store seen from one machine.

    Args:
        url: root of the store, as fsspec takes it.
        folder: the data folder of this machine; files lie in it under their stored paths.
        capacity: bytes of fetched and kept files that may lie here; the longest unused ones go first.
    """

    def __init__(self, url: str, folder: Path, capacity: int) -> None:
        self._files, root = _opened(url)
        self._root = root.rstrip("/")
        self.folder = Path(folder)
        self.capacity = capacity

    def fetch(self, stored: str) -> Path:
        """The local file (or folder) of a stored path, brought here if need be.

        Where the store has none either, the path is given as it would be: whoever opens it hears that it is not there.

        Raises:
            BrokenCopy: it arrived damaged, twice.
        """
        local = self.folder / stored
        if local.exists():
            with suppress(OSError):
                os.utime(local)
            return local
        remote = self._remote(stored)
        if self._files.isfile(remote):
            self._bring(remote, local)
        elif self._files.isdir(remote):
            self._bring_folder(remote, local)
        else:
            return local
        self.evict(spare=local)
        return local

    def keep(self, local: Path) -> None:
        """Put a file, or every file of a folder, into the store; one that is there already is left alone."""
        files = [local] if local.is_file() else sorted(path for path in local.rglob("*") if path.is_file())
        for path in files:
            digest = _digest(path)
            remote = self._remote(path.relative_to(self.folder).as_posix())
            if self._known_digest(remote) == digest:
                continue
            # The digest last: a file without its digest is one whose writer died, and is written again.
            with suppress(FileNotFoundError):
                self._files.rm_file(remote + DIGEST)
            part = f"{remote}.{uuid.uuid4().hex[:8]}.part"
            self._files.makedirs(remote.rpartition("/")[0], exist_ok=True)
            self._files.put_file(str(path), part)
            self._files.mv(part, remote)
            self._files.pipe_file(remote + DIGEST, digest.encode())

    def remove(self, stored: str) -> None:
        """Take a file or folder out of the store; its local copy is the caller's business."""
        remote = self._remote(stored)
        for path in (remote, remote + DIGEST):
            with suppress(FileNotFoundError):
                self._files.rm(path, recursive=True)

    def evict(self, spare: Path | None = None) -> int:
        """Remove the longest unused local files that the store has, until the rest fits; returns how many went."""
        found = [(path.stat(), path) for part in CACHED for path in (self.folder / part).rglob("*") if path.is_file()]
        total = sum(status.st_size for status, _ in found)
        gone = 0
        if total <= self.capacity:
            return gone
        for status, path in sorted(found, key=lambda pair: pair[0].st_mtime):
            own = spare is not None and (path == spare or spare in path.parents)
            if own or self._known_digest(self._remote(path.relative_to(self.folder).as_posix())) is None:
                continue  # just asked for, or not (yet) in the store
            path.unlink(missing_ok=True)
            gone, total = gone + 1, total - status.st_size
            if total <= self.capacity * _FULL_TO:
                break
        return gone

    def _bring_folder(self, remote: str, local: Path) -> None:
        part = local.with_name(f"{local.name}.{uuid.uuid4().hex[:8]}.part")
        try:
            for name in self._files.find(remote):
                if not name.endswith((DIGEST, ".part")):
                    self._bring(name, part / name[len(remote) :].lstrip("/"))
            part.rename(local)
        except OSError:
            shutil.rmtree(part, ignore_errors=True)
            if not local.exists():  # somebody else may have brought it meanwhile
                raise

    def _bring(self, remote: str, local: Path) -> None:
        local.parent.mkdir(parents=True, exist_ok=True)
        part = local.with_name(f"{local.name}.{uuid.uuid4().hex[:8]}.part")
        expected = self._known_digest(remote)
        try:
            for last in (False, True):
                self._files.get_file(remote, str(part))
                if expected is None or _digest(part) == expected:
                    part.replace(local)
                    return
                log.warning("%s arrived damaged%s", remote, "" if last else ", once more")
            raise BrokenCopy(f"{remote}: what the store gives is not what was put there")
        finally:
            part.unlink(missing_ok=True)

    def _known_digest(self, remote: str) -> str | None:
        try:
            return self._files.cat_file(remote + DIGEST).decode()
        except FileNotFoundError:
            return None

    def _remote(self, stored: str) -> str:
        return f"{self._root}/{stored}"


@cache
def _opened(url: str) -> tuple[Any, str]:
    import fsspec  # only where a store is used: it costs a start nothing else

    return fsspec.core.url_to_fs(url)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
