"""How long a study keeps what is not its data: leftovers, caches, logs and traces of signing in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

LONGEST = 36_500


@dataclass(frozen=True)
class Retention:
    """Days after which each kind goes; None keeps it. Where things belong to no study the shortest of all counts.

    Attributes:
        uploads: files that nobody finished sending.
        packs: pictures cut for the viewer that nobody has looked at since.
        jobs: logs, reports and working files of jobs and trainings that are over.
        queue: what the queue remembers of work that is over.
        sessions: sessions that have ended.
        tries: tries to sign in.
        audit: who did what.
    """

    uploads: int | None = 7
    packs: int | None = 90
    jobs: int | None = None
    queue: int | None = 30
    sessions: int | None = 90
    tries: int | None = 30
    audit: int | None = None

    @classmethod
    def from_json(cls, values: Mapping[str, Any] | None) -> Retention:
        """Kinds that an older Glint did not know take their default."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: days for name, days in (values or {}).items() if name in known})

    def to_json(self) -> dict[str, int | None]:
        return asdict(self)


NAMES = {
    "uploads": "Uploads that nobody finished", "packs": "Pictures cut for the viewer and not looked at since",
    "jobs": "Logs, reports and working files of finished jobs", "queue": "The queue's memory of finished work",
    "sessions": "Sessions that have ended", "tries": "Tries to sign in", "audit": "The audit",
}  # fmt: skip
# Kinds that belong to the installation: the shortest wish of all studies counts.
SHARED = ("packs", "queue", "sessions", "tries")
