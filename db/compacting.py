"""Rewriting a database so that what was deleted is in its files no more.

SQLite: VACUUM writes every page anew, then the write-ahead log is emptied. PostgreSQL: VACUUM FULL writes tables and
indexes anew, ANALYZE replaces the statistics, which quote values; old segments of its own log (pg_wal) and blocks that
the file system has freed are beyond its reach.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

log = logging.getLogger(__name__)

LOCK_SECONDS = 10


def compact(url: str, schemas: Iterable[str] = ("public",)) -> bool:
    """Returns False where somebody reads or writes at this moment: to be tried again.

    Args:
        url: of SQLAlchemy, or plain "postgresql://".
        schemas: of PostgreSQL.
    """
    if url.startswith("sqlite"):
        return _compact_sqlite(url.removeprefix("sqlite:///"))
    engine = create_engine(_with_driver(url), isolation_level="AUTOCOMMIT")
    try:
        return _compact_postgresql(engine, schemas)
    finally:
        engine.dispose()


def _with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _compact_sqlite(path: str) -> bool:
    connection = sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("VACUUM")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    except sqlite3.OperationalError as error:
        log.info("%s is in use: %s", path, error)
        return False
    finally:
        connection.close()


def _compact_postgresql(engine: Engine, schemas: Iterable[str]) -> bool:
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        asked = text("SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables "
                     "WHERE schemaname = ANY(:schemas) ORDER BY 1")  # fmt: skip
        names = list(connection.scalars(asked, {"schemas": list(schemas)}))
        try:
            for name in names:
                connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {name}")
        except DBAPIError as error:
            log.info("%s is in use: %s", name, error.orig)
            return False
        # Most common values and histograms quote rows; their old versions go as well. Not everybody may do this.
        for statement in ("VACUUM FULL pg_catalog.pg_statistic", "CHECKPOINT"):
            try:
                connection.exec_driver_sql(statement)
            except DBAPIError as error:
                log.info("%s: %s", statement, error.orig)
    return True
