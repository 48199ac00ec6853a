"""A fresh migrated database per test, on SQLite and on PostgreSQL, for every test that asks for `database`.

Each process migrates once into a template and copies it: a file for SQLite, CREATE DATABASE ... TEMPLATE for
PostgreSQL. The server comes with pgserver; run as root it starts it as the system user "pgserver", which it makes
itself. Every process (so every worker of pytest-xdist) has a server of its own, stopped when the process ends.

Use it with `from tests.databases import database  # noqa: F401` in a conftest.
"""

from __future__ import annotations

import atexit
import itertools
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest

from db.schema import migrate
from db.session import Database

_numbers = itertools.count(1)


@cache
def _folder() -> Path:
    # Not pytest's tmp_path: the server's user may not enter root's folders, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="glint-tests-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _server() -> str:
    """Connection string of this process's server, without a database name."""
    pgserver = pytest.importorskip("pgserver", reason="PostgreSQL comes with pgserver (requirements-dev.txt)")
    server = pgserver.get_server(_folder() / "pg", cleanup_mode="stop")
    uri = server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        # Tests may lose everything at a power cut; waiting for the disk would make them slow.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET synchronous_commit = off")
        connection.execute("SELECT pg_reload_conf()")
    return uri


def _create(name: str, template: str = "template0") -> str:
    with psycopg.connect(_server(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return _server().replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")


@cache
def _sqlite_template() -> Path:
    path = _folder() / "template.db"
    migrate(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@cache
def _postgres_template() -> str:
    migrate(_create("migrated"))
    return "migrated"


def drop(url: str) -> None:
    """Remove a database of PostgreSQL again: each takes 8 MB of disk. The files of SQLite are small and stay."""
    if url.startswith("postgresql"):
        name = url.split("?")[0].rsplit("/", 1)[1]
        with psycopg.connect(_server(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def empty_url(kind: str) -> str:
    """URL of a new database without any table; kind "sqlite" or "postgresql"."""
    number = next(_numbers)
    return f"sqlite:///{_folder()}/empty{number}.db" if kind == "sqlite" else _create(f"empty{number}")


def migrated_url(kind: str) -> str:
    """URL of a new database at the newest revision."""
    number = next(_numbers)
    if kind == "postgresql":
        return _create(f"test{number}", _postgres_template())
    path = _folder() / f"test{number}.db"
    shutil.copyfile(_sqlite_template(), path)
    return f"sqlite:///{path}"


def copy_template(path: Path) -> None:
    """A new migrated SQLite database at this place."""
    shutil.copyfile(_sqlite_template(), path)


def cluster_folder() -> Path:
    """Where the files of this process's PostgreSQL lie."""
    _server()
    return _folder() / "pg"


KINDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty, migrated database of each kind in turn."""
    made = Database(migrated_url(request.param))
    yield made
    made.dispose()
    drop(made.url)


@pytest.fixture
def sqlite_database() -> Iterator[Database]:
    """An empty, migrated SQLite database, for tests that do not depend on the kind."""
    made = Database(migrated_url("sqlite"))
    yield made
    made.dispose()


@pytest.fixture(params=KINDS)
def fresh_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a database without any table, of each kind in turn."""
    url = empty_url(request.param)
    yield url
    drop(url)
