"""Revision 0004 makes two tables anew on SQLite: what they hold, what refers to them and what guards them must stay."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, inspect, select, text
from sqlalchemy.exc import DBAPIError

from db.schema import MIGRATIONS, migrate
from db.session import Database, make_engine
from tests.webapp.services.library_material import desk
from webapp.services import label_sets

REMADE = ("annotations", "label_set_intervals")
# Columns of later revisions, which are lost on the way down to 0003, as they must be.
LATER = {
    "annotations": set(),
    "label_set_intervals": {"annotation_id", "proposal_id", "model_version_id", "decided_by", "decided_at"},
    "operations": {"keys"},
}


def downgrade(url: str, revision: str) -> None:
    """As `db.schema.migrate` upgrades."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = make_engine(url)
    with engine.execution_options(begin="IMMEDIATE", foreign_keys=False).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    engine.dispose()


def content(database: Database) -> dict[str, list]:
    """Rows of the remade tables and of the log that refers to one of them."""
    metadata = MetaData()
    metadata.reflect(database.engine, only=[*REMADE, "operations"])
    with database.engine.connect() as connection:
        return {
            name: sorted(
                connection.execute(select(*(c for c in metadata.tables[name].c if c.name not in later))), key=str
            )
            for name, later in LATER.items()
        }


@pytest.fixture
def filled(database):
    """Decisions, rejections and a frozen label set."""
    work = desk(database)
    for number in range(3):
        video = work.video(f"{number}.mp4", f"s{number}")
        work.run(video)
        work.decide("reject", video, 0, reason="blink")
        work.decide("accept", video, 1)
        work.reviewed(video)
    label_sets.freeze(database, work.defaults.study_id, "one", {}, work.annotator_id)
    return database


def test_rows_indexes_and_guards_survive_the_way_down_and_up(filled):
    before = content(filled)
    indexes = {table: {i["name"] for i in inspect(filled.engine).get_indexes(table)} for table in REMADE}
    assert all(before.values())
    filled.dispose()
    downgrade(filled.url, "0003")
    migrate(filled.url)
    assert content(filled) == before
    assert {table: {i["name"] for i in inspect(filled.engine).get_indexes(table)} for table in REMADE} == indexes
    with pytest.raises(DBAPIError, match="never change"), filled.begin() as session:
        session.execute(text("UPDATE label_set_intervals SET onset = 0"))
    with pytest.raises(DBAPIError), filled.begin() as session:  # the log still refers to the row
        session.execute(text("DELETE FROM annotations"))


def test_going_back_is_refused_while_a_reason_of_a_scheme_is_in_use(filled):
    with filled.begin() as session:
        session.execute(text("UPDATE annotations SET reason = 'yawn' WHERE reason = 'blink'"))
    before = content(filled)
    filled.dispose()
    with pytest.raises(DBAPIError):
        downgrade(filled.url, "0003")
    assert content(filled) == before
