"""Watching what a database is asked: every statement with its time, and the plan the database makes for it.

For measurements and for tests that guard plans; nothing here is part of a running installation.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from db.session import Database


@dataclass(frozen=True)
class Statement:
    """One statement as the driver got it; `parameters` in the driver's own form."""

    sql: str
    parameters: Any
    seconds: float


@dataclass(frozen=True)
class Step:
    """One line of a plan that reads a table; `rows` is PostgreSQL's guess, None on SQLite."""

    table: str
    line: str
    whole: bool
    rows: int | None = None


@contextmanager
def watched(database: Database) -> Iterator[list[Statement]]:
    """Collect the statements that run while the block lasts, in their order (BEGIN and COMMIT are none)."""
    found: list[Statement] = []
    begun: list[float] = []

    def before(connection, cursor, sql, parameters, context, many):
        begun.append(time.perf_counter())

    def after(connection, cursor, sql, parameters, context, many):
        seconds = time.perf_counter() - begun.pop()
        if not sql.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
            found.append(Statement(sql, parameters, seconds))

    event.listen(database.engine, "before_cursor_execute", before)
    event.listen(database.engine, "after_cursor_execute", after)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", before)
        event.remove(database.engine, "after_cursor_execute", after)


def analyze(database: Database) -> None:
    """Have the database count its rows, so that its plans are those of the data it holds."""
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("ANALYZE")


def plan(database: Database, statement: Statement) -> list[str]:
    """The plan of a SELECT, one line per step, as the database words it; nothing for another statement."""
    if not statement.sql.lstrip().upper().startswith(("SELECT", "WITH")):
        return []
    how = "EXPLAIN QUERY PLAN" if _sqlite(database) else "EXPLAIN"
    with database.engine.connect() as connection:
        lines = connection.exec_driver_sql(f"{how} {statement.sql}", statement.parameters).all()
    return [line[3] for line in lines] if _sqlite(database) else [line[0] for line in lines]


def steps(database: Database, statement: Statement) -> list[Step]:
    """The steps of a SELECT's plan that read tables; `whole` for one that reads all rows (of the table or an index).

    PostgreSQL is told to avoid whole tables, as it does by itself once they are large: what it reads whole
    nevertheless has no index that helps.
    """
    if not statement.sql.lstrip().upper().startswith(("SELECT", "WITH")):
        return []
    if _sqlite(database):
        lines = plan(database, statement)
        return [Step(line.split()[1], line, line.startswith("SCAN ")) for line in lines
                if line.startswith(("SCAN ", "SEARCH "))]  # fmt: skip
    with database.engine.connect() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        answer = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement.sql}", statement.parameters).scalar()
    tree = answer if isinstance(answer, list) else json.loads(answer)
    return list(_walk(tree[0]["Plan"]))


def _walk(node: dict[str, Any]) -> Iterator[Step]:
    if "Relation Name" in node:
        limited = {"Index Cond", "Recheck Cond", "TID Cond"} & set(node)
        kind = node["Node Type"]
        whole = kind == "Seq Scan" or ("Index" in kind and not limited)
        yield Step(node["Relation Name"], f"{kind} on {node['Relation Name']} {node.get('Index Name', '')}", whole,
                   node["Plan Rows"])  # fmt: skip
    for part in node.get("Plans", ()):
        yield from _walk(part)


def _sqlite(database: Database) -> bool:
    return database.engine.dialect.name == "sqlite"
