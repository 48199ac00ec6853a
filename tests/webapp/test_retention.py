"""What is kept for long enough goes, what is not stays, and each study's wish counts for what is its own."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.base import now
from db.models import Annotator, SignInSession, SignInTry, Study
from db.session import Database
from tests.databases import KINDS, drop, migrated_url
from webapp import queueing
from webapp.retention import daily, sweep
from webapp.services import audit, jobs, retention
from webapp.services.defaults import ensure_defaults
from webapp.services.errors import Refused
from webapp.settings import Settings
from webapp.uploads import Uploads
from webapp.values.retention import Retention


@pytest.fixture(params=KINDS)
def lab(request, tmp_path):
    """An installation with its default study and admin."""
    database = Database(migrated_url(request.param))
    settings = replace(Settings.from_environment({"GLINT_DATA": str(tmp_path)}), database_url=database.url)
    queueing.prepare(settings)
    yield settings, database, ensure_defaults(database)
    queueing._client.cache_clear()
    database.dispose()
    drop(database.url)


def later(days: float):
    return now() + timedelta(days=days)


def test_unfinished_uploads_and_unused_pictures_go_after_their_days(lab):
    settings, database, ids = lab
    uploads = Uploads(settings)
    begun = uploads.create("begun.mp4", 10, ids.annotator_id, ids.study_id)
    done = uploads.create("done.mp4", 4, ids.annotator_id, ids.study_id)
    uploads.append(done, 0, b"film")
    uploads.complete(done)
    pack = settings.data_dir / "packs/ab/cd/x.gpk"
    pack.parent.mkdir(parents=True)
    pack.write_text("cut")
    assert sweep(settings, database, later(6)) == dict.fromkeys(sweep(settings, database), 0)
    gone = sweep(settings, database, later(100))
    assert (gone["uploads"], gone["packs"]) == (1, 1)
    assert not uploads.folder(begun.id).exists()
    assert uploads.file(done).exists()


def test_folders_of_finished_jobs_go_only_where_their_study_wishes(lab):
    settings, database, ids = lab
    job = jobs.create(database, "compare", {}, ids.study_id)
    jobs.note(settings.data_dir, job, "a line")
    jobs.finish(database, job, {})
    assert sweep(settings, database, later(5000))["jobs"] == 0
    retention.change_retention(database, ids.study_id, Retention(jobs=30), ids.annotator_id)
    assert sweep(settings, database, later(29))["jobs"] == 0
    assert sweep(settings, database, later(31))["jobs"] == 1
    assert not jobs.folder(settings.data_dir, job).exists()


def test_the_queue_forgets_finished_work_and_keeps_what_waits(lab):
    settings, database, _ = lab
    queueing.enqueue_spotting(1, settings)
    queueing.enqueue_spotting(2, settings)
    queueing.cancel("spotting", 1, settings)
    assert sweep(settings, database)["queue"] == 0
    assert sweep(settings, database, later(31))["queue"] == 1
    assert len(queueing.unfinished("spotting", 2, settings)) == 1


def test_signing_in_leaves_traces_for_a_while_only(lab):
    settings, database, ids = lab
    with database.begin() as session:
        session.add(SignInTry(name_hash="x", address="here"))
        session.add(SignInSession(secret_hash="y", annotator_id=ids.annotator_id, ended_at=now()))
    assert sweep(settings, database, later(29))["tries"] == 0
    gone = sweep(settings, database, later(91))
    assert (gone["tries"], gone["sessions"]) == (1, 1)


def test_the_audit_is_cut_per_study_and_says_so(lab):
    _, database, ids = lab
    with database.begin() as session:
        session.add_all([Study(name="Other"), Annotator(name="Bo")])
        session.flush()
        audit.note(session, None, ids.study_id, "export labels", {})
        audit.note(session, None, ids.study_id + 1, "export labels", {})
    retention.change_retention(database, ids.study_id, Retention(audit=10), ids.annotator_id)
    assert retention.remove_rows(database, later(11))["audit"] == 2  # the export, and the change of the retention
    assert [row.action for row in audit.entries(database, [ids.study_id]).rows] == ["remove old audit"]
    assert audit.entries(database, [ids.study_id + 1]).total == 1
    with pytest.raises(DBAPIError, match="never change"), database.begin() as session:
        session.execute(text("DELETE FROM audit_entries"))


def test_the_shortest_wish_counts_for_what_belongs_to_no_study():
    wishes = {1: Retention(packs=10, queue=None), 2: Retention(packs=5, queue=None)}
    assert retention.shared(wishes)["packs"] == 5
    assert retention.shared(wishes)["queue"] is None


def test_only_an_admin_changes_it_and_only_to_days(lab):
    _, database, ids = lab
    with database.begin() as session:
        bo = Annotator(name="Bo")
        session.add(bo)
        session.flush()
        number = bo.id
    with pytest.raises(Refused, match="Only an admin"):
        retention.change_retention(database, ids.study_id, Retention(), number)
    with pytest.raises(Refused, match="expected 1 to"):
        retention.change_retention(database, ids.study_id, Retention(uploads=0), ids.annotator_id)


def test_it_runs_once_a_day(lab):
    settings, database, _ = lab
    left = settings.data_dir / "media/99"  # of a video that was erased while something still wrote
    left.mkdir(parents=True)
    os.utime(left, (1, 1))
    daily(settings, database)
    assert not left.exists()
    left.mkdir()
    os.utime(left, (1, 1))
    daily(settings, database)
    assert left.exists()
