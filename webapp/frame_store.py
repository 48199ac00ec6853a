"""Packs and small pictures on disk: a cache of limited size that the server, its decoders and the worker share.

Everything in it can be cut again from the videos, so it may be emptied at any time. Names are made from the content
hash of the video, never from its number: a number may be given again, a hash stays true. Decoding is the business of
`decoders` (for the server) and of the worker.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import time
import uuid
from contextlib import suppress
from pathlib import Path

from spotcore.packs import PACK_QUALITY, PACK_WIDTH, cut_pack
from spotcore.video import Video
from webapp.settings import Settings

log = logging.getLogger(__name__)

_SHARE_BETWEEN_SWEEPS = 32  # a writer looks at the whole folder after each 1/32 of the capacity that it wrote
_FULL_TO = 0.9  # a sweep leaves the cache this full, so that not every write sweeps again
_ABANDONED_SECONDS = 3600.0  # a .part file of this age belongs to a killed writer
_HASH = re.compile(r"[0-9a-f]{16,128}")


def pack_name(index: int, width: int | None) -> str:
    """File name of a pack; `width` None for the full size."""
    return f"{'full' if width is None else f'w{width}'}-q{PACK_QUALITY}-{index:07d}.gpk"


def stored_width(asked: int | None, video_width: int) -> int | None:
    """None where nothing is scaled down: the full size and a width beyond it are one and the same pack."""
    return None if asked is None or video_width <= asked else asked


class FrameStore:
    """Files by (content hash, name), the longest unused ones removed when there is no more room.

    Several processes may use one folder. Reading and writing block: never call them in the event loop.

    Args:
        settings: names the data folder and the room.
    """

    def __init__(self, settings: Settings) -> None:
        self._set(settings.data_dir / "packs", settings.pack_cache_mb * 1_000_000)

    @classmethod
    def at(cls, folder: Path, capacity: int) -> FrameStore:
        """A store in any folder, of `capacity` bytes."""
        store = cls.__new__(cls)
        store._set(folder, capacity)
        return store

    def _set(self, folder: Path, capacity: int) -> None:
        self.folder = Path(folder)
        self.capacity = capacity
        self._unswept = capacity  # sweep at the first write: a former process may have left too much

    def path(self, sha256: str, name: str) -> Path:
        """Where that file is or would be."""
        if not _HASH.fullmatch(sha256) or "/" in name:
            raise ValueError(f"expected a content hash in hex and a plain name, got {sha256!r} and {name!r}")
        return self.folder / sha256[:2] / sha256[:32] / name

    def read(self, sha256: str, name: str) -> bytes | None:
        """The file's content, or None; reading marks it as used."""
        path = self.path(sha256, name)
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data

    def has(self, sha256: str, name: str) -> bool:
        return self.path(sha256, name).is_file()

    def write(self, sha256: str, name: str, data: bytes) -> bool:
        """Keep a file, atomically; False where the disk refuses (the caller has the data nevertheless)."""
        path = self.path(sha256, name)
        part = path.with_name(f"{name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.part")
        try:
            if self._unswept + len(data) > self.capacity // _SHARE_BETWEEN_SWEEPS:
                self.sweep(len(data))
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)
            part.replace(path)
        except OSError as error:
            log.warning("%s cannot be kept: %s", path, error)
            with suppress(OSError):
                part.unlink()
            return False
        self._unswept += len(data)
        return True

    def cut(self, video: object, decoder: Video, index: int, width: int | None = PACK_WIDTH) -> None:
        """Cut a pack ahead of need, unless it is there; for the worker.

        Args:
            video: anything with `.sha256`, the content hash known from import.
            decoder: the same video, open.
        """
        sha256 = video.sha256
        width = stored_width(width, decoder.info.width)
        name = pack_name(index, width)
        if not self.has(sha256, name):
            self.write(sha256, name, cut_pack(decoder, index, width))

    def remove(self, sha256: str) -> None:
        """Forget everything of a video, when it is deleted."""
        shutil.rmtree(self.path(sha256, "x").parent, ignore_errors=True)

    def size(self) -> int:
        """Bytes in the store now."""
        return sum(size for _, size, _ in self._files())

    def sweep(self, room: int = 0) -> None:
        """Remove the longest unused files until `room` bytes more would fit."""
        self._unswept = 0
        files = self._files()
        total = sum(size for _, size, _ in files)
        if total + room <= self.capacity:
            return
        for _, size, path in sorted(files):
            path.unlink(missing_ok=True)
            total -= size
            if total + room <= self.capacity * _FULL_TO:
                return

    def _files(self) -> list[tuple[float, int, Path]]:
        """(last use, bytes, path) of every complete file; abandoned parts are removed on the way."""
        files = []
        now = time.time()
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = Path(folder, name)
                try:
                    status = path.stat()
                    if not name.endswith(".part"):
                        files.append((status.st_mtime, status.st_size, path))
                    elif now - status.st_mtime > _ABANDONED_SECONDS:
                        path.unlink(missing_ok=True)
                except OSError:
                    continue  # removed by another process since it was listed
        return files
