"""A worker's sign of life, and how it notices that another one gives none any more.

What follows from silence stands in `jobs.takeover`; the rows are kept by `services.workers`.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import threading
import time
import uuid
from collections.abc import Callable, Iterable

from db.session import Database
from db.worker_database import connection_lost
from webapp.code_version import code_version
from webapp.services import workers
from webapp.services.errors import Refused
from webapp.settings import Settings
from webapp.values.work import WorkerCard, WorkerInfo

log = logging.getLogger(__name__)

# Signs of life in the time after which a worker counts as gone; one or two may get lost.
BEATS_IN_SILENCE = 6


def make_card(settings: Settings, name: str, kinds: tuple[str, ...], device: str) -> WorkerCard:
    """What this process says about itself; every call is a new incarnation."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return WorkerCard(
        name=name,
        incarnation=str(uuid.uuid4()),
        host=platform.node() or "unknown",
        pid=os.getpid(),
        kinds=kinds,
        device=device,
        cores=cores,
        version=code_version(),
        store=fingerprint(settings),
    )


def fingerprint(settings: Settings) -> str:
    """Names the data folder, whatever path it is mounted at: from a random word kept in it, or in the shared store.

    Two workers that start at once agree, because only one of them can create the file.
    """
    if settings.store is not None:
        return hashlib.sha256(settings.store.identity().encode()).hexdigest()[:16]
    path = settings.data_dir / "store.id"
    part = path.with_name(f"store.{uuid.uuid4().hex}.part")
    part.write_text(uuid.uuid4().hex)
    try:
        os.link(part, path)  # fails where there is one, and never shows a file without its content
    except FileExistsError:
        pass
    finally:
        part.unlink()
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


class Silence:
    """Tells for how long others have given no sign of life, by this process's own clock and its own looking.

    Neither clocks of two machines nor the time of a database are compared. A gap in the looking (a database that was
    away, a process that was suspended) starts the count anew: nobody is blamed for what this process did not see.

    Args:
        seconds: after which a worker counts as silent.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._seen: dict[str, tuple[tuple[str, int], float]] = {}
        self._looked = float("-inf")

    def silent(self, infos: Iterable[WorkerInfo], at: float) -> list[WorkerInfo]:
        """Those of the working workers whose row has not moved for too long; `at` is the moment of looking, seconds."""
        if at - self._looked > self.seconds / 2:
            self._seen.clear()
        self._looked = at
        found, kept = [], {}
        for info in infos:
            if info.state != "working":
                continue
            sign = (info.incarnation, info.beats)
            known, since = self._seen.get(info.name, (None, at))
            kept[info.name] = (sign, since if known == sign else at)
            if at - kept[info.name][1] >= self.seconds:
                found.append(info)
        self._seen = kept
        return found


def claim_name(database: Database, card: WorkerCard, seconds: float, stop: threading.Event) -> None:
    """Make sure that nobody else works under the card's name, then sign on.

    On one machine the lock of the name has told so already. A holder elsewhere is watched for `seconds`.

    Raises:
        Refused: it is alive, or the others work on another data folder.
    """
    workers.check_store(database, card)
    there = workers.holder(database, card.name)
    if there and there.state == "working" and (there.host, there.store) != (card.host, card.store):
        log.info("the name %s was used on %s; waiting whether it still is", card.name, there.host)
        begun = time.monotonic()
        while time.monotonic() - begun < seconds and not stop.wait(seconds / BEATS_IN_SILENCE):
            now = workers.holder(database, card.name)
            if now and (now.incarnation, now.beats) != (there.incarnation, there.beats):
                raise Refused(
                    f"A worker named {card.name} is at work on {there.host}; names are unique among all machines. "
                    "Give this one another --name."
                )
    workers.sign_on(database, card)


class Presence:
    """Gives a sign of life now and then from a thread of its own, however long the worker's steps are.

    Args:
        database: a plain one, with connections of its own.
        superseded: called once when others have taken over; it ends this process.
    """

    def __init__(
        self, database: Database, card: WorkerCard, seconds: float, superseded: Callable[[], object]
    ) -> None:
        self._database, self._card = database, card
        self._pause = seconds / BEATS_IN_SILENCE
        self._superseded = superseded
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="presence", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Beat no more; says so in the row where the database answers."""
        self._stop.set()
        try:
            workers.sign_off(self._database, self._card.name, self._card.incarnation)
        except Exception:
            log.warning("could not sign off; the others will notice by the silence")

    def _beat(self) -> None:
        reached = True
        while not self._stop.wait(self._pause):
            try:
                there = workers.beat(self._database, self._card.name, self._card.incarnation)
            except Exception as error:
                if reached and connection_lost(error):
                    log.warning("the database does not answer; the work goes on, and this is tried again")
                elif reached:
                    log.exception("could not give a sign of life; this is tried again")
                reached = False
                continue
            reached = True
            if not there and not self._stop.is_set():
                self._superseded()
                return
