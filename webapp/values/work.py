"""Work in the queues and the workers that do it, as pages show them. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Work:
    """Unfinished work.

    Attributes:
        kind: name of its queue, such as "spotting".
        row_id: the row it is about; a word for work without a row.
        name: unique name of this attempt at the row.
        state: "waiting" or "running".
        worker: who runs it, "" while it waits.
        priority: smaller comes first.
        asked_at, began_at: when somebody asked for it, and when a worker last began.
    """

    kind: str
    row_id: int | str
    name: str
    state: str
    worker: str
    priority: int
    asked_at: datetime
    began_at: datetime | None


@dataclass(frozen=True)
class WorkerCard:
    """What a worker says about itself.

    Attributes:
        incarnation: unique for every start of the process.
        kinds: the queues it serves.
        device: what networks run on: "cpu" or the name of the GPU.
        store: fingerprint of the data folder; workers of one queue must see the same files.
    """

    name: str
    incarnation: str
    host: str
    pid: int
    kinds: tuple[str, ...]
    device: str
    cores: int
    version: str
    store: str


@dataclass(frozen=True)
class WorkerInfo(WorkerCard):
    """A worker as others see it; `state` is "working", "silent" or "ended"."""

    state: str
    beats: int
    started_at: datetime
    seen_at: datetime


@dataclass(frozen=True)
class RetryNote:
    """Why work was taken up again: `reason` is a sentence."""

    reason: str
    from_worker: str
    by: str
    at: datetime


@dataclass(frozen=True)
class QueueRow:
    """Waiting or running work with what people want to know about it.

    Attributes:
        title: what it is about, for people.
        position: place in its queue from 1; 0 where it runs.
        progress: 0..1.
        remaining: until it is done, with what stands before it; None where nothing like it was ever timed.
        retries: oldest first.
    """

    kind: str
    row_id: int | str
    title: str
    state: str
    position: int
    worker: str
    priority: int
    progress: float
    message: str
    asked_at: datetime
    began_at: datetime | None
    remaining: timedelta | None
    retries: tuple[RetryNote, ...] = ()


@dataclass(frozen=True)
class QueueState:
    """All that runs and waits, running work first; `more_waiting` counts rows beyond those shown."""

    rows: tuple[QueueRow, ...]
    more_waiting: int = 0
