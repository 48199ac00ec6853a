"""How Alembic runs here: on a connection that db.schema.migrate hands over, or on GLINT_DATABASE_URL by hand."""

from __future__ import annotations

import os
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, text

from db.base import UtcDateTime
from db.models import Base
from db.session import make_engine

# Any fixed number: two processes that migrate the same PostgreSQL database must choose the same one.
ADVISORY_LOCK = 7_146_845


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """A migration must not change when our column types do: it is written with SQLAlchemy's own."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def run(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        render_item=render_item,
        user_module_prefix="sa.",
    )
    context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Glint migrates a live database only: the guards differ between SQLite and PostgreSQL")
handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    url = os.environ.get("GLINT_DATABASE_URL")
    if not url:
        raise SystemExit("set GLINT_DATABASE_URL to the database to migrate, such as sqlite:///glint-data/glint.db")
    engine = make_engine(url)
    with engine.execution_options(begin="IMMEDIATE", foreign_keys=False).begin() as connection:
        run(connection)
