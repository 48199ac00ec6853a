"""The work of workers that are not there any more, resumed by one that is.

A worker is gone when its row stopped moving (`presence.Silence`) or says that it ended. Its begun work still stands
under its name in the queues; it is put back, and goes on at its next step wherever there is room. Work that takes
worker after worker down with it is given up instead (`reconcile` says so in its row). Who was only suspended has lost
the right to write before that happens (`db.worker_database`), and DBOS refuses its steps as well.
"""

from __future__ import annotations

import logging
import time

from db.session import Database
from webapp import queueing
from webapp.jobs.context import MOST_RECOVERIES
from webapp.presence import Silence
from webapp.services import workers
from webapp.settings import Settings
from webapp.values.work import Work

log = logging.getLogger(__name__)


def look_after_others(settings: Settings, database: Database, silence: Silence, name: str) -> tuple[Work, ...]:
    """Declare who is silent, and have the work of all who are not there resumed; returns what was resumed.

    Args:
        name: of the worker that looks.
    """
    everybody = workers.list_workers(database)
    for info in silence.silent(everybody, time.monotonic()):
        if info.name != name and workers.declare_silent(database, info):
            log.warning("no sign of life from %s on %s for %.0f s", info.name, info.host, silence.seconds)
    there = {info.name for info in workers.list_workers(database) if info.state == "working"}
    resumed: list[Work] = []
    for absent in sorted({work.worker for work in queueing.held_by(settings)} - there - {name}):
        resumed += workers.take_over(
            database, absent, name,
            held=lambda absent=absent: queueing.held_by(settings, absent),
            resume=lambda works: queueing.resume(settings, works),
            give_up=lambda works: queueing.give_up(settings, works),
            most=MOST_RECOVERIES,
        )  # fmt: skip
    for work in resumed:
        log.warning("%s of %s goes on", work.name, work.worker)
    return tuple(resumed)
