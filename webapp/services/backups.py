"""The list of backups: `webapp.backup` makes them, whoever withdraws a subject reads where the person still is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from db.base import now
from db.models import Backup, Video
from db.session import Database
from webapp.services.errors import NotFound


@dataclass(frozen=True)
class BackupRow:
    """A backup: where it lies, which videos it holds, and when somebody said that it is gone."""

    id: int
    folder: str
    made_at: datetime
    size_bytes: int
    video_ids: tuple[int, ...]
    gone_at: datetime | None


def note_backup(database: Database, folder: str, made_at: datetime, size_bytes: int, video_ids: Collection[int]) -> int:
    """Remember a backup that was made."""
    with database.begin() as session:
        row = Backup(folder=folder, made_at=made_at, size_bytes=size_bytes, video_ids=sorted(video_ids))
        session.add(row)
        session.flush()
        return row.id


def held_videos(database: Database) -> tuple[tuple[int, str], ...]:
    """Id and stored path of every video, also of those that failed."""
    with database.read() as session:
        return tuple((row.id, row.path) for row in session.execute(select(Video.id, Video.path).order_by(Video.id)))


def list_backups(database: Database, holding: Collection[int] | None = None) -> tuple[BackupRow, ...]:
    """Newest first.

    Args:
        holding: only backups that are not gone and hold at least one of these videos.
    """
    with database.read() as session:
        rows = session.scalars(select(Backup).order_by(Backup.made_at.desc(), Backup.id.desc())).all()
        made = tuple(BackupRow(r.id, r.folder, r.made_at, r.size_bytes, tuple(r.video_ids), r.gone_at) for r in rows)
    if holding is None:
        return made
    return tuple(row for row in made if row.gone_at is None and set(holding) & set(row.video_ids))


def mark_gone(database: Database, backup_id: int) -> None:
    """Somebody has deleted the folder; NotFound for no such backup."""
    with database.begin() as session:
        row = session.get(Backup, backup_id)
        if row is None:
            raise NotFound(f"There is no backup {backup_id}.")
        row.gone_at = row.gone_at or now()
