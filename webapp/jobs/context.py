"""What every job works with: the installation, its database, and a progress function that also hears "stop".

A job's outcome is a row that people look at, so `outcome` turns whatever goes wrong into that row's sentence.
"""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from dbos import DBOS
from dbos._error import DBOSWorkflowCancelledError

from db.session import Database
from db.worker_database import WorkerDatabase, connection_lost
from spotcore.errors import Cancelled, SpotcoreError
from webapp import queueing
from webapp.services.errors import NotFound, ServiceError
from webapp.settings import Settings

log = logging.getLogger(__name__)
P, T = ParamSpec("P"), TypeVar("T")

PROGRESS_SECONDS = 0.7
# Work that took the worker down with it this often is given up and said to have failed (`reconcile`).
MOST_RECOVERIES = 20
# Between attempts at a step that lost the database; each of them waits for the server by itself (`WorkerDatabase`).
RECONNECT_ATTEMPTS, RECONNECT_GROWTH = 50, 1.2


@dataclass(frozen=True)
class JobContext:
    """The installation a worker serves."""

    settings: Settings
    database: Database

    def confirm(self, after: float = 0.0) -> None:
        """Make sure that the work is still this worker's before something is written beside the database.

        Args:
            after: seconds for which the last answer is good enough.

        Raises:
            Superseded: others have taken over.
        """
        database = self.database
        if isinstance(database, WorkerDatabase) and time.monotonic() - database.confirmed > after:
            database.confirm()


_current: JobContext | None = None


def serve(settings: Settings, database: Database) -> None:
    """Say which installation the jobs of this process serve; once, before any of them starts."""
    global _current
    _current = JobContext(settings, database)


def current() -> JobContext:
    """The installation of this process."""
    if _current is None:
        raise RuntimeError("jobs run in a worker, which opens a context first")
    return _current


def step(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a function a step of a workflow, as `DBOS.step`; one that lost the database is done again when it is back.

    A step must bear repetition anyway, because a killed worker repeats the one it was in.
    """
    return DBOS.step(
        name=name, retries_allowed=True, max_attempts=RECONNECT_ATTEMPTS, backoff_rate=RECONNECT_GROWTH,
        should_retry=connection_lost,
    )  # fmt: skip


class Progress:
    """Called by long work with (done, total): writes now and then, and raises Cancelled once the job was taken back.

    A database that is away stops the writing, and the work only when others might have taken over meanwhile: a worker
    that is cut off alone must not write files beside the one that goes on with its work.

    Args:
        write: stores a share from 0 to 1; False from it means that nobody wants the result any more.
        first, last: the part of the whole job that this step is.
    """

    def __init__(self, write: Callable[[float], object], first: float = 0.0, last: float = 1.0) -> None:
        self._write = write
        self._first, self._last = first, last
        self._name = DBOS.workflow_id
        self._next = 0.0

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() < self._next:
            return
        try:
            if self.cancelled():
                raise Cancelled("taken back")
            kept = self._write(self._first + (self._last - self._first) * min(1.0, done / max(total, 1)))
        except Exception as error:
            if not connection_lost(error):
                raise
            current().confirm(after=current().settings.silent_seconds / 2)
            kept = True
        if kept is False:
            raise Cancelled("the row is over")
        # Measured from the end: a slow database slows the writing, not the work.
        self._next = time.monotonic() + PROGRESS_SECONDS

    def cancelled(self) -> bool:
        """Whether somebody took the job back."""
        return bool(self._name) and queueing.is_cancelled(self._name, current().settings)


@contextmanager
def outcome(
    what: str, fail: Callable[[str], object], cancelled: Callable[[], object] = lambda: None
) -> Iterator[None]:
    """Run a workflow's body; what goes wrong becomes the sentence of its row.

    Args:
        what: for the log and for causes that have no sentence of their own: "import of video 7".
        fail: stores the sentence; a step.
        cancelled: says in the row that the work has stopped; no step, because a workflow that was taken back cannot
            begin another one.
    """
    try:
        yield
    except DBOSWorkflowCancelledError:
        cancelled()
        raise
    except Cancelled:
        log.info("%s was cancelled", what)
        cancelled()
    except NotFound as error:
        log.info("%s has nothing to work on any more: %s", what, error)
        with suppress(NotFound):  # mostly the row itself was deleted, and nobody is left to tell
            fail(str(error))
    except (SpotcoreError, ServiceError) as error:
        log.warning("%s failed: %s", what, error)
        fail(str(error))
    except Exception as error:
        log.exception("%s failed", what)
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            fail("The server's disk is full: make room, then ask for it again.")
            return
        fail(f"The {what} failed unexpectedly ({type(error).__name__}: {error}); the details are in the worker's log.")
