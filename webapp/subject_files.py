"""Files of a subject that is withdrawn: moved out of reach, destroyed, and the person's name in files of others."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from db.naming import BLANK, pattern
from webapp.services import ladders
from webapp.settings import Settings
from webapp.store import CACHED, EXCHANGED
from webapp.uploads import Uploads

ASIDE = "withdrawn"
# Where programs write text that may name somebody; footage and numbers are told by where they lie.
TEXT = frozenset({".json", ".jsonl", ".log", ".txt", ".csv", ".html", ".md", ".eaf", ".xml", ".tsv", ".new", ".part"})
NO_TEXT = frozenset({ASIDE, "packs", "features", "uploads"})
# Where a file with a name in its path goes whole.
NAMED_FOLDERS = frozenset({EXCHANGED, "jobs", "ladders", "models", "runs", "signals", "media"})
KEY = 32  # a measurement and the pictures cut beside it begin with the same so many letters (`spotcore.pipeline`)
LARGEST_TEXT = 256 * 2**20


def aside(settings: Settings, number: int) -> Path:
    """Where the files of a withdrawal wait for their destruction, out of everybody's reach."""
    return settings.data_dir / ASIDE / str(number)


def measure(settings: Settings, paths: Iterable[str]) -> tuple[int, int]:
    """How many files and bytes lie under these stored paths on this machine."""
    files = {file for path in paths for file in _files(_inside(settings, path))}
    return len(files), sum(file.stat().st_size for file in files)


def move_aside(settings: Settings, number: int, paths: Iterable[str]) -> None:
    """Take files and folders from their places, here and in the shared store; again is harmless."""
    for stored in paths:
        source = _inside(settings, stored)
        if source is None:
            continue
        _forget(settings, stored)
        if source.exists():
            target = aside(settings, number) / stored
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if target.exists():  # written once more by somebody who was late
                _remove(target)
            source.replace(target)


def destroy(settings: Settings, number: int, video_ids: Iterable[int]) -> None:
    """Remove what was moved aside, and what late work has written since under numbers that are never used again."""
    _remove(aside(settings, number))
    for video_id in video_ids:
        for part in ("media", "signals"):
            _remove(settings.data_dir / part / str(video_id))
            _forget(settings, f"{part}/{video_id}")


def ladders_of(settings: Settings, hashes: Collection[str]) -> list[str]:
    """Stored folders of the ladders that were rendered into footage of these contents."""
    return [
        f"ladders/{ladder.name}"
        for ladder in ladders.list_ladders(settings.data_dir)
        if ladder.plan.footage.sha256 in hashes
    ]


def remove_uploads(settings: Settings, study_id: int, video_ids: Collection[int], words: Sequence[str]) -> None:
    """Uploads that became one of the videos, or that nobody in the study finished and that name the person."""
    named = pattern(words)
    for folder in _folders(Uploads(settings).root):
        try:
            text = (folder / "upload.json").read_text(encoding="utf-8")
            told = json.loads(text)
        except (OSError, ValueError):
            continue
        own = told.get("video_id") in video_ids
        open_here = told.get("video_id") is None and told.get("study_id") == study_id
        if own or (open_here and named.search(json.dumps(told, ensure_ascii=False))):
            _remove(folder)
            _forget(settings, f"uploads/{folder.name}")


def remove_unneeded_features(settings: Settings, needed: Collection[str]) -> None:
    """Measurements that no run names and no manifest of a job: copies for other settings, made on the way."""
    keys = {Path(path).name[:KEY] for path in needed} | {name[:KEY] for name in _in_manifests(settings)}
    for file in _files(settings.data_dir / "features"):
        if file.name[:KEY] not in keys:
            file.unlink(missing_ok=True)
            _forget(settings, file.relative_to(settings.data_dir).as_posix())


def owners(settings: Settings) -> dict[str, tuple[str, int]]:
    """Stored folder -> (kind, row id) of the work or video that it belongs to, where its name tells."""
    kinds = {"jobs": "training", "media": "import", "signals": "import", "runs": "spotting"}
    of_jobs = {"jobs": "job", "ladders": "job", "models": "training"}
    found: dict[str, tuple[str, int]] = {}
    for part in {*kinds, *of_jobs}:
        for folder in _folders(settings.data_dir / part):
            number = folder.name.removeprefix("job-")
            kind = kinds.get(part) if number == folder.name else of_jobs.get(part)
            if kind is not None and number.isdigit():
                found[f"{part}/{folder.name}"] = (kind, int(number))
    return found


def bring_text(settings: Settings, words: Sequence[str]) -> None:
    """Fetch what the shared store alone has of logs, reports and descriptions, so that it is looked through here."""
    if settings.store is None:
        return
    named = pattern(words)
    for stored in list(settings.store.names()):
        path = Path(stored)
        if path.parts[0] not in NO_TEXT and (path.suffix in TEXT or named.search(stored)):
            settings.store.newest(stored)


def drop_copies(settings: Settings, video_ids: Iterable[int], before: float) -> int:
    """Remove what this machine alone still has of a withdrawal that another one carried out; returns how many files.

    Copies of what the shared store has no longer, or has changed, go; pictures cut for the viewer all go.

    Args:
        before: seconds since 1970 when it was done; younger files are of work that goes on.
    """
    destroy_here = [settings.data_dir / part / str(n) for n in video_ids for part in ("media", "signals")]
    for folder in [*destroy_here, settings.data_dir / "packs"]:
        _remove(folder)
    gone = 0
    known = frozenset(settings.store.names())
    for part in (*CACHED, "jobs", "ladders"):
        for file in list(_files(settings.data_dir / part)):
            stored = file.relative_to(settings.data_dir).as_posix()
            if file.stat().st_mtime < before and (stored not in known or settings.store.has_newer(stored)):
                _remove(file)
                _remove(settings.data_dir / EXCHANGED / stored)
                _drop_empty(settings, file.parent)
                _drop_empty(settings, (settings.data_dir / EXCHANGED / stored).parent)
                gone += 1
    return gone


def blank_names(settings: Settings, words: Sequence[str], spared: Collection[str] = ()) -> int:
    """Replace the words in logs, reports and descriptions of others; returns how many files had one.

    A file or folder of a job that has a word in its own name goes whole.

    Args:
        spared: stored folders in which the words mean somebody else.
    """
    named, changed = pattern(words), 0
    for file in list(_files(settings.data_dir)):
        inside = file.relative_to(settings.data_dir)
        own = inside.parts[1:] if inside.parts[0] == EXCHANGED else inside.parts
        if inside.parts[0] in NO_TEXT or "/".join(own[:2]) in spared or not file.exists():
            continue
        place = next((n for n, part in enumerate(inside.parts) if named.search(part)), None)
        if place is not None and inside.parts[0] in NAMED_FOLDERS:
            stored = "/".join(inside.parts[: place + 1])
            _remove(settings.data_dir / stored)
            _forget(settings, stored)
            changed += 1
        elif file.suffix in TEXT and file.stat().st_size <= LARGEST_TEXT:
            changed += _blank(settings, file, named)
    return changed


def _blank(settings: Settings, file: Path, named: re.Pattern[str]) -> bool:
    before = file.read_bytes().decode("utf-8", errors="surrogateescape")
    after = named.sub(BLANK, before)
    if after == before:
        return False
    # In place, not beside and moved: a program that appends to its log goes on doing so.
    with file.open("r+b") as writing:
        writing.write(after.encode("utf-8", errors="surrogateescape"))
        writing.truncate()
    if settings.store is not None:
        _forget(settings, file.relative_to(settings.data_dir).as_posix())
        settings.store.keep(file)
    return True


def _in_manifests(settings: Settings) -> set[str]:
    """Names of the measurements that trainings read, which may be at it right now."""
    found: set[str] = set()
    for path in (settings.data_dir / "jobs").glob("*/manifest.json"):
        try:
            videos = json.loads(path.read_text(encoding="utf-8"))["videos"]
            found |= {Path(video["features"]).name for video in videos}
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def _forget(settings: Settings, stored: str) -> None:
    """Take a file or folder out of the shared store, and out of what this machine remembers of it."""
    if settings.store is not None:
        settings.store.remove(stored)
    _remove(settings.data_dir / EXCHANGED / stored)


def _inside(settings: Settings, stored: str) -> Path | None:
    """Where a stored path lies; None for one that leads out of the data folder, which was never ours."""
    root = settings.data_dir.resolve()
    path = (root / stored).resolve()
    return path if path != root and path.is_relative_to(root) else None


def _files(place: Path | None) -> Iterator[Path]:
    if place is not None and place.is_file():
        yield place
    elif place is not None and place.is_dir():
        yield from (path for path in sorted(place.rglob("*")) if path.is_file() and not path.is_symlink())


def _folders(place: Path) -> list[Path]:
    return [path for path in place.iterdir() if path.is_dir()] if place.is_dir() else []


def _drop_empty(settings: Settings, folder: Path) -> None:
    """A folder from which the last file went, and those above it: a name may stand in a path."""
    while folder != settings.data_dir and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
