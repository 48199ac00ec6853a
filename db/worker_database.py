"""The database as a worker sees it: it waits for a server that is away, and refuses what a superseded worker writes.

A worker that was suspended for minutes wakes in the middle of a job that another one has finished meanwhile. Whatever
it wants to write then must not be written, wherever in its code it wakes: so the refusal sits in the transaction.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from db.models import Worker
from db.session import Database

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0
IDLE_SECONDS = 10


class Superseded(BaseException):
    """Others have taken over this worker's work. No `Exception`: nothing on the way may turn it into a result."""


def connection_lost(error: BaseException) -> bool:
    """Whether an error says that the database server is away, so that trying again later can help."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    # Of PostgreSQL's operational errors those without a SQLSTATE never reached a server; 57P is a server going down.
    # SQLite has no server; being locked is its only passing trouble, and it waits for that by itself.
    state = getattr(error.orig, "sqlstate", "sqlite")
    return state is None or state.startswith(("08", "57P", "25P03"))


class PatientDatabase(Database):
    """A `Database` that can be waited for, and whose locks do not outlive a process that was suspended."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        if self.engine.dialect.name == "postgresql":
            event.listen(self.engine, "connect", _limit_idling)

    def wait(self, stop: threading.Event | None = None) -> None:
        """Return as soon as the server answers; each attempt waits longer than the one before, up to ten seconds."""
        pause = FIRST_PAUSE
        while not (stop and stop.is_set()):
            try:
                with self.engine.connect():
                    break
            except DBAPIError as error:
                if not connection_lost(error):
                    raise
                log.warning("the database does not answer; trying again in %.1f s", pause)
                stop.wait(pause) if stop else time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)


class WorkerDatabase(PatientDatabase):
    """The database of a worker's jobs: transactions wait for the server, writes need a worker that counts as there.

    Args:
        url: as of `Database`.
        name, incarnation: of the worker's row (`models.workers`).

    Attributes:
        confirmed: when the worker was last known to count as there, by `time.monotonic`.
    """

    def __init__(self, url: str, name: str, incarnation: str) -> None:
        super().__init__(url)
        self._name, self._incarnation = name, incarnation
        self.confirmed = time.monotonic()

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One writing transaction of the worker.

        Raises:
            Superseded: the worker was declared silent.
        """
        self.wait()
        with super().begin() as session:
            self._confirm(session)
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One reading transaction."""
        self.wait()
        with super().read() as session:
            yield session

    def confirm(self) -> None:
        """Wait until the server says that the worker still counts as there.

        Raises:
            Superseded: it does not.
        """
        with self.begin():
            pass

    def _confirm(self, session: Session) -> None:
        asked = time.monotonic()
        # KEY SHARE: signs of life may be written meanwhile, but nobody can declare the worker silent before the end of
        # this transaction. SQLite has one writer at a time anyway.
        mine = session.scalar(
            select(Worker.id)
            .where(Worker.name == self._name, Worker.incarnation == self._incarnation, Worker.state == "working")
            .with_for_update(read=True, key_share=True)
        )
        if mine is None:
            raise Superseded(f"worker {self._name} was declared silent; its work is in other hands")
        self.confirmed = asked


def _limit_idling(connection: Any, record: Any) -> None:
    # A process that is suspended within a transaction would keep its locks, and with them everybody who wants to
    # declare it silent, until it wakes.
    connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
    connection.commit()
