"""The page Exchange: labels out, and in after a preview."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.models import Study
from tests.webapp.world import World, make_world, texts
from webapp.exchange.study_files import write_archive
from webapp.services import audit, jobs, outside_labels, studies

TABLE = "video,type,onset,apex,offset\na.mp4,macro,10,15,40\nb.mp4,micro,3,,9\n"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("GLINT_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("GLINT_DATABASE_URL", raising=False)
    made = make_world(tmp_path / "data")
    made.video("a.mp4", "s1")
    made.video("b.mp4", "s2")
    return made


def brought(world: World, name: str, text: str):
    page = world.open("exchange")
    page.button_group(key="exchange-what").set_value("Labels in").run()
    page.file_uploader(key="bring-file").upload(name, text.encode(), "text/csv")
    return page.run()


def test_a_file_is_shown_before_anything_is_stored_and_then_brought_whole(world):
    page = brought(world, "labels.csv", TABLE)
    assert not page.exception
    assert "2 new labels" in texts(page, "markdown")
    assert outside_labels.all_labels(world.database, world.ids.study_id) == ()
    page.checkbox(key="bring-complete").check().run()
    page.button(key="bring").click().run()
    assert "2 labels imported" in texts(page, "success")
    labels = outside_labels.all_labels(world.database, world.ids.study_id)
    assert [(one.video, one.type, one.onset, one.offset) for one in labels] == [
        ("a.mp4", "macro", 10, 40), ("b.mp4", "micro", 3, 9),
    ]  # fmt: skip
    (entry,) = audit.entries(world.database, [world.ids.study_id], action="import labels").rows
    assert entry.about == {"from": "CSV table, labels.csv", "labels": 2, "reviewed": True}
    assert "here already" in texts(brought(world, "labels.csv", TABLE), "info")


def test_what_is_wrong_with_a_file_is_a_list_and_nothing_is_stored(world):
    page = brought(world, "labels.csv", TABLE + "c.mp4,macro,1,,2\na.mp4,mega,5,,900\n")
    assert "3 problems" in texts(page, "error")
    shown = list(page.dataframe[0].value["What is wrong"])
    assert shown[0] == "line 4: no imported video has the title 'c.mp4'"
    assert [key for key in (b.key for b in page.button) if key == "bring"] == []
    assert outside_labels.all_labels(world.database, world.ids.study_id) == ()


def test_the_format_is_recognised_and_can_be_chosen(world):
    page = brought(world, "mine.csv", "vid,pred_onset,pred_offset,type\na.mp4,11,41,mae\n")
    assert "MEGC submission" in texts(page, "markdown")
    assert "1 new label" in texts(page, "markdown")
    page.selectbox(key="bring-format-mine.csv").set_value("csv").run()
    assert "Nothing can be imported" in texts(page, "error")


def test_script_in_a_title_or_a_file_name_is_text(world):
    page = brought(world, "<b>x</b>.csv", "video,type,onset,offset\n<script>alert(1)</script>,macro,1,2\n")
    assert "<script>" in page.dataframe[0].value["What is wrong"][0]
    assert "<b>x</b>" not in texts(page, "markdown")


def test_every_format_can_be_chosen_for_the_way_out(world):
    page = world.open("exchange")
    assert not page.exception
    assert len(page.selectbox(key="export-format").options) == 8
    page.selectbox(key="export-format").set_value("megc").run()
    assert "apex, annotator" in texts(page, "caption")


def test_a_study_is_shown_before_it_is_made_and_says_what_is_missing(world, tmp_path):
    with world.database.begin() as session:
        session.get(Study, world.ids.study_id).name = "Smiles"
    write_archive(world.database, world.settings, world.ids.study_id, tmp_path / "one.zip")
    with world.database.begin() as session:
        session.get(Study, world.ids.study_id).name = "Here"
    page = world.open("exchange")
    page.button_group(key="exchange-what").set_value("Whole study").run()
    page.file_uploader(key="study-file").upload("one.zip", (tmp_path / "one.zip").read_bytes(), "application/zip")
    page.run()
    assert "Smiles" in texts(page, "markdown")
    assert "2 videos" in texts(page, "markdown")
    assert "was not found" in texts(page, "warning")
    assert page.button(key="bring-study").disabled
    page.checkbox(key="without-footage").check().run()
    page.button(key="bring-study").click().run()
    assert "The study Smiles is here" in texts(page, "success")
    assert [s.name for s in studies.all_studies(world.database)] == ["Here", "Smiles", "Study"]


@pytest.mark.parametrize(("section", "key"), [("Benchmark", "make-benchmark"), ("Clips for a paper", "cut-clips")])
def test_jobs_are_started_from_their_sections(world, monkeypatch, tmp_path, section, key):
    monkeypatch.setenv("GLINT_MEDIA_ROOTS", str(tmp_path))
    page = world.open("exchange")
    page.button_group(key="exchange-what").set_value(section).run()
    assert not page.exception
    page.button(key=key).click().run()
    made = [jobs.list_jobs(world.database, study.id).rows for study in studies.all_studies(world.database)]
    assert [job.kind for rows in made for job in rows] == [{"make-benchmark": "benchmark"}.get(key, "clips")]
