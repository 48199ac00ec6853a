"""A study as one file: a .zip with a manifest, lines of JSON for every table, and the files that rows name.

manifest.json   format, study, date, and the SHA-256 of everything else
tables/*.ndjson one line per row; rows name each other by line number (`services.archive_tables`)
files/...       frame tables, curves and imported signals; never footage, thumbnails or sound

Equal studies give equal bytes but for the date in the manifest.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from db.session import Database
from webapp.code_version import code_version
from webapp.exchange.footage import kept, missing_sentence, search
from webapp.exchange.zips import DAMAGE
from webapp.services import archive_tables, study_archive, study_restoring
from webapp.services.errors import Refused
from webapp.services.study_restoring import AWAITED, Restored, owner
from webapp.settings import Settings

MANIFEST = "manifest.json"
LARGEST_TABLE = 2 * 2**30
LARGEST_FILE = 4 * 2**30
MOST_FILES = 500_000
_DAY_ZERO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Written:
    """What an archive holds."""

    rows: Mapping[str, int]
    files: int
    left_out: tuple[str, ...]


def write_archive(
    database: Database, settings: Settings, study_id: int, out: Path, by: int | None = None,
    made_at: datetime | None = None,
) -> Written:  # fmt: skip
    """Write a study into a new file; half of one is never left behind.

    Raises:
        Refused: not for this person.
    """
    study_archive.note_archive(database, study_id, by)
    held = study_archive.content(database, study_id)
    part = out.with_name(out.name + ".part")
    hashes, left_out = {}, list(held.left_out)
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
            for name in (*archive_tables.NAMED, *archive_tables.TABLES):
                hashes[f"tables/{name}.ndjson"] = _store(
                    archive, f"tables/{name}.ndjson", study_archive.text_of(held.lines[name])
                )
            for name, path in _files(settings, held.files):
                try:
                    hashes[name] = _store(archive, name, path.read_bytes())
                except FileNotFoundError:
                    left_out.append(f"{name} is missing in this installation")
            about = {
                "format": archive_tables.FORMAT, "made_at": (made_at or datetime.now(UTC)).isoformat(),
                "code_version": code_version(), "study": held.study, "left_out": left_out,
                "rows": {name: len(lines) for name, lines in held.lines.items()}, "sha256": hashes,
            }  # fmt: skip
            _store(archive, MANIFEST, json.dumps(about, indent=1, sort_keys=True, ensure_ascii=False).encode())
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return Written(about["rows"], len(hashes) - len(held.lines), tuple(left_out))


def _files(settings: Settings, named: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Name in the archive and place on disk of every file; a folder's files stand below its name."""
    for name, stored in named.items():
        path = settings.located(stored)
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.is_file())
            yield from ((f"{name}/{one.relative_to(path).as_posix()}", one) for one in inside)
        else:
            yield name, path


def _store(archive: zipfile.ZipFile, name: str, data: bytes) -> str:
    """Add a member that is the same whenever it is written; returns its hash."""
    info = zipfile.ZipInfo(name, _DAY_ZERO)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Found:
    """An archive that was read and checked, before anything is stored.

    Attributes:
        about: its manifest.
        videos: lines of its videos.
        footage: content hash -> where the footage was found.
        missing: titles of videos whose footage was not found.
        names: people of the study.
    """

    about: Mapping[str, Any]
    videos: tuple[Mapping[str, Any], ...]
    footage: Mapping[str, Path]
    missing: tuple[str, ...]
    names: tuple[str, ...]


def look_into(database: Database, settings: Settings, file: IO[bytes] | Path) -> Found:
    """Read and check an archive, and look for its footage.

    Raises:
        Refused: damaged, changed, of another format.
    """
    with _opened(file) as archive:
        about = _manifest(archive)
        videos = tuple(_lines(archive, about, "videos"))
        paths = search(database, settings, videos)
        missing = tuple(line["title"] for line in videos if line["sha256"] not in paths)
        names = tuple(str(line["name"]) for line in _lines(archive, about, "annotators"))
        return Found(about, videos, paths, missing, names)


def read_archive(
    database: Database, settings: Settings, file: IO[bytes] | Path, by: int | None = None,
    without_footage: bool = False,
) -> Restored:  # fmt: skip
    """Make the study of an archive here, all of it or nothing.

    Footage is looked for by content hash: among the videos of this installation, then in the folders of
    GLINT_MEDIA_ROOTS.

    Args:
        by: who imports it; None for the server's command line.
        without_footage: videos whose footage is not found come too, and wait for it.

    Raises:
        Refused: the archive is damaged or changed, footage is missing, or `study_restoring.restore` refuses.
    """
    found = look_into(database, settings, file)
    if found.missing and not without_footage:
        raise Refused(missing_sentence(found.missing))
    footage = {line["sha256"]: f"{AWAITED}/{line['sha256']}" for line in found.videos} | kept(settings, found.footage)
    with _opened(file) as archive:
        names = (*archive_tables.NAMED, *archive_tables.TABLES)
        lines = {name: tuple(_lines(archive, found.about, name)) for name in names}
        files = sorted(name for name in found.about["sha256"] if name.startswith("files/"))
        written: list[Path] = []

        def place(placed: Mapping[str, str]) -> None:
            for name in files:
                target = settings.data_dir / (placed[owner(name)] + name.removeprefix(owner(name)))
                if not target.resolve().is_relative_to(settings.data_dir.resolve()):
                    raise Refused(f"The archive holds a file with a name that leads elsewhere: {name[:200]}.")
                target.parent.mkdir(parents=True, exist_ok=True)
                written.append(target)
                target.write_bytes(_checked(archive, found.about, name, LARGEST_FILE))

        try:
            return study_restoring.restore(database, found.about["study"], lines, files, footage, by, place)
        except BaseException:
            for path in written:
                path.unlink(missing_ok=True)
            raise


def attach_footage(database: Database, settings: Settings, study_id: int) -> tuple[int, int]:
    """Look again for footage that was missing; returns (found now, still missing)."""
    waiting = study_restoring.awaiting(database, study_id)
    lines = [{"sha256": v.sha256, "kind": v.kind, "size_bytes": v.size_bytes, "title": v.title}
             for v in waiting.values()]  # fmt: skip
    found = study_restoring.attach(database, study_id, kept(settings, search(database, settings, lines)))
    return found, len(waiting) - found


@contextmanager
def _opened(file: IO[bytes] | Path) -> Iterator[zipfile.ZipFile]:
    """An archive that is open for a block; what zipfile and JSON raise in it becomes a sentence."""
    try:
        archive = zipfile.ZipFile(file)
    except DAMAGE as error:
        raise Refused(f"Expected an archive of a study (.zip), reading it failed: {error}") from error
    with archive:
        try:
            yield archive
        except (*DAMAGE, KeyError, TypeError, AttributeError) as error:
            raise Refused(f"The archive cannot be read: {type(error).__name__} {error}") from error


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    if len(archive.infolist()) > MOST_FILES:
        raise Refused(f"The archive holds more than {MOST_FILES:,} files.")
    about = json.loads(_bounded(archive, MANIFEST, LARGEST_TABLE))
    if about.get("format") != archive_tables.FORMAT:
        raise Refused(f"Expected an archive of the format {archive_tables.FORMAT}, got {about.get('format')!r}.")
    return about


def _lines(archive: zipfile.ZipFile, about: Mapping[str, Any], table: str) -> list[dict[str, Any]]:
    text = _checked(archive, about, f"tables/{table}.ndjson", LARGEST_TABLE)
    lines = [json.loads(line) for line in text.splitlines()]
    if not all(isinstance(line, dict) for line in lines):
        raise Refused(f"The table {table} of the archive holds something else than rows.")
    return lines


def _checked(archive: zipfile.ZipFile, about: Mapping[str, Any], name: str, largest: int) -> bytes:
    data = _bounded(archive, name, largest)
    if hashlib.sha256(data).hexdigest() != about["sha256"][name]:
        raise Refused(f"{name} of the archive was changed: it does not give its hash.")
    return data


def _bounded(archive: zipfile.ZipFile, name: str, largest: int) -> bytes:
    with archive.open(name) as file:
        data = file.read(largest + 1)  # not what the directory claims: it can lie
    if len(data) > largest:
        raise Refused(f"{name[:200]} of the archive is larger than {largest >> 20} MB.")
    return data
