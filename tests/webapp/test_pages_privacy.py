"""The page of privacy: what a withdrawal would take, typing the code, handing out a person's data, and retention."""

from __future__ import annotations

import io
import json
import zipfile

from sqlalchemy import update

from db.base import now
from db.models import Video
from tests.webapp.world import World, texts
from webapp import withdrawing
from webapp.services import audit, backups, library, retention, subject_export
from webapp.values.retention import Retention


def chosen(world: World, code: str = "anna-7"):
    page = world.open("privacy")
    page.selectbox(key="privacy-subject-0").select(code).run()
    assert not page.exception
    return page


def test_a_study_without_subjects_says_how_to_name_one(world: World) -> None:
    world.video("nobody")
    assert "No subject is named" in texts(world.open("privacy"), "info")


def test_it_tells_what_goes_and_where_the_person_stays(world: World) -> None:
    mine = world.video("anna-7 smiles.mp4", "anna-7")
    world.video("other.mp4", "bo-8")
    world.run(mine)
    with world.database.begin() as session:
        session.execute(update(Video).where(Video.id == mine).values(path="/far/anna.mp4"))
    backups.note_backup(world.database, "/safe/one", now(), 10, [mine])
    page = chosen(world)
    numbers = {metric.label: metric.value for metric in page.metric}
    assert (numbers["Videos"], numbers["Label sets"], numbers["Decisions"]) == ("1", "0", "0")
    assert "/safe/one" in texts(page, "warning").replace("\\", "")
    assert "/far/anna.mp4" in texts(page, "warning").replace("\\", "")
    assert "anna-7 smiles.mp4" in texts(page, "markdown").replace("\\", "")


def test_the_code_is_typed_and_the_withdrawal_is_carried_out(world: World) -> None:
    gone = world.video("anna-7 smiles.mp4", "anna-7")
    kept = world.video("other.mp4", "bo-8")
    page = chosen(world)
    page.button(key="withdraw").click().run()
    assert page.button(key="withdraw-confirm").disabled
    page.text_input(key="withdraw-code").input("anna").run()
    assert page.button(key="withdraw-confirm").disabled
    page.text_input(key="withdraw-code").input("anna-7").run()
    page.button(key="withdraw-confirm").click().run()
    assert not page.exception
    assert "has begun" in texts(page, "success")
    assert "Withdrawal 1: stopping" in texts(page, "info")
    assert withdrawing.carry_on(world.settings, world.database, patience=0.0)
    backups.note_backup(world.database, "/safe/one", now(), 10, [gone])
    page = world.open("privacy")
    assert list(page.selectbox(key="privacy-subject-1").options) == ["bo-8"]
    assert page.dataframe[0].value["Videos"].tolist() == [1]
    assert [video.id for video in library.list_videos(world.database, world.ids.study_id).rows] == [kept]
    assert "holds somebody who withdrew" in texts(page, "warning")
    page.button(key="backup-gone-1").click().run()
    assert backups.list_backups(world.database, holding=[gone]) == ()
    assert not world.open("privacy").warning


def test_a_copy_of_what_is_known_of_one_person(world: World, tmp_path) -> None:
    mine = world.video("anna-7 smiles.mp4", "anna-7")
    world.video("other.mp4", "bo-8")
    world.run(mine)
    page = chosen(world)
    page.button(key="prepare-export").click().run()
    assert not page.exception
    study, me = world.ids.study_id, world.ids.annotator_id
    film = tmp_path / "film.mp4"
    film.write_bytes(b"moving")
    packed = zipfile.ZipFile(io.BytesIO(subject_export.archive(world.database, study, "anna-7", me, lambda path: film)))
    found = json.loads(packed.read("subject.json"))
    assert [video["title"] for video in found["videos"]] == ["anna-7 smiles.mp4"]
    assert len(found["tables"]["proposals"]) == 2
    assert packed.read(f"footage/{mine}/film.mp4") == b"moving"
    assert "bo-8" not in packed.read("subject.json").decode()
    assert audit.entries(world.database, [study], action="export subject").total == 2


def test_how_long_things_are_kept_is_changed_in_a_form(world: World) -> None:
    page = world.open("privacy")
    page.number_input(key="keep-audit").set_value(365)
    page.number_input(key="keep-uploads").set_value(3)
    page.button(key="keep").click().run()
    assert not page.exception
    assert retention.retention_of(world.database, world.ids.study_id) == Retention(uploads=3, audit=365)
