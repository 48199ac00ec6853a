"""How a video enters the library: its content hash is taken, its row made, its import enqueued.

Uploads, the example clip and folders of the server come through `register`; only folders named in GLINT_MEDIA_ROOTS
may be registered in place, and a link that leads out of them is refused. Reading the video is the import's business.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from db.session import Database
from spotcore.errors import SpotcoreError
from spotcore.video import content_hash
from webapp import queueing
from webapp.services import library
from webapp.services.errors import Refused
from webapp.settings import Settings

VIDEO_SUFFIXES = frozenset({
    ".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".mts", ".m2ts", ".ts", ".flv", ".3gp",
    ".ogv", ".mxf",
})  # fmt: skip
_NUMBERED_PICTURE = re.compile(r"\d+\.(?:jpe?g|png|bmp|tiff?|webp)$", re.IGNORECASE)
MOST_CANDIDATES = 2000


@dataclass(frozen=True)
class Candidate:
    """Something in a media root that could be registered.

    Attributes:
        path: resolved.
        title: path below its root.
        kind: "file" or "images" (a folder, which needs a rate).
        size_bytes: of a file; 0 for folders.
    """

    path: Path
    title: str
    kind: str
    size_bytes: int


def candidates(settings: Settings, most: int = MOST_CANDIDATES) -> list[Candidate]:
    """Video files and folders of numbered pictures below the media roots, by title; at most `most`."""
    found = []
    for root in settings.media_roots:
        for candidate in _below(root):
            found.append(candidate)
            if len(found) >= most:
                break
    return sorted(found, key=lambda candidate: candidate.title.casefold())


def register_in_place(
    settings: Settings,
    database: Database,
    path: Path,
    *,
    study_id: int,
    rate: float | None = None,
    subject: str = "",
    added_by: int | None = None,
) -> int:
    """Register a file or folder of pictures where it lies; returns the video's id.

    Raises:
        Refused: outside the media roots, a folder without a rate, a file with one, or known content.
    """
    resolved = inside_roots(settings, path)
    if resolved.is_dir() and not rate:
        raise Refused(f"{resolved.name} is a folder of pictures: say how many frames a second it was filmed at")
    if resolved.is_file() and rate:
        raise Refused(f"{resolved.name} is a video file and has its own timestamps: leave the rate empty")
    root = next(root for root in settings.media_roots if resolved.is_relative_to(root))
    return register(
        settings,
        database,
        resolved,
        title=str(resolved.relative_to(root)) if resolved != root else root.name,
        study_id=study_id,
        subject=subject,
        rate=rate,
        added_by=added_by,
    )


def inside_roots(settings: Settings, path: Path) -> Path:
    """The real place of `path`, which must exist within a media root.

    Raises:
        Refused: it lies elsewhere, links and ".." resolved, or does not exist.
    """
    try:
        resolved = Path(path).resolve(strict=True)
    except (OSError, RuntimeError):
        raise Refused(f"{path} does not exist on the server") from None
    if not any(resolved.is_relative_to(root) for root in settings.media_roots):
        raise Refused(f"{path} is not inside the folders that GLINT_MEDIA_ROOTS allows")
    return resolved


def register(
    settings: Settings,
    database: Database,
    path: Path,
    *,
    title: str,
    study_id: int,
    subject: str = "",
    rate: float | None = None,
    synthetic: bool = False,
    added_by: int | None = None,
) -> int:
    """Make the row of a video whose content lies at `path`, and have it imported; returns its id.

    Asked twice for the same path (a server that died in between), it gives the same video again.

    Raises:
        Refused: the same content is in the library already; the sentence names it.
    """
    try:
        digest = content_hash(path)
    except (OSError, SpotcoreError) as error:
        raise Refused(f"{title} cannot be read: {error}") from None
    stored = settings.stored(path)
    known = library.find_by_path(database, study_id, stored)
    if known is None:
        known = library.register_video(
            database,
            study_id=study_id,
            title=title,
            path=stored,
            kind="images" if path.is_dir() else "file",
            sha256=digest,
            size_bytes=_size(path),
            subject=subject,
            rate=rate,
            synthetic=synthetic,
            added_by=added_by,
        )
    queueing.enqueue_import(known, settings)
    return known


def _below(root: Path) -> Iterator[Candidate]:
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(folder)
        if any(_NUMBERED_PICTURE.search(name) for name in files):
            yield Candidate(here, str(here.relative_to(root)) if here != root else root.name, "images", 0)
        for name in sorted(files):
            path = here / name
            if path.suffix.lower() not in VIDEO_SUFFIXES:
                continue
            try:
                resolved = path.resolve(strict=True)
                if resolved.is_relative_to(root):
                    yield Candidate(resolved, str(path.relative_to(root)), "file", resolved.stat().st_size)
            except OSError:
                continue  # a dangling link, or a file removed meanwhile


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(entry.stat().st_size for entry in os.scandir(path) if entry.is_file())
