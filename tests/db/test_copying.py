"""A database copied into another one, of the same kind and of the other, guards and used numbers included."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from db.copying import NotEmpty, copy_database
from db.models import Base, Video
from db.session import Database
from tests.databases import drop, empty_url
from tests.webapp.services.library_material import Desk, desk
from webapp.services import label_sets, library


def rows(database: Database) -> dict[str, list[tuple]]:
    with database.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns))]
            for table in Base.metadata.sorted_tables
        }


@pytest.fixture
def work(database) -> Desk:
    """A library with decisions, a frozen set, and a video of 3 GB that was deleted again."""
    made = desk(database)
    video = made.video()
    made.run(video)
    made.decide("accept", video, 0, action_units=["R12B"], note="ünï")
    made.reviewed(video)
    made.reviewed(made.video("b.mp4", "s2"))
    roles = {"s1": "train", "s2": "validation"}
    label_sets.freeze(made.database, made.defaults.study_id, "first", roles, made.annotator_id)
    gone = library.register_video(
        made.database, made.defaults.study_id, "gone.mp4", "gone.mp4", "file", None, 3_000_000_000, "s3"
    )
    library.delete_video(made.database, gone)
    return made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def other(request) -> Database:
    made = Database(empty_url(request.param))
    yield made
    made.dispose()
    drop(made.url)


def test_every_row_arrives_as_it_is(work, other):
    said = {}
    copied = copy_database(work.database.url, other.url, said.__setitem__)
    assert rows(other) == rows(work.database)
    assert copied == sum(said.values()) == sum(len(table) for table in rows(other).values())


def test_guards_watch_over_the_copy(work, other):
    copy_database(work.database.url, other.url)
    with pytest.raises(IntegrityError), other.begin() as session:
        session.execute(text("DELETE FROM operations"))


def test_a_number_that_was_used_is_never_given_again(work, other):
    copy_database(work.database.url, other.url)
    with other.read() as session:
        largest = session.scalar(select(func.max(Video.id)))
    made = library.register_video(other, work.defaults.study_id, "new.mp4", "new.mp4", "file", None, 1, "s3")
    assert made > largest + 1, "the id of the deleted video was given to another one"


def test_a_database_with_rows_receives_nothing(work, other):
    copy_database(work.database.url, other.url)
    before = rows(other)
    with pytest.raises(NotEmpty, match="studies"):
        copy_database(work.database.url, other.url)
    assert rows(other) == before
