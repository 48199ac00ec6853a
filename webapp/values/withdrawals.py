"""What a withdrawal of a subject will take, and how far one is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

STEPS = {
    "stopping": "Stopping the work on these videos",
    "erasing": "Taking files and rows away",
    "destroying": "Destroying files, logs and traces of work",
    "compacting": "Rewriting the database without the freed pages",
    "done": "Done",
}


@dataclass(frozen=True)
class Outlook:
    """What withdrawing a subject would remove now.

    Attributes:
        videos: (title, seconds) of each, by title.
        outside: paths of footage that was registered in place; it is not ours to delete.
        decisions: confirmed operations in the log.
        label_sets: names of the sets that hold the person; their hash stays, and they are marked as redacted.
        versions: names of the model versions that learned from one of those sets, or go on from such a one.
        work: (kind, row id) of what runs or waits for these videos; it is cancelled first.
        paths: stored paths of files and folders to remove.
        words: by which the person is known, as far as they are distinctive enough to be looked for in all text.
        common: words that would also be found where they mean nothing.
        mentions: table -> rows of others whose text has one of `words`.
        backups: (folder, made at) of the backups that hold the person.
    """

    subject_id: int
    code: str
    video_ids: tuple[int, ...]
    videos: tuple[tuple[str, float], ...]
    outside: tuple[str, ...]
    decisions: int
    label_sets: tuple[str, ...]
    versions: tuple[str, ...]
    work: tuple[tuple[str, int], ...]
    paths: tuple[str, ...]
    words: tuple[str, ...]
    common: tuple[str, ...]
    mentions: Mapping[str, int]
    backups: tuple[tuple[str, datetime], ...]

    @property
    def hours(self) -> float:
        return sum(seconds for _, seconds in self.videos) / 3600


@dataclass(frozen=True)
class Withdrawal:
    """One that was asked for; `words` and `work` are known until it is done."""

    id: int
    study_id: int
    subject_id: int
    state: str
    words: tuple[str, ...]
    work: tuple[tuple[str, int], ...]
    video_ids: tuple[int, ...]
    found: Mapping[str, Any]
    asked_by: int | None
    asked_at: datetime
    finished_at: datetime | None
