"""Bringing a database to the schema of this code, as every process does when it starts."""

from __future__ import annotations

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config

from db.session import make_engine

MIGRATIONS = Path(__file__).parents[1] / "migrations"
# Alembic keeps the running environment in module globals, so the threads of one process take turns.
_one_at_a_time = threading.Lock()


def migrate(url: str, revision: str = "head") -> None:
    """Upgrade the database at `url`; does nothing when it is there already. The revision "base" takes everything away.

    Safe when several processes start at once: migrations/env.py takes the write lock (SQLite) or an advisory lock
    (PostgreSQL) before it looks at the current revision, and everything happens in that one transaction. SQLite changes
    a rule of a table by making the table anew, which foreign keys would refuse: they rest meanwhile.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    engine = make_engine(url)
    try:
        with _one_at_a_time, engine.execution_options(begin="IMMEDIATE", foreign_keys=False).begin() as connection:
            config.attributes["connection"] = connection
            (command.downgrade if revision == "base" else command.upgrade)(config, revision)
    finally:
        engine.dispose()
