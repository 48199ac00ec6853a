"""Finding footage that is known by its content hash: among this installation's videos, then in its media roots."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from db.session import Database
from spotcore.errors import SpotcoreError
from spotcore.video import content_hash
from webapp import registration
from webapp.services import study_restoring
from webapp.settings import Settings

SHOWN = 10


def search(database: Database, settings: Settings, videos: Sequence[Mapping[str, Any]]) -> dict[str, Path]:
    """Content hash -> where it was found.

    Args:
        videos: "sha256", "kind", "size_bytes" and "title" of each.
    """
    wanted = {line["sha256"]: line for line in videos}
    found = {}
    for sha256, stored in study_restoring.paths_of_content(database, list(wanted)).items():
        path = settings.located(stored)
        if path.exists():
            found[sha256] = path
    for candidate in registration.candidates(settings):
        for sha256 in _fitting(candidate, [line for key, line in wanted.items() if key not in found]):
            found[sha256] = candidate.path
    return found


def _fitting(candidate: registration.Candidate, missing: Sequence[Mapping[str, Any]]) -> list[str]:
    """Hashes among the missing ones that a file or folder gives; only what can be it is read."""
    able = [
        line for line in missing
        if line["kind"] == candidate.kind and candidate.size_bytes in (0, line["size_bytes"])
    ]  # fmt: skip
    if not able:
        return []
    try:
        digest = content_hash(candidate.path)
    except (OSError, SpotcoreError):
        return []
    return [line["sha256"] for line in able if line["sha256"] == digest]


def kept(settings: Settings, found: Mapping[str, Path]) -> dict[str, str]:
    """Content hash -> stored path that further videos may have."""
    return {sha256: _own(settings, path) for sha256, path in found.items()}


def _own(settings: Settings, path: Path) -> str:
    """A stored path for another video of the same content: footage in the data folder goes with its video."""
    if not path.resolve().is_relative_to(settings.data_dir.resolve()):
        return settings.stored(path)
    target = settings.data_dir / "uploads" / uuid.uuid4().hex / path.name
    target.parent.mkdir(parents=True)
    if path.is_dir():
        shutil.copytree(path, target, copy_function=_linked)
    else:
        _linked(path, target)
    return settings.stored(target)


def _linked(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def missing_sentence(titles: Sequence[str]) -> str:
    """What to do about footage that was not found."""
    shown = ", ".join(f"“{title}”" for title in titles[:SHOWN])
    more = f" and {len(titles) - SHOWN:,} more" if len(titles) > SHOWN else ""
    return (
        f"The footage of {shown}{more} was not found. Put it into a folder of GLINT_MEDIA_ROOTS (names do not matter, "
        "content does), or import the study without it and look for it later."
    )
