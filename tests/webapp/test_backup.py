"""Backups: made while people work, checked, restored into either database, and what is refused."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from db.copying import NotEmpty
from db.session import Database
from tests.databases import KINDS, drop, migrated_url
from tests.db.test_copying import rows
from tests.webapp.services.library_material import Desk, desk
from webapp import backup
from webapp.backup import BadBackup
from webapp.services import backups, library
from webapp.settings import Settings


def settings(folder: Path, url: str = "") -> Settings:
    return Settings.from_environment({"GLINT_DATA": str(folder), "GLINT_DATABASE_URL": url})


@pytest.fixture(params=KINDS)
def here(request, tmp_path):
    """An installation with one video whose files are there, and things that a backup leaves out."""
    url = migrated_url(request.param)
    made = settings(tmp_path / "data", url)
    database = Database(url)
    work = desk(database)
    video = work.video()
    work.run(video)
    work.decide("accept", video, 0, note="kept")
    for name, text in (("uploads/a.mp4", "footage"), (f"media/{video}/frames.npz", "table"), ("packs/1/2", "cut"),
                       ("secret.key", "key"), ("dbos.db", "queue")):  # fmt: skip
        path = made.data_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    yield made, work
    database.dispose()
    drop(url)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_restored_is_what_was_there(here, tmp_path, kind):
    made, work = here
    before = rows(work.database)
    backup.make(made, tmp_path / "copy")
    backup.check(tmp_path / "copy")
    there = settings(tmp_path / "elsewhere", migrated_url(kind))
    backup.restore(there, tmp_path / "copy")
    restored = Database(there.database_url)
    assert rows(restored) == before
    assert (there.data_dir / "uploads/a.mp4").read_text() == "footage"
    assert sorted(path.name for path in there.data_dir.iterdir()) == ["media", "uploads"]
    restored.dispose()
    drop(there.database_url)


def test_it_is_remembered_which_videos_a_backup_holds(here, tmp_path):
    made, work = here
    backup.make(made, tmp_path / "one")
    other = work.video("b.mp4")
    assert [row.folder for row in backups.list_backups(work.database, holding=[1, other])] == [str(tmp_path / "one")]
    assert backups.list_backups(work.database, holding=[other]) == ()
    (row,) = backups.list_backups(work.database)
    backups.mark_gone(work.database, row.id)
    assert backups.list_backups(work.database, holding=row.video_ids) == ()


def test_a_snapshot_is_one_moment_while_others_write(tmp_path):
    made = settings(tmp_path / "data")
    made.prepare()
    from db.schema import migrate

    migrate(made.database_url)
    work = desk(Database(made.database_url))
    videos = [work.video(f"{n}.mp4") for n in range(2)]
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            for video in videos:  # always first one, then the other
                work.add(video, type="micro", onset=1, offset=5)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            backup.make(made, tmp_path / f"copy{number}")
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        copied = Database(f"sqlite:///{tmp_path / f'copy{number}' / 'database.db'}")
        counts = [len(Desk(copied, work.defaults, work.annotator_id).state(video).annotations) for video in videos]
        assert counts[0] - counts[1] in (0, 1)
        copied.dispose()


def test_damage_is_named(here, tmp_path):
    made, _ = here
    backup.make(made, tmp_path / "copy")
    (tmp_path / "copy/data/uploads/a.mp4").write_text("footagf")
    (tmp_path / "copy/database.db").unlink()
    with pytest.raises(BadBackup, match=r"database\.db is missing; data/uploads/a\.mp4 is damaged"):
        backup.restore(settings(tmp_path / "new"), tmp_path / "copy")
    assert not (tmp_path / "new").exists()


def test_nothing_is_restored_over_anything(here, tmp_path):
    made, _ = here
    backup.make(made, tmp_path / "copy")
    with pytest.raises(BadBackup, match="data folder"):
        backup.restore(made, tmp_path / "copy")
    with pytest.raises(NotEmpty):
        backup.restore(settings(tmp_path / "new", made.database_url), tmp_path / "copy")


@pytest.mark.parametrize(
    "content", ["", "[]", '{"format": "glint-backup/9", "files": {}}',
                '{"format": "glint-backup/1", "files": {"data/../../evil": "0"}}'],
)  # fmt: skip
def test_a_folder_that_is_no_backup_is_refused(tmp_path, content):
    (tmp_path / "backup.json").write_text(content)
    with pytest.raises(BadBackup):
        backup.check(tmp_path)


def test_a_backup_goes_nowhere_that_holds_something_or_into_the_data(here, tmp_path):
    made, _ = here
    (tmp_path / "full").mkdir()
    (tmp_path / "full/letter.txt").write_text("dear")
    for folder, words in ((tmp_path / "full", "holds something"), (made.data_dir / "copy", "outside")):
        with pytest.raises(BadBackup, match=words):
            backup.make(made, folder)


def test_a_video_outside_of_the_data_folder_is_named_as_missing(here, tmp_path):
    made, work = here
    video = library.register_video(work.database, work.defaults.study_id, "far", "/far/away.mp4", "file", None, 1, "s9")
    about = backup.make(made, tmp_path / "copy")
    assert about["videos_outside"] == ["/far/away.mp4"]
    assert video in about["videos"]


def test_the_command_tells_what_it_did(here, tmp_path, monkeypatch, capsys):
    made, _ = here
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    assert backup.main(["make", str(tmp_path / "copy")]) == 0
    assert backup.main(["check", str(tmp_path / "copy")]) == 0
    assert backup.main(["list"]) == 0
    assert capsys.readouterr().out.count("1 video,") == 3
    assert backup.main(["restore", str(tmp_path / "copy")]) == 2
    assert "data folder" in capsys.readouterr().err
    assert json.loads((tmp_path / "copy/backup.json").read_text())["format"] == backup.FORMAT


def test_what_only_the_shared_store_has_is_copied_too_and_goes_back_into_a_store(tmp_path):
    def machine(name, store):
        made = Settings.from_environment({
            "GLINT_DATA": str(tmp_path / name), "GLINT_STORE": f"file://{tmp_path / store}",
            "GLINT_DATABASE_URL": f"sqlite:///{tmp_path / store}.db",
        })  # fmt: skip
        made.prepare()
        return made

    def write(on, name, text):
        path = on.data_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        on.stored(path)

    one, two = machine("one", "shared"), machine("two", "shared")
    write(one, "features/a.npz", "here")
    write(one, "jobs/1/log.txt", "began")
    two.newest("jobs/1")
    write(two, "jobs/1/log.txt", "began, went on")
    write(two, "runs/2/curves.npz", "there")
    about = backup.make(one, tmp_path / "copy")
    held = {name: (tmp_path / "copy" / name).read_text() for name in about["files"] if name.startswith("data/")}
    assert held == {
        "data/features/a.npz": "here", "data/jobs/1/log.txt": "began, went on", "data/runs/2/curves.npz": "there",
    }  # fmt: skip
    assert about["from_store"] == 2
    backup.check(tmp_path / "copy")
    restored, other = machine("three", "new"), machine("four", "new")
    backup.restore(restored, tmp_path / "copy")
    assert other.located("runs/2/curves.npz").read_text() == "there"
