"""The report of a study: empty, and with everything in it, on the page and as a file."""

from __future__ import annotations

import re

import pytest

from tests.webapp.services.library_material import Desk
from tests.webapp.world import World, texts
from webapp.components.study_sections import as_html
from webapp.services.study_report import bare, study_report


@pytest.fixture
def coded(world: World) -> World:
    """One subject, two coders, one of whom rejected a proposal and wrote script into a name and a note."""
    video = world.video("<script>alert(1)</script>.mp4", "s<b>1</b>")
    world.run(video)
    one = Desk(world.database, world.ids, world.ids.annotator_id)
    one.decide("accept", video, 0, action_units=["R12B", "4"], emotion="happiness", note="<img src=x>")
    one.decide("reject", video, 1, reason="blink")
    one.add(video, type="micro", onset=70, apex=72, offset=79, action_units=["L12"])
    one.reviewed(video, 0, 99)
    other = one.colleague("Berta")
    other.add(video, type="macro", onset=12, offset=30)
    other.reviewed(video, 0, 49)
    return world


def test_an_empty_study_has_a_report_that_says_so(world: World) -> None:
    page = world.open("report")
    assert not page.exception
    assert "No expression is decided yet." in texts(page)


def test_the_report_counts_the_decisions_that_would_be_frozen(coded: World) -> None:
    report = study_report(coded.database, coded.ids.study_id)
    assert report.verdicts == {"accepted": 1, "added": 1, "rejected (blink)": 1}
    (subject,) = report.subjects
    assert (subject.macro, subject.micro, subject.videos, subject.reviewed) == (1, 1, 1, 1)
    assert subject.per_minute == pytest.approx(2 / (100 / 30 / 60))
    assert report.action_units() == {("12", "macro"): 1, ("4", "macro"): 1, ("12", "micro"): 1}
    assert report.emotions() == {("happiness", "macro"): 1}
    assert {row.name: row.videos for row in report.people} == {"Annotator": 1, "Berta": 1}
    (pair,) = report.pairs
    assert pair.f1 == pytest.approx(1.0)
    assert bare("R12B") == "12"


def test_the_page_shows_every_section(coded: World) -> None:
    page = coded.open("report")
    assert not page.exception
    assert [header.value for header in page.subheader] == [
        "Counts", "Subjects", "Durations", "Action units", "Emotions", "Timelines", "People", "Agreement", "Effort",
    ]  # fmt: skip
    assert {metric.label: metric.value for metric in page.metric}["Micro"] == "1"


def test_the_file_asks_nothing_of_any_server_and_runs_nothing_that_people_wrote(coded: World) -> None:
    text = as_html(study_report(coded.database, coded.ids.study_id))
    assert text.count("<svg") == 4
    assert "<script" not in text
    assert "<img" not in text
    assert "<b>1" not in text
    addresses = re.findall(r"(?:src|href)=\"([^\"]*)\"", text)
    assert [one for one in addresses if not one.startswith("#")] == []
