"""What goes wrong in a job becomes the sentence of its row; who was cut off from the database goes on with care."""

import errno
import os
import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from db.worker_database import Superseded, WorkerDatabase, connection_lost
from spotcore.errors import UnreadableVideo
from tests.databases import sqlite_database  # noqa: F401
from tests.webapp.services.test_workers import card
from webapp.jobs import context
from webapp.jobs.context import Progress, outcome
from webapp.services import workers
from webapp.settings import Settings


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (UnreadableVideo("clip.mp4: the file is empty (0 bytes)"), "clip.mp4: the file is empty (0 bytes)"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "The server's disk is full: make room"),
        (KeyError("frames"), "The import of video 7 failed unexpectedly (KeyError: 'frames')"),
    ],
)
def test_every_error_is_told_and_goes_no_further(error, sentence):
    told = []
    with outcome("import of video 7", told.append):
        raise error
    assert len(told) == 1
    assert told[0].startswith(sentence)


@pytest.fixture
def cut_off(sqlite_database, tmp_path, monkeypatch):  # noqa: F811
    """A worker's database, and a progress function whose writing fails as it does without a server."""
    workers.sign_on(sqlite_database, card("a"))
    mine = WorkerDatabase(sqlite_database.url, "a", "1")
    monkeypatch.setattr(context, "_current", None)
    context.serve(Settings(tmp_path, sqlite_database.url, silent_seconds=30.0), mine)

    def lose(share):
        raise OperationalError("UPDATE", {}, psycopg.OperationalError("the connection is closed"))

    yield mine, Progress(lose)
    mine.dispose()


def test_work_goes_on_without_the_database_for_a_while(cut_off, sqlite_database):  # noqa: F811
    _, progress = cut_off
    workers.declare_silent(sqlite_database, workers.holder(sqlite_database, "a"))
    progress(1, 2)  # confirmed a moment ago: nobody can have taken over in so short a time


def test_work_that_others_may_have_taken_over_stops_before_it_writes_anything(cut_off, sqlite_database):  # noqa: F811
    mine, progress = cut_off
    mine.confirmed -= 16.0  # more than half the seconds of silence
    progress(1, 2)
    assert mine.confirmed > 0
    mine.confirmed -= 16.0
    workers.declare_silent(sqlite_database, workers.holder(sqlite_database, "a"))
    progress._next = 0.0
    with pytest.raises(Superseded):
        progress(2, 2)


def test_losing_the_database_is_told_from_other_errors():
    class Ended(psycopg.OperationalError):
        sqlstate = "57P01"

    class Full(psycopg.OperationalError):
        sqlstate = "53100"

    def wrapped(error):
        return OperationalError("SELECT 1", {}, error)

    assert connection_lost(wrapped(psycopg.OperationalError("connection refused")))
    assert connection_lost(wrapped(Ended()))
    assert not connection_lost(wrapped(Full()))
    assert not connection_lost(wrapped(sqlite3.OperationalError("database is locked")))
    assert not connection_lost(KeyError("frames"))
