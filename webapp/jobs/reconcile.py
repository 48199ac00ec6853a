"""Rows that wait for work that nobody has: asked for again, or ended with a sentence.

A process can die between making a row and asking for its work, and a request can be taken back while no worker runs.
The rows are what people see, so they are compared with the queues now and then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from db.session import Database
from webapp import queueing
from webapp.services import jobs, library, spotting, training, workers
from webapp.services.unfinished import list_unfinished
from webapp.settings import Settings

log = logging.getLogger(__name__)

# Younger rows may be on their way into the queue right now.
GRACE = timedelta(seconds=10)
GAVE_UP = "The worker failed at this again and again, and gave up. Its log says why; try again after a look at it."


@dataclass(frozen=True)
class RowsOfKind:
    """What can be done to the rows of one kind of work.

    Attributes:
        ask: puts the work of (row, settings) into its queue.
        fail: ends (database, row) with a sentence.
        cancel: says of (database, row) that its work has stopped, as somebody wished.
    """

    ask: Callable[[int, Settings], object]
    fail: Callable[[Database, int, str], object]
    cancel: Callable[[Database, int], object] = lambda database, row_id: None


KINDS = {
    queueing.IMPORTING: RowsOfKind(queueing.enqueue_import, library.fail_import),
    queueing.SPOTTING: RowsOfKind(queueing.enqueue_spotting, spotting.fail_run, spotting.cancel_run),
    queueing.TRAINING: RowsOfKind(queueing.enqueue_training, training.fail_job, training.cancel_job),
    queueing.JOBS: RowsOfKind(queueing.enqueue_job, jobs.fail, jobs.cancel),
}


def reconcile(settings: Settings, database: Database, grace: timedelta = GRACE) -> int:
    """Bring rows and queues together; returns how many rows were without work."""
    suspects = list_unfinished(database, grace)
    if not suspects:
        return 0
    at_work = queueing.rows_with_work(settings)
    # Looked at again: work that ended in between has ended its row first.
    still = set(list_unfinished(database, grace))
    lost = [row for row in suspects if (row.kind, row.id) not in at_work and row in still]
    for row in lost:
        kind = KINDS[row.kind]
        if row.cancel_requested:
            kind.cancel(database, row.id)
        elif queueing.gave_up(row.kind, row.id, settings):
            kind.fail(database, row.id, GAVE_UP)
        else:
            log.warning("%s %d had no work in the queue; it is asked for again", row.kind, row.id)
            kind.ask(row.id, settings)
            workers.note_asked_again(database, row.kind, row.id)
    return len(lost)
