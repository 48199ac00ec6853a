"""Carrying out withdrawals: work stopped, files moved aside, rows erased, everything destroyed, databases rewritten.

The row of a withdrawal says which step it is in; every step can be repeated, so a process that is killed anywhere is
followed by one that goes on. Workers look for unfinished withdrawals every few seconds. The order matters: files leave
their places before the rows go (one transaction), so wherever it stops nobody finds the person through the other half.
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from db.base import now
from db.compacting import compact
from db.session import Database
from webapp import queue_traces, queueing, subject_files
from webapp.services import jobs, library, spotting, training, withdrawal, work_of_study
from webapp.services.errors import NotFound
from webapp.settings import Settings

log = logging.getLogger(__name__)

STOP_SECONDS = 60.0  # for a worker to notice; its steps cannot write rows afterwards, and late files are destroyed
SETTLED_SECONDS = 60.0
FOLLOWED = "withdrawals.seen"
STOPPED = "Stopped, because a subject was withdrawn."


def start(
    settings: Settings, database: Database, study_id: int, code: str, by: int | None, more_words: tuple[str, ...] = ()
) -> int:
    """Ask for a withdrawal, which cannot be taken back; returns its number.

    Raises:
        NotFound, Refused: as `services.withdrawal.ask`.
    """
    paths = withdrawal.outlook(database, study_id, code).paths
    files, size = subject_files.measure(settings, paths)
    return withdrawal.ask(database, study_id, code, by, more_words, files, size)


def carry_on(settings: Settings, database: Database, patience: float = STOP_SECONDS) -> bool:
    """Take every withdrawal as far as it gets now; True where none is left.

    Args:
        patience: seconds to wait for work that has been cancelled.
    """
    numbers = withdrawal.unfinished(database)
    if not numbers:
        return True
    with _alone(settings) as alone:
        done = [alone and _carry_on(Task(settings, database, number, patience)) for number in numbers]
    return all(done)


def follow(settings: Settings, database: Database) -> None:
    """Where machines have data folders of their own: drop here what another machine has withdrawn."""
    if settings.store is None:
        return
    note = settings.data_dir / FOLLOWED
    seen = int(note.read_text()) if note.exists() else 0
    for done in withdrawal.finished_since(database, seen):
        if (now() - done.finished_at).total_seconds() < SETTLED_SECONDS:
            return  # what goes on is kept in the store by then
        gone = subject_files.drop_copies(settings, done.video_ids, done.finished_at.timestamp())
        log.info("withdrawal %d: %d copies dropped here", done.id, gone)
        note.write_text(str(done.id))


@dataclass(frozen=True)
class Task:
    """One withdrawal in one installation."""

    settings: Settings
    database: Database
    number: int
    patience: float


def _carry_on(task: Task) -> bool:
    while (step := STEPS.get(withdrawal.get(task.database, task.number).state)) is not None:
        if not step(task):
            return False
    log.info("withdrawal %d is done", task.number)
    return True


def stop_work(task: Task) -> bool:
    """Cancel what waits and runs for the subject; False while something has not noticed yet."""
    at_work = {(w.kind, w.row_id): w for w in queueing.list_work(task.settings, limit=100_000)}
    asked = withdrawal.get(task.database, task.number).asked_at
    patient = (now() - asked).total_seconds() < task.patience
    waiting = False
    for kind, row_id in withdrawal.open_work(task.database, task.number):
        work = at_work.get((kind, row_id))
        with suppress(NotFound):
            ASK_TO_STOP[kind](task.database, row_id)
            if work is not None:
                queueing.cancel(kind, row_id, task.settings)
            if patient and (work is None or work.state == "running"):
                waiting = True  # whoever does it says in the row that it has stopped
            else:
                STOP[kind](task.database, row_id)
    if waiting:
        return False
    withdrawal.advance(task.database, task.number, "erasing")
    return True


def erase(task: Task) -> bool:
    """Files out of reach, then all rows; once more where something was added in between."""
    while True:
        paths = withdrawal.places(task.database, task.number)
        ladders = subject_files.ladders_of(task.settings, withdrawal.hashes(task.database, task.number))
        subject_files.move_aside(task.settings, task.number, [*paths, *ladders])
        if withdrawal.erase(task.database, task.number, paths):
            return True


def destroy(task: Task) -> bool:
    """Everything that was moved aside, uploads, copies, the name in files of others, and what the queue remembers."""
    known = withdrawal.get(task.database, task.number)
    subject_files.destroy(task.settings, task.number, known.video_ids)
    subject_files.remove_uploads(task.settings, known.study_id, known.video_ids, known.words)
    subject_files.remove_unneeded_features(task.settings, withdrawal.needed_features(task.database))
    # The same code in another study is another person's.
    owners = subject_files.owners(task.settings)
    others = work_of_study.of_others(task.database, known.study_id, owners.values())
    subject_files.bring_text(task.settings, known.words)
    subject_files.blank_names(task.settings, known.words, [name for name, work in owners.items() if work in others])
    spared = partial(work_of_study.of_others, task.database, known.study_id)
    if not queue_traces.forget(task.settings, known.work, known.words, spared):
        return False
    withdrawal.advance(task.database, task.number, "compacting")
    return True


def rewrite(task: Task) -> bool:
    """Both databases without the pages that rows were deleted from; False where they are in use at this moment."""
    settings = task.settings
    if not compact(settings.database_url, ("public", "dbos")):
        return False
    if settings.dbos_url.startswith("sqlite") and not compact(settings.dbos_url):
        return False
    withdrawal.advance(task.database, task.number, "done")
    return True


STEPS: dict[str, Callable[[Task], bool]] = {
    "stopping": stop_work, "erasing": erase, "destroying": destroy, "compacting": rewrite,
}  # fmt: skip
ASK_TO_STOP: dict[str, Callable[[Database, int], object]] = {
    queueing.IMPORTING: lambda database, row_id: None,
    queueing.SPOTTING: lambda database, row_id: None,
    queueing.TRAINING: training.request_cancel,
    queueing.JOBS: jobs.request_cancel,
}
STOP: dict[str, Callable[[Database, int], object]] = {
    queueing.IMPORTING: lambda database, row_id: library.fail_import(database, row_id, STOPPED),
    queueing.SPOTTING: spotting.cancel_run,
    queueing.TRAINING: training.cancel_job,
    queueing.JOBS: jobs.cancel,
}


@contextmanager
def _alone(settings: Settings) -> Iterator[bool]:
    """Whether this process is the only one on this data folder that carries out withdrawals."""
    with (settings.data_dir / "withdrawal.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
