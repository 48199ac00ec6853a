"""Rows that wait for work that nobody has: asked for again, or ended with a sentence.

A process can die between making a row and asking for its work, and a request can be taken back while no worker runs.
The rows are what people see, so they are compared with the queues now and then.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from db.session import Database
from webapp import queueing
from webapp.services import library, spotting, training
from webapp.services.unfinished import Unfinished, list_unfinished
from webapp.settings import Settings

log = logging.getLogger(__name__)

# Younger rows may be on their way into the queue right now.
GRACE = timedelta(seconds=10)
GAVE_UP = "The worker failed at this again and again, and gave up. Its log says why; try again after a look at it."


def reconcile(settings: Settings, database: Database, grace: timedelta = GRACE) -> int:
    """Bring rows and queues together; returns how many rows were without work."""
    lost = [
        row for row in list_unfinished(database, grace) if not queueing.unfinished(row.kind, row.id, settings)
    ]
    for row in lost:
        if row.cancel_requested:
            training.cancel_job(database, row.id)
        elif queueing.gave_up(row.kind, row.id, settings):
            _fail(database, row)
        else:
            log.warning("%s %d had no work in the queue; it is asked for again", row.kind, row.id)
            _ask_again(settings, row)
    return len(lost)


def _fail(database: Database, row: Unfinished) -> None:
    fail = {"import": library.fail_import, "spotting": spotting.fail_run, "training": training.fail_job}
    fail[row.kind](database, row.id, GAVE_UP)


def _ask_again(settings: Settings, row: Unfinished) -> None:
    ask = {
        "import": queueing.enqueue_import,
        "spotting": queueing.enqueue_spotting,
        "training": queueing.enqueue_training,
    }
    ask[row.kind](row.id, settings)
