"""`python -m webapp.retention`: remove now what is kept for long enough. Every worker does so once a day.

What goes when is said per study on the page Privacy (`webapp.values.retention`). Labels, footage and models are no
leftovers: they go by deleting or withdrawing only.
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from db.base import now
from db.schema import migrate
from db.session import Database
from webapp import queue_traces, queueing, wording
from webapp.services import retention
from webapp.settings import Settings
from webapp.uploads import Uploads
from webapp.values.retention import NAMES, Retention

log = logging.getLogger(__name__)

STAMP = "retention.stamp"  # its time says when this last ran here
DAY = 24 * 3600.0
LATE = 2 * DAY  # files under a number that no video has, written by work that ended after its video was erased


def main() -> int:
    settings = Settings.from_environment()
    migrate(settings.database_url)
    queueing.prepare(settings)
    database = Database(settings.database_url)
    gone = sweep(settings, database)
    for name, count in gone.items():
        print(f"{NAMES.get(name, name)}: {wording.count(count, 'thing')} removed")
    database.dispose()
    return 0


def daily(settings: Settings, database: Database) -> None:
    """Sweep where nobody has done so for a day; workers call this often."""
    stamp = settings.data_dir / STAMP
    if stamp.exists() and time.time() - stamp.stat().st_mtime < DAY:
        return
    stamp.touch()
    gone = {name: count for name, count in sweep(settings, database).items() if count}
    if gone:
        log.info("kept for long enough and removed: %s", gone)


def sweep(settings: Settings, database: Database, at: datetime | None = None) -> dict[str, int]:
    """Remove whatever its study keeps no longer; returns how many things of each kind. `at`: the present."""
    at = at or now()
    wishes = retention.by_study(database)
    days = retention.shared(wishes)
    gone = {
        "uploads": _uploads(settings, wishes, at),
        "packs": _unused(settings.data_dir / "packs", days["packs"], at),
        "jobs": _job_folders(settings, database, at),
        "queue": 0,
        "left by erased videos": _left_by_erased(settings, retention.known_videos(database), at),
    }
    if (limit := retention.before(days["queue"], at)) is not None:
        gone["queue"] = queue_traces.forget_finished(settings, limit)
    return gone | retention.remove_rows(database, at)


def _uploads(settings: Settings, wishes: dict[int, Retention], at: datetime) -> int:
    """Unfinished ones; a study that is not there any more has the default wish."""
    count = 0
    for folder in _folders(Uploads(settings).root):
        if any(folder.glob("source*")):
            continue
        try:
            study = json.loads((folder / "upload.json").read_text(encoding="utf-8")).get("study_id")
        except (OSError, ValueError):
            study = None
        limit = wishes.get(study, Retention()).uploads
        newest = max(path.stat().st_mtime for path in [folder, *folder.iterdir()])
        if limit is not None and at.timestamp() - newest > limit * DAY:
            shutil.rmtree(folder, ignore_errors=True)
            count += 1
    return count


def _unused(place: Path, days: int | None, at: datetime) -> int:
    """Files that were not read for so long; reading marks them."""
    old = [path for path in place.rglob("*") if days is not None and path.is_file()
           and at.timestamp() - path.stat().st_mtime > days * DAY]  # fmt: skip
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _job_folders(settings: Settings, database: Database, at: datetime) -> int:
    count = 0
    for stored in retention.old_job_folders(database, at):
        if (settings.data_dir / stored).is_dir():
            shutil.rmtree(settings.data_dir / stored, ignore_errors=True)
            count += 1
        if settings.store is not None:
            settings.store.remove(stored)
    return count


def _left_by_erased(settings: Settings, known: frozenset[int], at: datetime) -> int:
    """Folders under the number of a video that is not there; such a number is never given again."""
    found = [
        folder
        for part in ("media", "signals")
        for folder in _folders(settings.data_dir / part)
        if folder.name.isdigit() and int(folder.name) not in known
        and at.timestamp() - folder.stat().st_mtime > LATE
    ]  # fmt: skip
    for folder in found:
        shutil.rmtree(folder, ignore_errors=True)
        if settings.store is not None:
            settings.store.remove(folder.relative_to(settings.data_dir).as_posix())
    return len(found)


def _folders(place: Path) -> Iterator[Path]:
    yield from (path for path in place.iterdir() if path.is_dir()) if place.is_dir() else ()


if __name__ == "__main__":
    sys.exit(main())
