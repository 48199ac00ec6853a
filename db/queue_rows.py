"""Text in the tables of the durable queue, which belong to another library: only read, and only by what they hold.

Steps leave their results there, as JSON or as base64 of a pickle. Nothing is unpickled: texts stand in it as UTF-8.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from sqlalchemy import JSON, MetaData, String, Table, create_engine, select

from db.naming import pattern

_OWNER = "workflow_uuid"


def naming(url: str, words: Sequence[str], schema: str = "dbos") -> set[str]:
    """Names of all work in whose inputs, results or errors one of the words stands, in any case.

    Args:
        url: of the queue's database; `schema` is that of PostgreSQL.
    """
    if not words:
        return set()
    named, parts = pattern(words), [word.lower() for word in words]
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    sqlite = engine.dialect.name == "sqlite"
    try:
        tables = MetaData(schema=None if sqlite else schema)
        tables.reflect(engine)
        with engine.connect() as connection:
            return {
                row[0]
                for table in tables.tables.values()
                if _OWNER in table.c
                for row in connection.execute(select(table.c[_OWNER], *_texts(table)))
                if any(isinstance(v, str) and (named.search(v) or _pickled(v, parts)) for v in row)
            }
    finally:
        engine.dispose()


def _texts(table: Table) -> list:
    return [column for column in table.columns if isinstance(column.type, String | JSON) and column.name != _OWNER]


def _pickled(value: str, parts: Sequence[str]) -> bool:
    """Whether a word stands anywhere in base64: what stands around it there is no text, so whole words mean nothing."""
    try:
        decoded = base64.b64decode(value, validate=True).decode("utf-8", errors="replace").lower()
    except (binascii.Error, ValueError):
        return False
    return any(part in decoded for part in parts)
