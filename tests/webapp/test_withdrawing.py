"""Withdrawing a subject leaves no byte of the person, wherever it is interrupted, and what is of others as it was."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from db.base import Base, now
from db.models import Study, Withdrawal
from db.naming import blanked, pattern
from db.queries import erasing, mentions
from db.queue_rows import naming as queue_naming
from db.session import Database
from tests import databases
from tests.databases import KINDS, drop, migrated_url
from tests.webapp.withdrawal_world import (
    GONE,
    STAYS,
    TwoPeople,
    in_cluster,
    remember_work,
    tables_with_rows,
    traces,
    two_people,
)
from webapp import queueing, subject_files, withdrawing
from webapp.services import audit, backups, jobs, label_content, label_sets, library, registry, spotting, withdrawal
from webapp.services.errors import Refused
from webapp.services.neutral_frames import neutral_frame
from webapp.settings import Settings
from webapp.uploads import Uploads


def make_world(folder: Path, kind: str, store: bool = False) -> TwoPeople:
    url = migrated_url(kind) if kind == "postgresql" else ""
    places = {"GLINT_DATA": str(folder / "data"), "GLINT_DATABASE_URL": url}
    settings = Settings.from_environment(places | ({"GLINT_STORE": f"file://{folder / 'store'}"} if store else {}))
    settings.prepare()
    if kind == "sqlite":
        databases.copy_template(settings.data_dir / "glint.db")
    queueing.prepare(settings)
    return two_people(settings, Database(settings.database_url))


@pytest.fixture(params=KINDS)
def world(request, tmp_path):
    made = make_world(tmp_path, request.param, store=request.param == "postgresql")
    yield made
    made.database.dispose()
    queueing._client.cache_clear()
    drop(made.database.url)


@pytest.fixture
def small(tmp_path):
    """The same on SQLite only, for what does not depend on the database."""
    made = make_world(tmp_path, "sqlite")
    yield made
    made.database.dispose()


def rows_about(world: TwoPeople, video: int) -> dict[str, list[list]]:
    """Every row about a video, as values that can be compared."""
    with world.database.read() as session:
        return {
            model.__tablename__: [
                list(row) for row in session.execute(
                    select(model.__table__).where(model.video_id == video).order_by(*model.__table__.primary_key)
                )
            ]
            for model in erasing.VIDEO_TABLES
        }  # fmt: skip


def withdraw(world: TwoPeople, **how) -> int:
    study = world.desk.defaults.study_id
    number = withdrawing.start(world.settings, world.database, study, world.gone.code, world.desk.annotator_id)
    assert withdrawing.carry_on(world.settings, world.database, **({"patience": 0.0} | how))
    return number


def test_every_table_has_a_rule():
    """A table about videos goes with its video; in every other one free text is looked through, or it says why not."""
    about_videos = {
        table.name for table in Base.metadata.sorted_tables
        if "video_id" in table.c or any(k.column.table.name == "videos" for k in table.foreign_keys)
    }  # fmt: skip
    with_reason = {"job_videos", "label_set_videos", "label_set_intervals", "erasures", "audit_entries"}
    assert about_videos - {model.__tablename__ for model in erasing.VIDEO_TABLES} == with_reason
    named = {place.split(".")[0] for place in mentions.NO_TEXT}
    assert named <= set(Base.metadata.tables)
    columns = {f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns}
    assert {place for place in mentions.NO_TEXT if "." in place} <= columns


def test_no_byte_of_the_person_is_left_anywhere(world):
    url = world.database.url
    cluster = None if url.startswith("sqlite") else databases.cluster_folder()
    assert len(traces(world.settings, GONE)) > 60
    if cluster is not None:
        assert in_cluster(world.database, GONE, cluster)
    withdraw(world)
    assert traces(world.settings, GONE) == []
    if cluster is not None:
        assert in_cluster(world.database, GONE, cluster) == []


def test_what_is_of_others_stays(world):
    before = rows_about(world, world.stays.video)
    files = [path for path in world.settings.data_dir.rglob("*") if path.suffix in (".npz", ".gpk", ".mp4", ".npy")]
    kept = {path: path.read_bytes() for path in files if STAYS.encode() in path.read_bytes()}
    assert len(kept) > 5
    withdraw(world)
    assert all(path.read_bytes() == content for path, content in kept.items())
    stays = world.stays
    assert library.get_video(world.database, stays.video).title == f"{STAYS} smile 1.mp4"
    named = pattern([world.gone.code, f"{GONE} smile 1.mp4"])
    assert rows_about(world, stays.video) == blanked(before, named)  # only the name in a note of theirs
    alone = label_sets.get_label_set(world.database, world.alone)
    assert (alone.withdrawn, label_content.content_hash(alone.videos)) == (0, alone.content_hash)
    assert neutral_frame(world.database, world.desk.annotator_id, stays.video).frame == 3
    assert len(spotting.list_runs(world.database, stays.video)) == 1
    assert jobs.get(world.database, stays.job).result["parts"]["spot"]["failed"]


def test_sets_keep_their_hash_and_are_marked_and_so_are_all_versions_that_learned_from_them(world):
    before = label_sets.get_label_set(world.database, world.shared).content_hash
    withdraw(world)
    shared = label_sets.get_label_set(world.database, world.shared)
    assert (shared.content_hash, shared.withdrawn) == (before, 1)
    assert world.gone.video not in {video.video_id for video in shared.videos}
    assert len(shared.videos) == 2
    assert shared.name == f"(withdrawn) and {STAYS}"
    marked = {version.id: version.affected_at for version in registry.list_versions(world.database)}
    assert marked[world.trained]
    assert marked[world.child]
    assert marked[world.desk.defaults.baseline_version_id] is None


def test_the_audit_keeps_that_it_happened_and_numbers_only(world):
    number = withdraw(world)
    study = [world.desk.defaults.study_id]
    [row] = audit.entries(world.database, study, action="withdraw subject").rows
    assert dict(row.about) == {"withdrawal": number, "videos": 1}
    done = withdrawal.get(world.database, number)
    assert (done.state, done.words, done.work) == ("done", (), ())
    assert (done.found["videos"], done.found["decisions"]) == (1, 4)
    assert done.found["files"] > 5


class Killed(BaseException):
    """What a process that is killed does: nothing more."""


# The call that ends a step: killed there, everything of the step is done but that it is known.
ENDS = {"stopping": "advance", "erasing": "erase", "destroying": "advance", "compacting": "advance"}


@pytest.mark.parametrize("step", ENDS)
def test_a_crash_before_a_step_is_known_to_be_over_is_gone_on_from(small, monkeypatch, step):
    real = getattr(withdrawal, ENDS[step])

    def killed(database, number, *rest):
        if withdrawal.get(database, number).state == step:
            raise Killed
        return real(database, number, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(withdrawal, ENDS[step], killed)
        with pytest.raises(Killed):
            withdraw(small)
    assert withdrawing.carry_on(small.settings, small.database, patience=0.0)
    assert traces(small.settings, GONE) == []


@pytest.mark.parametrize("part", ["destroy", "remove_uploads", "remove_unneeded_features", "blank_names"])
def test_a_crash_between_the_files_is_gone_on_from(small, monkeypatch, part):
    def killed(*arguments):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(subject_files, part, killed)
        with pytest.raises(Killed):
            withdraw(small)
    assert withdrawing.carry_on(small.settings, small.database, patience=0.0)
    assert traces(small.settings, GONE) == []


def test_halfway_the_person_is_found_neither_through_rows_nor_through_files(small, monkeypatch):
    """After the files have moved the rows may still be there; after the rows have gone no file lies at its place."""
    monkeypatch.setitem(withdrawing.STEPS, "destroying", lambda task: False)
    study = small.desk.defaults.study_id
    withdrawing.start(small.settings, small.database, study, small.gone.code, None)
    assert not withdrawing.carry_on(small.settings, small.database, patience=0.0)
    assert small.gone.code not in {row.code for row in library.list_subjects(small.database, study)}
    for part in ("media", "runs", "signals"):
        assert not (small.settings.data_dir / part / str(small.gone.video)).exists()


def test_work_that_waits_is_cancelled_and_work_that_runs_is_waited_for(small):
    database, settings = small.database, small.settings
    waits = spotting.start_run(database, small.gone.video, small.desk.defaults.baseline_version_id, 6.0, {})
    queueing.enqueue_spotting(waits, settings)
    runs = spotting.start_run(database, small.gone.video, small.trained, 6.0, {})
    spotting.set_run_progress(database, runs, 0.4)
    study = small.desk.defaults.study_id
    number = withdrawing.start(settings, database, study, small.gone.code, None)
    assert not withdrawing.carry_on(settings, database)
    assert withdrawal.get(database, number).state == "stopping"
    assert spotting.get_run(database, waits).state == "cancelled"
    assert queueing.unfinished(queueing.SPOTTING, waits, settings) == []
    spotting.cancel_run(database, runs)  # as the worker does when it hears of it
    assert withdrawing.carry_on(settings, database)
    assert traces(settings, GONE) == []


def test_a_worker_that_never_answers_is_not_waited_for_for_ever(small):
    run = spotting.start_run(small.database, small.gone.video, small.desk.defaults.baseline_version_id, 6.0, {})
    spotting.set_run_progress(small.database, run, 0.4)
    withdrawing.start(small.settings, small.database, small.desk.defaults.study_id, small.gone.code, None)
    assert not withdrawing.carry_on(small.settings, small.database)
    with small.database.begin() as session:
        session.execute(update(Withdrawal).values(asked_at=now() - timedelta(seconds=withdrawing.STOP_SECONDS + 1)))
    assert withdrawing.carry_on(small.settings, small.database)


def test_the_preview_names_what_goes_and_what_is_beyond_reach(world):
    backups.note_backup(world.database, "/safe/one", now(), 10, [world.gone.video])
    backups.note_backup(world.database, "/safe/two", now(), 10, [world.stays.video])
    found = withdrawal.outlook(world.database, world.desk.defaults.study_id, world.gone.code, ["Ada Example"])
    assert [title for title, _ in found.videos] == [f"{GONE} smile 1.mp4"]
    assert found.label_sets == (f"{GONE}-7 and {STAYS}",)
    assert found.versions == ("first", "second")
    assert found.decisions == 4
    assert [folder for folder, _ in found.backups] == ["/safe/one"]
    assert "Ada Example" in found.words
    assert found.mentions["annotations"] == 1  # in a note about somebody else
    assert found.outside == ()


def test_footage_that_was_never_ours_stays_where_it_is_and_is_named(small, tmp_path):
    outside = tmp_path / "far.mp4"
    outside.write_text("theirs")
    library.register_video(small.database, small.desk.defaults.study_id, "far", str(outside), "file", None, 6,
                           small.gone.code)  # fmt: skip
    found = withdrawal.outlook(small.database, small.desk.defaults.study_id, small.gone.code)
    assert found.outside == (str(outside),)
    withdraw(small)
    assert outside.exists()


def test_only_an_admin_of_the_study_withdraws_and_only_once(small):
    study = small.desk.defaults.study_id
    other = small.desk.colleague("Plain")
    with pytest.raises(Refused, match="Only an admin"):
        withdrawing.start(small.settings, small.database, study, small.gone.code, other.annotator_id)
    withdrawing.start(small.settings, small.database, study, small.gone.code, None)
    with pytest.raises(Refused, match="already"):
        withdrawing.start(small.settings, small.database, study, small.gone.code, None)
    with pytest.raises(Refused, match="is being withdrawn"):
        library.register_video(small.database, study, "new", "x.mp4", "file", None, 1, small.gone.code)


def test_the_same_code_in_another_study_is_another_person(small):
    """The files and the queue of other studies keep the word; everything of this study loses it."""
    with small.database.begin() as session:
        session.add(Study(name="Other"))
    theirs = jobs.create(small.database, "compare", {}, small.desk.defaults.study_id + 1)
    jobs.note(small.settings.data_dir, theirs, f"begins with {small.gone.code}")
    jobs.finish(small.database, theirs, {"said": small.gone.code})
    name = remember_work(small.settings, "job", theirs, [small.gone.code])
    before = Uploads(small.settings).create(f"{GONE}.mp4", 10, 1, small.desk.defaults.study_id + 1, small.gone.code)
    withdraw(small)
    assert jobs.log_lines(small.settings.data_dir, theirs)[0].endswith(small.gone.code)
    assert jobs.get(small.database, theirs).result["said"] == small.gone.code
    assert Uploads(small.settings).get(before.id) == before
    left = {Path(found.split()[-1]).name for found in traces(small.settings, GONE)}
    assert left == {"dbos.db", "glint.db", "log.txt", "upload.json", "jobs", "workflow_status", "operation_outputs"}
    assert queue_naming(small.settings.dbos_url, [small.gone.code]) == {name}


def test_machines_with_a_data_folder_of_their_own_follow(tmp_path):
    """What lies in the shared store only is found, and copies on another machine go once it looks."""
    world = make_world(tmp_path, "sqlite", store=True)
    other = replace(world.settings, data_dir=tmp_path / "other")
    other.prepare()
    for name in ("media", "features", "jobs", "runs"):
        for stored in [stored for stored in other.store.names() if stored.startswith(f"{name}/")]:
            other.located(stored)
    pack = other.data_dir / "packs/ab/cd.gpk"
    pack.parent.mkdir(parents=True)
    pack.write_text(f"{GONE} cut")
    assert traces(replace(other, store_url=""), GONE)
    log_of_job = world.settings.data_dir / f"jobs/{world.training}/log.txt"
    log_of_job.unlink()
    withdraw(world)
    assert traces(world.settings, GONE) == []  # the store too
    withdrawing.follow(other, world.database)
    assert pack.exists(), "what still goes on is left alone for a minute"
    with world.database.begin() as session:
        session.execute(update(Withdrawal).values(finished_at=now() + timedelta(seconds=-61)))
    for path in other.data_dir.rglob("*"):
        os.utime(path, (1, 1))
    withdrawing.follow(other, world.database)
    assert traces(replace(other, store_url=""), GONE) == []
    assert (other.data_dir / f"media/{world.stays.video}/frames.npz").exists()
    world.database.dispose()


def test_deleting_one_video_takes_the_folder_of_its_upload(small):
    paths = library.delete_video(small.database, small.stays.video, withdraw=True)
    [folder] = [path for path in paths if path.startswith("uploads/")]
    assert (small.settings.data_dir / folder / "upload.json").exists()


def test_freed_pages_of_the_database_hold_nothing(small):
    """The main file and its log, read as bytes: before they are compacted deleted text still stands there."""
    withdraw(small)
    for name in ("glint.db", "glint.db-wal", "dbos.db"):
        path = small.settings.data_dir / name
        assert not path.exists() or GONE.lower().encode() not in path.read_bytes().lower()
    with sqlite3.connect(small.settings.data_dir / "glint.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert replace(withdrawal.get(small.database, 1)).state == "done"


def test_the_world_has_a_row_in_every_table_about_a_video(small):
    about_videos = {model.__tablename__ for model in erasing.VIDEO_TABLES}
    assert about_videos <= tables_with_rows(small.database), "the scan proves nothing about tables without a row"
