"""Engines and transactions. `Database` is the only way to a session; it never commits half of a block."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker

BUSY_SECONDS = 20


class Database:
    """One database, SQLite or PostgreSQL by its URL ("sqlite:///..." or "postgresql+psycopg://...").

    Safe to share between threads: every block has a session and a connection of its own.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = make_engine(url)
        # Both share the pool; only the way transactions begin differs.
        sqlite = self.engine.dialect.name == "sqlite"
        snapshot = {"begin": "DEFERRED"} if sqlite else {"isolation_level": "REPEATABLE READ"}
        self._write = sessionmaker(self.engine.execution_options(begin="IMMEDIATE"), expire_on_commit=False)
        self._writing = threading.Lock() if sqlite else None
        self._read = sessionmaker(self.engine.execution_options(**snapshot), expire_on_commit=False)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One writing transaction: committed when the block ends, rolled back when it raises.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE): a transaction that reads first and writes later
        would fail with "database is locked" as soon as another one wrote in between, busy timeout or not.
        """
        with self._turn(), self._write.begin() as session:
            yield session

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Writers of this process wait for each other here: SQLite's own waiting polls, and lets the unlucky starve.

        With twenty clients at once one of them waited 13 of the 20 seconds after which SQLite gives up.
        """
        mine = self._writing is not None and self._writing.acquire(timeout=BUSY_SECONDS)
        try:
            yield  # without the turn after the timeout: SQLite decides, and says so if it cannot
        finally:
            if mine:
                self._writing.release()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One reading transaction, a single snapshot; readers and the writer of SQLite do not wait for each other."""
        with self._read.begin() as session:
            yield session

    def dispose(self) -> None:
        """Close the pooled connections."""
        self.engine.dispose()


def make_engine(url: str) -> Engine:
    """An engine with the settings that both databases need to lose nothing that was confirmed."""
    target = make_url(url)
    if target.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    if target.database and target.database != ":memory:":
        Path(target.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_size=10, max_overflow=20)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # Python's sqlite3 begins transactions by itself, late, and not before SELECT or DDL; we begin them (below).
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten; rows are rarely deleted
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("foreign_keys") is False:  # SQLite ignores this once a transaction has begun
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.exec_driver_sql(f"BEGIN {options.get('begin', 'DEFERRED')}")
