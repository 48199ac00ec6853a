"""Work that kills worker after worker: taken over again and again, then given up with a sentence."""

from datetime import timedelta

import pytest
from dbos import DBOSClient

from tests.databases import KINDS, drop, empty_url
from tests.webapp.services.test_workers import card
from tests.webapp.worker_process import Installation
from webapp import queueing
from webapp.jobs.context import MOST_RECOVERIES
from webapp.jobs.reconcile import GAVE_UP, reconcile
from webapp.jobs.takeover import look_after_others
from webapp.presence import Silence
from webapp.services import library, spotting, workers
from webapp.values.library import ImportedVideo


@pytest.fixture(params=KINDS)
def lab(request, tmp_path):
    url = "" if request.param == "sqlite" else empty_url(request.param)
    made = Installation(tmp_path / "data", url)
    yield made
    made.database.dispose()
    drop(url)


def begun_and_lost(lab, name):
    """A worker "a" begins the work and is never heard of again."""
    client = DBOSClient(system_database_url=lab.settings.dbos_url, application_name=queueing.APPLICATION)
    table = client._sys_db.tables.workflow_status
    with client._sys_db.engine.begin() as connection:
        begin = table.update().where(table.c.workflow_uuid == name, table.c.status == "ENQUEUED")
        begun = connection.execute(begin.values(status="PENDING", executor_id="a")).rowcount
    client.destroy()
    workers.sign_on(lab.database, card("a"))
    workers.declare_silent(lab.database, next(w for w in workers.list_workers(lab.database) if w.name == "a"))
    return begun == 1


def test_work_that_every_worker_dies_of_is_given_up_and_its_row_says_so_until_somebody_tries_again(lab):
    database = lab.database
    video = library.register_video(database, lab.ids.study_id, "a.mp4", "a.mp4", "file", None, 10, "s")
    library.finish_import(
        database, video, ImportedVideo("0" * 64, 10, 30, 30.0, 1.0, False, 64, 48, f"media/{video}/frames.npz")
    )
    run = spotting.start_run(database, video, lab.ids.baseline_version_id, 6.0, {})
    name = queueing.enqueue_spotting(run, lab.settings)
    for _ in range(MOST_RECOVERIES):
        assert begun_and_lost(lab, name)
        assert [w.name for w in look_after_others(lab.settings, database, Silence(60), "b")] == [name]
        assert reconcile(lab.settings, database, timedelta(0)) == 0
        assert spotting.get_run(database, run).state == "queued"
    assert begun_and_lost(lab, name)
    assert look_after_others(lab.settings, database, Silence(60), "b") == ()
    reconcile(lab.settings, database, timedelta(0))
    over = spotting.get_run(database, run)
    assert (over.state, over.message) == ("failed", GAVE_UP)
    again = queueing.enqueue_spotting(run, lab.settings)  # a person tries again: counted anew
    assert again != name
    assert begun_and_lost(lab, again)
    assert [w.name for w in look_after_others(lab.settings, database, Silence(60), "b")] == [again]
