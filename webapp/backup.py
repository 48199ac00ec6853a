"""`python -m webapp.backup`: a verified copy of everything while Glint runs, restoring it, and moving to PostgreSQL.

A backup is a folder: `backup.json` (what it holds, with the hash of every file), `database.db` (a SQLite snapshot,
whatever the database is) and `data/` (the data folder without what can be made again, and with what only lies in the
shared store). The database is copied first:
files are written before rows name them, so that every row finds its file. A file that a withdrawal removes meanwhile is
noted as gone. The keys that sign tokens stay behind: after restoring, everybody signs in again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from db.copying import NotEmpty, copy_database
from db.schema import migrate
from db.session import Database
from spotcore.errors import SpotcoreError
from webapp import wording
from webapp.code_version import code_version
from webapp.services import backups
from webapp.settings import Settings
from webapp.store import CACHED, EXCHANGED, IDENTITY

FORMAT = "glint-backup/1"
# Made again by themselves: frames cut for the viewer, locks, the queue (rows that wait are asked for again).
LEFT_OUT = (
    "packs", "withdrawn", EXCHANGED, IDENTITY, "dbos.db", "dbos.db-wal", "dbos.db-shm", "secret.key", "glint.db",
    "glint.db-wal", "glint.db-shm",
)  # fmt: skip
SHARED = (*CACHED, "jobs", "ladders")  # what lies in a shared store, where there is one
BLOCK = 2**20


class BadBackup(SpotcoreError):
    """The folder is no backup, is damaged, or cannot be restored here."""


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status; 2 with a sentence where something is refused."""
    parser = argparse.ArgumentParser(prog="python -m webapp.backup", description="Backups of this installation.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about in (
        ("make", "copy everything into a new folder; Glint may run meanwhile"),
        ("check", "read a backup and compare every hash"),
        ("restore", "put a backup into an empty data folder and database; Glint must not run"),
    ):
        commands.add_parser(name, help=about).add_argument("folder", type=Path)
    moving = commands.add_parser("copy-database", help="copy the database into an empty one, such as PostgreSQL")
    moving.add_argument("url", help="of the empty database: postgresql+psycopg://user@host/name")
    commands.add_parser("list", help="backups that were made")
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_environment()
        if options.command == "make":
            print(_told(options.folder, make(settings, options.folder)))
        elif options.command == "check":
            print(_told(options.folder, check(options.folder)))
        elif options.command == "restore":
            print(_told(options.folder, restore(settings, options.folder)))
        elif options.command == "copy-database":
            rows = copy_database(settings.database_url, options.url)
            print(f"{rows:,} rows copied. Start Glint with GLINT_DATABASE_URL={options.url}")
        else:
            _list(settings)
    except (SpotcoreError, NotEmpty, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def make(settings: Settings, folder: Path) -> dict[str, Any]:
    """Copy database and data folder into a new folder, which is complete only once `backup.json` is in it.

    Returns:
        what `backup.json` says.

    Raises:
        BadBackup: the folder exists with something in it, or lies within the data folder.
    """
    folder = folder.absolute()
    if folder.is_relative_to(settings.data_dir):
        raise BadBackup(f"expected a folder outside of the data folder {settings.data_dir}, got {folder}")
    if folder.exists() and any(folder.iterdir()):
        raise BadBackup(f"expected a new or empty folder, {folder} holds something")
    migrate(settings.database_url)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made_at = datetime.now(UTC)
    snapshot(settings.database_url, folder / "database.db")
    files, gone = {"database.db": _digest(folder / "database.db")}, []
    store = settings.store
    for path in _data_files(settings.data_dir):
        name = path.relative_to(settings.data_dir).as_posix()
        if store is not None and store.has_newer(name):
            continue  # a job that another machine goes on with
        try:
            files[f"data/{name}"] = _copy(path, folder / "data" / name)
        except FileNotFoundError:
            gone.append(name)
    fetched = _from_store(settings, folder, files)
    snapshotted = Database(f"sqlite:///{folder / 'database.db'}")
    held = backups.held_videos(snapshotted)
    videos = [video for video, _ in held]
    outside = [path for _, path in held if Path(path).is_absolute()]
    snapshotted.dispose()
    for leftover in ("database.db-wal", "database.db-shm"):
        (folder / leftover).unlink(missing_ok=True)
    files["database.db"] = _digest(folder / "database.db")
    size = sum((folder / name).stat().st_size for name in files)
    about = {
        "format": FORMAT, "made_at": made_at.isoformat(), "code_version": code_version(), "size_bytes": size,
        "videos": videos, "videos_outside": outside, "gone_meanwhile": gone,
        "from_store": fetched, "files": files,
    }  # fmt: skip
    part = folder / "backup.json.part"
    part.write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")
    part.replace(folder / "backup.json")
    database = Database(settings.database_url)
    backups.note_backup(database, str(folder), made_at, size, videos)
    database.dispose()
    return about


def check(folder: Path) -> dict[str, Any]:
    """Compare every file with its hash; returns what `backup.json` says.

    Raises:
        BadBackup: naming what is missing or differs.
    """
    about = _about(folder)
    wrong = []
    for name, digest in about["files"].items():
        path = folder / name
        if not path.is_file():
            wrong.append(f"{name} is missing")
        elif _digest(path) != digest:
            wrong.append(f"{name} is damaged")
    if wrong:
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise BadBackup(f"{folder}: {'; '.join(wrong[:5])}{more}")
    return about


def restore(settings: Settings, folder: Path) -> dict[str, Any]:
    """Put a checked backup into an empty data folder and database; an older one is brought to this schema.

    Raises:
        BadBackup: damaged, or the data folder holds something.
        NotEmpty: the database holds rows.
    """
    about = check(folder)
    if settings.data_dir.exists() and any(settings.data_dir.iterdir()):
        raise BadBackup(f"expected a new or empty data folder, {settings.data_dir} holds something")
    settings.prepare()
    for name in about["files"]:
        if name.startswith("data/"):
            _copy(folder / name, settings.data_dir / name.removeprefix("data/"))
    copied = settings.data_dir / "restoring.db"
    try:
        # Brought to this schema in a copy: the backup itself is never changed.
        shutil.copyfile(folder / "database.db", copied)
        migrate(f"sqlite:///{copied}")
        copy_database(f"sqlite:///{copied}", settings.database_url)
    finally:
        for leftover in ("", "-wal", "-shm"):
            Path(f"{copied}{leftover}").unlink(missing_ok=True)
    if settings.store is not None:
        for path in sorted(settings.data_dir.iterdir()):
            if path.name in SHARED:
                settings.store.keep(path)
    return about


def snapshot(url: str, target: Path) -> None:
    """The database as one SQLite file, a single moment of it, while others read and write."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
        connection.close()
    else:
        copy_database(url, f"sqlite:///{target}")


def _data_files(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if inside.parts[0] in LEFT_OUT or path.suffix in (".lock", ".part") or path.is_symlink():
            continue
        if path.is_file():
            yield path


def _from_store(settings: Settings, folder: Path, files: dict[str, str]) -> int:
    """Copy what the shared store has and this machine has not, or only in an older version; returns how much it is."""
    if settings.store is None:
        return 0
    wanted = [name for name in settings.store.names() if name.split("/")[0] in SHARED and f"data/{name}" not in files]
    for name in wanted:
        settings.store.read(name, folder / "data" / name)
        files[f"data/{name}"] = _digest(folder / "data" / name)
    return len(wanted)


def _copy(source: Path, target: Path) -> str:
    """Copy a file; returns the hash of what was written."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with source.open("rb") as reading, target.open("xb") as writing:
        while block := reading.read(BLOCK):
            digest.update(block)
            writing.write(block)
    return digest.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _about(folder: Path) -> dict[str, Any]:
    try:
        about = json.loads((folder / "backup.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadBackup(f"{folder}: expected a finished backup with backup.json: {error}") from error
    files = about.get("files") if isinstance(about, dict) else None
    if not isinstance(files, dict) or about.get("format") != FORMAT:
        raise BadBackup(f"{folder}: expected the format {FORMAT}, got {about.get('format') if files else about!r:.100}")
    strange = [name for name in files if Path(name).is_absolute() or ".." in Path(name).parts]
    if strange:
        raise BadBackup(f"{folder}: {strange[0]!r} leads out of the backup")
    return about


def _told(folder: Path, about: dict[str, Any]) -> str:
    holds = f"{wording.count(len(about['files']), 'file')}, {wording.count(len(about['videos']), 'video')}"
    lines = [f"{folder}: {holds}, {wording.size(about['size_bytes'])}, made {about['made_at'][:19]}"]
    if about.get("from_store"):
        lines.append(f"{wording.count(about['from_store'], 'file')} of them from the shared store")
    if about["videos_outside"]:
        count = wording.count(len(about["videos_outside"]), "video")
        lines.append(f"not in it: {count} registered from elsewhere, such as {about['videos_outside'][0]}")
    if about["gone_meanwhile"]:
        lines.append(f"removed while copying: {', '.join(about['gone_meanwhile'][:5])}")
    return "\n".join(lines)


def _list(settings: Settings) -> None:
    database = Database(settings.database_url)
    for row in backups.list_backups(database):
        state = f"gone since {row.gone_at:%Y-%m-%d}" if row.gone_at else wording.size(row.size_bytes)
        count = wording.count(len(row.video_ids), "video")
        print(f"{row.made_at:%Y-%m-%d %H:%M} {row.folder} ({count}, {state})")
    database.dispose()


if __name__ == "__main__":
    sys.exit(main())
