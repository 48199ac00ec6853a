"""The hot questions find their rows by indexes and in a fixed number of statements, on a small but whole database.

Nothing here looks at a clock; times are what `python -m webapp.bench database` measures.
"""

from __future__ import annotations

import pytest

from db import statements
from db.session import Database
from tests.databases import KINDS, drop, migrated_url
from webapp.bench import study_calls
from webapp.bench.database import measure
from webapp.bench.database_calls import READING, WRITING, scene
from webapp.bench.database_fill import Size, fill
from webapp.services import label_sets, review_totals

SMALL = Size(videos=240, proposals=9_000, annotations=1_500)
# Tables that grow with every decision and every run; no page may read one whole.
LARGE = {"proposals", "annotations", "operations", "label_set_intervals"}
MOST_STATEMENTS = 20
CALLS = {call.name: call for call in (*READING, *study_calls.READING, *WRITING)}
# Counts what everybody has decided, from an index and in the database.
COUNTED = {"progress": {"annotations"}}
# Takes a video out with all its rows: one statement per table.
MORE_STATEMENTS = {"delete_video": 40, "outlook after a decision": 40}


@pytest.fixture(scope="module", params=KINDS)
def filled(request):
    database = Database(migrated_url(request.param))
    fill(database, SMALL)
    review_totals.refresh(database, scene(database).study_id)
    statements.analyze(database)
    yield database
    database.dispose()
    drop(database.url)


@pytest.mark.parametrize("name", CALLS)
def test_a_hot_question_reads_no_large_table_whole(filled, name):
    ask = CALLS[name].draw(scene(filled))
    with statements.watched(filled) as asked:
        ask()
    whole = [step.line for statement in asked for step in statements.steps(filled, statement) if step.whole]
    large = LARGE - COUNTED.get(name, set())
    assert [line for line in whole if set(line.replace('"', " ").split()) & large] == []
    assert 0 < len(asked) <= MORE_STATEMENTS.get(name, MOST_STATEMENTS)


def test_a_plan_that_reads_a_whole_table_is_noticed(filled):
    with statements.watched(filled) as asked, filled.read() as session:
        session.connection().exec_driver_sql("SELECT count(*) FROM proposals WHERE score > 0.5")
    (step,) = statements.steps(filled, asked[-1])
    assert (step.table, step.whole) == ("proposals", True)


def test_the_filled_database_is_one_that_the_services_understand(filled):
    study = scene(filled).study_id
    told, counted = label_sets.outlook(filled, study), label_sets.preview(filled, study)
    sums = [[(s.code, s.role, s.videos, s.macro, s.micro, s.rejected) for s in one.subjects] for one in (told, counted)]
    assert sums[0] == sums[1]
    assert sum(subject.videos for subject in told.subjects) > SMALL.videos / 2


def test_every_call_is_measured(filled):
    (row,) = measure(filled, [CALLS["review_state"]], turns=2)
    assert (row["call"], row["statements"] > 1, row["linear"]) == ("review_state", True, "")
