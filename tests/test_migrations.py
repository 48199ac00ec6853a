"""Migrations: up, down and up again on both databases, equal to the models, and safe when two processes start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text

from db.models import Base
from db.schema import migrate
from db.session import make_engine
from tests.databases import fresh_url  # noqa: F401

ROOT = Path(__file__).parents[1]


def tables(url: str) -> set[str]:
    engine = make_engine(url)
    try:
        return set(inspect(engine).get_table_names()) - {"sqlite_sequence"}
    finally:
        engine.dispose()


def test_up_down_and_up_again_ends_with_all_tables(fresh_url):  # noqa: F811
    migrate(fresh_url)
    migrate(fresh_url, "base")
    assert tables(fresh_url) == {"alembic_version"}
    migrate(fresh_url)
    assert tables(fresh_url) == {*Base.metadata.tables, "alembic_version"}


def test_the_migrated_schema_equals_the_models(fresh_url):  # noqa: F811
    migrate(fresh_url)
    engine = make_engine(fresh_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_every_check_of_the_models_is_in_the_migrated_schema(fresh_url):  # noqa: F811
    migrate(fresh_url)
    engine = make_engine(fresh_url)
    inspector = inspect(engine)
    for name, table in Base.metadata.tables.items():
        wanted = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        assert {c["name"] for c in inspector.get_check_constraints(name)} == wanted, name
    engine.dispose()


def test_several_processes_that_migrate_at_once_do_it_once(fresh_url):  # noqa: F811
    program = f"from db.schema import migrate; migrate({fresh_url!r})"
    processes = [subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) for _ in range(3)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    engine = make_engine(fresh_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
    engine.dispose()


@pytest.mark.parametrize("word", ["no-such-revision"])
def test_an_unknown_revision_leaves_the_database_as_it_was(fresh_url, word):  # noqa: F811
    with pytest.raises(Exception, match=word):
        migrate(fresh_url, word)
    assert tables(fresh_url) - {"alembic_version"} == set()
