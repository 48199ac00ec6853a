"""Transactions and settings of the connections."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import StatementError

from db.models import Annotator, Study


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 20000)]
)
def test_sqlite_connections_keep_what_was_confirmed(sqlite_database, pragma, value):
    with sqlite_database.begin() as session:
        assert session.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_a_block_that_raises_leaves_nothing_behind(database):
    with pytest.raises(RuntimeError), database.begin() as session:  # noqa: PT012
        session.add(Study(name="half"))
        session.flush()
        raise RuntimeError
    with database.read() as session:
        assert session.scalar(select(func.count(Study.id))) == 0


def test_a_block_that_raises_does_not_keep_the_next_writer_waiting(sqlite_database):
    for _ in range(3):
        with pytest.raises(RuntimeError), sqlite_database.begin():
            raise RuntimeError

    def write() -> None:
        with sqlite_database.begin() as session:
            session.add(Study(name="next"))

    with ThreadPoolExecutor(1) as pool:
        pool.submit(write).result(5)


def test_a_block_that_ends_is_committed(database):
    with database.begin() as session:
        session.add(Study(name="whole"))
    with database.read() as session:
        assert session.scalar(select(Study.name)) == "whole"


def test_writers_that_read_first_wait_for_each_other(sqlite_database):
    def count_and_add(number: int) -> None:
        with sqlite_database.begin() as session:
            count = session.scalar(select(func.count(Annotator.id)))
            session.add(Annotator(name=f"{count}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_and_add, range(40)))
    with sqlite_database.read() as session:
        assert set(session.scalars(select(Annotator.name))) == {str(number) for number in range(40)}


def test_a_reader_sees_one_snapshot_while_somebody_writes(database):
    with database.read() as reader:
        assert reader.scalar(select(func.count(Study.id))) == 0
        with database.begin() as session:
            session.add(Study(name="meanwhile"))
        assert reader.scalar(select(func.count(Study.id))) == 0


def test_moments_come_back_in_utc(database):
    noon = datetime(2026, 5, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    with database.begin() as session:
        session.add(Study(name="noon", created_at=noon))
    with database.read() as session:
        found = session.scalar(select(Study.created_at))
    assert found == noon
    assert found.tzinfo == UTC


def test_a_moment_without_a_zone_is_refused(database):
    with pytest.raises(StatementError, match="time zone"), database.begin() as session:
        session.add(Study(name="noon", created_at=datetime(2026, 5, 1)))
