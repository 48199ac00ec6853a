"""Uploads on disk: chunks are appended to a file, and the file's length is the only record of how far they came.

So an upload goes on after a lost connection, a restarted server or a disk that was full. The file's final place is
chosen here and never from its name: names are titles, not paths. Knows neither HTTP nor the database.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from webapp.settings import Settings

UPLOAD_ID = re.compile(r"[0-9a-f]{32}")
STALE_SECONDS = 7 * 24 * 3600
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,8}")
# Room left for the database and the log when a disk fills up: losing a decision is worse than refusing a video.
RESERVE_BYTES = 64 * 1024 * 1024


class UploadRefused(Exception):
    """The upload cannot go on like this; `str()` is a sentence for the person uploading.

    Attributes:
        reason: "unknown", "offset", "size", "disk" or "incomplete".
        offset: bytes that are safe on disk, where an upload exists.
    """

    def __init__(self, reason: str, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.offset = offset


@dataclass(frozen=True)
class Upload:
    """One upload as its folder describes it.

    Attributes:
        id: 32 hexadecimal digits, also the folder's name.
        title: name shown to people; never used as a path.
        extension: of the stored file, with its dot, or empty.
        size: bytes announced.
        annotator_id, study_id: who uploads, and into which study.
        subject: code of the person filmed, or empty.
        rate: frames per second given by the uploader, or None.
        video_id: the registered video once finished.
    """

    id: str
    title: str
    extension: str
    size: int
    annotator_id: int
    study_id: int
    subject: str = ""
    rate: float | None = None
    video_id: int | None = None


class Uploads:
    """All uploads of one installation.

    Args:
        write: like os.write; tests give one that runs out of room.
        free_bytes: room left on the disk of a folder.
    """

    def __init__(
        self,
        settings: Settings,
        write: Callable[[int, memoryview], int] = os.write,
        free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        self.root = settings.data_dir / "uploads"
        self.max_bytes = settings.upload_max_mb * 1024 * 1024
        self._write = write
        self._free_bytes = free_bytes

    def create(
        self, filename: str, size: int, annotator_id: int, study_id: int, subject: str = "", rate: float | None = None
    ) -> Upload:
        """Announce an upload of `size` bytes.

        Raises:
            UploadRefused: "size" (empty or over the limit), "disk" (it would not fit).
        """
        if size < 1:
            raise UploadRefused("size", f"{title_of(filename)} is empty: expected a video file, got 0 bytes")
        if size > self.max_bytes:
            raise UploadRefused(
                "size", f"{title_of(filename)} has {_amount(size)}; the limit is {_amount(self.max_bytes)} "
                "(GLINT_UPLOAD_MAX_MB)"
            )  # fmt: skip
        self.root.mkdir(parents=True, exist_ok=True)
        free = self._free_bytes(self.root)
        if size + RESERVE_BYTES > free:
            raise UploadRefused(
                "disk", f"{title_of(filename)} needs {_amount(size)} but only {_amount(max(0, free - RESERVE_BYTES))} "
                "are free on the server's disk; make room and try again"
            )  # fmt: skip
        extension = _EXTENSION.fullmatch(os.path.splitext(title_of(filename))[1])
        upload = Upload(
            id=uuid.uuid4().hex,
            title=title_of(filename),
            extension=extension.group().lower() if extension else "",
            size=size,
            annotator_id=annotator_id,
            study_id=study_id,
            subject=subject,
            rate=rate,
        )
        self.folder(upload.id).mkdir()
        self._save(upload)
        return upload

    def get(self, upload_id: str, annotator_id: int | None = None) -> Upload:
        """Read an upload; raises UploadRefused "unknown" for none, or somebody else's."""
        unknown = UploadRefused("unknown", "there is no such upload; it may have been cancelled")
        if not UPLOAD_ID.fullmatch(upload_id):
            raise unknown
        try:
            upload = Upload(**json.loads((self.folder(upload_id) / "upload.json").read_text()))
        except FileNotFoundError:
            raise unknown from None
        if annotator_id is not None and upload.annotator_id != annotator_id:
            raise unknown
        return upload

    def folder(self, upload_id: str) -> Path:
        return self.root / upload_id

    def file(self, upload: Upload) -> Path:
        """Where the finished video lies, for good."""
        return self.folder(upload.id) / f"source{upload.extension}"

    def offset(self, upload: Upload) -> int:
        """Bytes that have arrived."""
        for path in (self._part(upload), self.file(upload)):
            try:
                return path.stat().st_size
            except FileNotFoundError:
                continue
        return 0

    def append(self, upload: Upload, offset: int, data: bytes | memoryview) -> int:
        """Append a piece that starts at `offset`; returns the new offset.

        Raises:
            UploadRefused: "offset" (it does not start where the file ends), "size" (more than announced), "disk"
                (full: what fitted is kept, its offset is in the error, and the upload can go on later).
        """
        have = self.offset(upload)
        if offset != have:
            raise UploadRefused("offset", f"expected the piece at {have}, got one at {offset}", have)
        if have + len(data) > upload.size:
            raise UploadRefused("size", f"expected {upload.size} bytes in all, got more", have)
        rest = memoryview(data)
        try:
            # Unbuffered and in append mode: what write() has returned is in the file, whoever is killed next.
            handle = os.open(self._part(upload), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                while rest:
                    rest = rest[self._write(handle, rest) :]
            finally:
                os.close(handle)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            have = self.offset(upload)
            raise UploadRefused(
                "disk",
                f"the server's disk is full: {_amount(have)} of {upload.title} are kept; make room and go on",
                have,
            ) from None
        return have + len(data)

    def complete(self, upload: Upload) -> Path:
        """Make the file durable and move it to its final name; safe to repeat.

        Raises:
            UploadRefused: "incomplete" while bytes are missing.
        """
        have = self.offset(upload)
        if have != upload.size:
            raise UploadRefused(
                "incomplete", f"{upload.title}: {have} of {upload.size} bytes have arrived; send the rest first", have
            )
        if self._part(upload).exists():
            with self._part(upload).open("rb") as file:
                os.fsync(file.fileno())
            self._part(upload).replace(self.file(upload))
            _sync_folder(self.folder(upload.id))
        return self.file(upload)

    def registered(self, upload: Upload, video_id: int) -> None:
        """Remember which video an upload became, so that finishing twice gives the same answer."""
        self._save(replace(upload, video_id=video_id))

    def discard(self, upload: Upload) -> None:
        """Forget an upload and its bytes."""
        shutil.rmtree(self.folder(upload.id), ignore_errors=True)

    def discard_stale(self, now: float | None = None) -> int:
        """Remove uploads that nobody continued for a week; returns how many."""
        removed = 0
        for folder in self.root.iterdir() if self.root.is_dir() else ():
            parts = list(folder.glob("data.part"))
            newest = max((path.stat().st_mtime for path in [folder, *parts]), default=0.0)
            finished = any(folder.glob("source*"))
            if not finished and (time.time() if now is None else now) - newest > STALE_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
        return removed

    def _part(self, upload: Upload) -> Path:
        return self.folder(upload.id) / "data.part"

    def _save(self, upload: Upload) -> None:
        path = self.folder(upload.id) / "upload.json"
        part = path.with_suffix(".new")
        part.write_text(json.dumps(asdict(upload)))
        part.replace(path)


def title_of(filename: str) -> str:
    """The last component of a name from outside, printable, at most 200 characters: a title, not a path.

    >>> title_of("../../etc/passwd.mp4")
    'passwd.mp4'
    """
    name = re.split(r"[/\\]", filename)[-1]
    name = "".join(sign for sign in name if sign.isprintable()).strip()
    return (name if name.strip(".") else "video")[:200]


def _amount(count: int) -> str:
    """A number of bytes as people say it."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
