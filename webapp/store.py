"""Media and features behind one interface: the data folder alone, or the data folder as a cache of a shared store.

A store is any place that fsspec can reach (`GLINT_STORE=file:///mnt/lab`, `s3://bucket/glint`). Names in it are the
stored paths of the database. Work happens on local files always: `fetch` brings one here when it is first asked for,
`keep` puts one there when its stored path is made. Files that change (logs, metrics, the state of a training) have one
writer at a time: it keeps them now and then, and everybody else reads them through `newest`.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

DIGEST = ".sha256"  # beside every file of the store: what its content must be
PART = ".part"
# In the data folder: digests of what was last exchanged with the store, under the stored paths.
EXCHANGED = "exchanged"
IDENTITY = "store.id"
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

    def newest(self, stored: str) -> Path:
        """As `fetch`, for what changes: brought again where somebody else has kept it since this machine last did.

        What this machine wrote after it last kept the file gives way then: whoever keeps it now went on from there.
        """
        names = self._files_of(stored)
        for name in names:
            if not (self.folder / name).exists() or self._changed(name):
                digest = self._known_digest(self._remote(name))
                self._bring(self._remote(name), self.folder / name)
                self._remember(name, digest)
        return self.folder / stored

    def names(self) -> Iterator[str]:
        """Stored paths of everything in the store, in order."""
        return iter(self._files_of(""))

    def read(self, stored: str, target: Path) -> None:
        """Copy a file of the store to a place outside of the data folder.

        Raises:
            BrokenCopy: it arrived damaged, twice.
        """
        self._bring(self._remote(stored), target)

    def has_newer(self, stored: str) -> bool:
        """Whether the store has the file and this machine has not, or an older one."""
        return not (self.folder / stored).exists() or self._changed(stored)

    def identity(self) -> str:
        """A random word that stands for this store, made by whoever asks first."""
        remote = self._remote(IDENTITY)
        if not self._files.exists(remote):
            self._files.makedirs(self._root, exist_ok=True)
            try:
                with self._files.open(remote, "xb") as file:
                    file.write(uuid.uuid4().hex.encode())
            except FileExistsError:
                pass
            except (ValueError, NotImplementedError):  # a store without "only if it is not there": the first start wins
                self._files.pipe_file(remote, uuid.uuid4().hex.encode())
        return self._files.cat_file(remote).decode()

    def keep(self, local: Path) -> None:
        """Put a file, or every file of a folder, into the store; one that is there already is left alone."""
        files = [local] if local.is_file() else sorted(path for path in local.rglob("*") if path.is_file())
        for path in files:
            if path.suffix == PART:
                continue
            digest = _digest(path)
            stored = path.relative_to(self.folder).as_posix()
            remote = self._remote(stored)
            known = self._known_digest(remote)
            # Before it is written: a page of this machine must take neither state for somebody else's.
            self._remember(stored, *filter(None, (known, digest)))
            if known == digest:
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

    def _files_of(self, stored: str) -> list[str]:
        """Stored paths of a file, or of every file of a folder, as far as the store has them whole."""
        remote = self._remote(stored).rstrip("/")
        if stored and self._files.isfile(remote):
            return [stored]
        if not self._files.isdir(remote):
            return []
        found = set(self._files.find(remote))
        return sorted(name[len(self._root) :].lstrip("/") for name in found if name + DIGEST in found)

    def _changed(self, stored: str) -> bool:
        """Whether somebody else has kept it since this machine exchanged it with the store; most files never change."""
        if stored.partition("/")[0] in CACHED:
            return False
        exchanged = self.folder / EXCHANGED / stored
        known = self._known_digest(self._remote(stored))
        return known is not None and known not in (exchanged.read_text().split() if exchanged.exists() else ())

    def _remember(self, stored: str, *digests: str) -> None:
        if stored.partition("/")[0] in CACHED:
            return
        exchanged = self.folder / EXCHANGED / stored
        exchanged.parent.mkdir(parents=True, exist_ok=True)
        part = exchanged.with_name(f"{exchanged.name}.{uuid.uuid4().hex[:8]}{PART}")
        part.write_text("\n".join(digests))
        part.replace(exchanged)

    def _bring_folder(self, remote: str, local: Path) -> None:
        part = local.with_name(f"{local.name}.{uuid.uuid4().hex[:8]}.part")
        try:
            for name in self._files.find(remote):
                if not name.endswith((DIGEST, PART)):
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
