"""Copying a whole database into another one, of the same kind or not: backups, restoring, moving to PostgreSQL.

Rows go over as they are, ids included. The guards (triggers) rest meanwhile: they watch over changes, and a copy is
none. Numbers that were used once stay used, because what was erased must never meet a new row of the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, Integer, Table, func, inspect, select, text

from db.base import Base
from db.schema import migrate
from db.session import Database, make_engine

CHUNK = 5000


class NotEmpty(RuntimeError):
    """The database that shall receive the copy holds rows already."""


def copy_database(source: str, target: str, progress: Callable[[str, int], object] = lambda name, rows: None) -> int:
    """Copy every row; the target is migrated first. Both must then be at this code's schema. Returns the rows copied.

    Args:
        source, target: SQLAlchemy URLs.
        progress: called with each table's name and its number of rows.

    Raises:
        NotEmpty: the target holds rows.
    """
    migrate(target)
    reading, writing = Database(source), make_engine(target)
    try:
        with reading.read() as session, _receiving(writing) as connection:
            filled = [t.name for t in Base.metadata.sorted_tables if connection.execute(select(t).limit(1)).first()]
            if filled:
                raise NotEmpty(f"expected an empty database, found rows in {', '.join(filled)}")
            total = 0
            for table in Base.metadata.sorted_tables:
                rows = _copy_table(session.connection(), connection, table)
                progress(table.name, rows)
                total += rows
            _keep_numbers(session.connection(), connection)
            return total
    finally:
        reading.dispose()
        writing.dispose()


@contextmanager
def _receiving(engine: Engine) -> Iterator[Connection]:
    """One transaction in which no guard and no foreign key stands in the way."""
    sqlite = engine.dialect.name == "sqlite"
    options = {"begin": "IMMEDIATE", "foreign_keys": False} if sqlite else {}
    with engine.execution_options(**options).begin() as connection:
        if sqlite:
            guards = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
            for name, _ in guards:
                connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        else:
            tables = [name for name in inspect(connection).get_table_names() if name in Base.metadata.tables]
            for name in tables:
                connection.exec_driver_sql(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
        yield connection
        if sqlite:
            for _, sql in guards:
                connection.exec_driver_sql(sql)
        else:
            for name in tables:
                connection.exec_driver_sql(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')


def _copy_table(source: Connection, target: Connection, table: Table) -> int:
    """In the order of the primary key, so that a row finds the older row that it refers to."""
    rows = source.execution_options(stream_results=True).execute(select(table).order_by(*table.primary_key.columns))
    copied = 0
    for part in rows.mappings().partitions(CHUNK):
        target.execute(table.insert(), [dict(row) for row in part])
        copied += len(part)
    return copied


def _keep_numbers(source: Connection, target: Connection) -> None:
    """The next id of every table lies behind every id that was ever given."""
    for table in Base.metadata.sorted_tables:
        key = list(table.primary_key.columns)
        if len(key) == 1 and isinstance(key[0].type, Integer):
            used = max(_used(source, table.name, key[0].name), target.scalar(select(func.max(key[0]))) or 0)
            if used:
                _use(target, table.name, key[0].name, used)


def _used(connection: Connection, name: str, column: str) -> int:
    if connection.dialect.name == "sqlite":
        there = connection.scalar(text("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'"))
        asked = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        return (connection.scalar(asked, {"name": name}) or 0) if there else 0
    sequence = _sequence(connection, name, column)
    return int(connection.scalar(text(f"SELECT last_value FROM {sequence}")) or 0) if sequence else 0


def _use(connection: Connection, name: str, column: str, number: int) -> None:
    if connection.dialect.name == "sqlite":
        there = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name})
        if "AUTOINCREMENT" in (there or "").upper():
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
            connection.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :n)"), {"name": name, "n": number})
        return
    sequence = _sequence(connection, name, column)
    if sequence:
        connection.execute(text("SELECT setval(:sequence, :number)"), {"sequence": sequence, "number": number})


def _sequence(connection: Connection, name: str, column: str) -> str | None:
    """PostgreSQL's sequence behind a column, None where it has none."""
    asked = text("SELECT pg_get_serial_sequence(:name, :column)")
    return connection.scalar(asked, {"name": name, "column": column})
