"""The audit: noted with the change itself, searched by who, what, when and words; never changed but by a withdrawal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.base import now
from db.models import Annotator, Study, Video
from db.queries import erasing
from webapp.services import audit


@pytest.fixture
def audited(database):
    """Two studies, two people, a video with id 1 and four entries."""
    with database.begin() as session:
        session.add_all([Study(name="One"), Study(name="Two"), Annotator(name="Ada"), Annotator(name="Bo")])
        session.flush()
        session.add(Video(study_id=1, title="clip.mp4", path="x", kind="file"))
        audit.note(session, 1, 1, "promote version", {"version": "default-2"})
        audit.note(session, 2, 1, "export labels", {"videos": ["clip.mp4"], "video_id": 1})
        audit.note(session, 2, 2, "export labels", {"format": "CSV"})
        audit.note(session, None, None, "make backup", {"bytes": 100})
    return database


def actions_of(page: audit.AuditPage) -> list[tuple[str, str]]:
    return [(row.who, row.action) for row in page.rows]


def test_entries_come_newest_first_with_names(audited):
    page = audit.entries(audited, None)
    assert actions_of(page) == [("Glint", "make backup"), ("Bo", "export labels"), ("Bo", "export labels"),
                                ("Ada", "promote version")]  # fmt: skip
    assert (page.total, page.pages, page.rows[1].study) == (4, 1, "Two")


def test_a_study_sees_its_own_entries_only(audited):
    assert {row.study for row in audit.entries(audited, [1]).rows} == {"One"}
    assert audit.entries(audited, []).total == 0
    assert audit.actions(audited, [2]) == ["export labels"]


def test_person_action_date_and_words_narrow_the_search(audited):
    assert audit.entries(audited, None, annotator_id=2).total == 2
    assert audit.entries(audited, None, action="promote version").total == 1
    assert audit.entries(audited, None, text="EXPORT csv").total == 1
    assert audit.entries(audited, None, text="100%").total == 0  # a sign of the search language is text
    assert audit.entries(audited, None, since=now() + timedelta(minutes=1)).total == 0
    assert audit.entries(audited, None, until=now() + timedelta(minutes=1)).total == 4


def test_pages_are_numbered_and_kept_within_what_there_is(audited):
    page = audit.entries(audited, None, per_page=3, page=9)
    assert (page.page, page.pages, len(page.rows)) == (2, 2, 1)


def test_a_change_that_is_rolled_back_leaves_no_entry(audited):
    def change() -> None:
        with audited.begin() as session:
            audit.note(session, 1, 1, "add person", {})
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        change()
    assert audit.entries(audited, None, action="add person").total == 0


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_entries",
        "UPDATE audit_entries SET action = 'x'",
        "UPDATE audit_entries SET redacted = true, words = ''",  # no withdrawal is going on
    ],
)
def test_entries_refuse_to_change(audited, statement):
    with pytest.raises(DBAPIError, match="never change"), audited.begin() as session:
        session.execute(text(statement))


def test_erasing_a_video_blanks_what_is_told_about_it_and_keeps_that_it_happened(audited):
    with audited.begin() as session:
        erasing.erase_video(session, 1, by=1)
    rows = audit.entries(audited, [1]).rows
    assert [(row.action, dict(row.about), row.redacted) for row in rows] == [
        ("export labels", {}, True), ("promote version", {"version": "default-2"}, False),
    ]  # fmt: skip
    assert audit.entries(audited, None, text="clip.mp4").total == 0


def test_words_of_a_person_are_blanked_as_whole_words_only(audited):
    with audited.begin() as session:
        for code in ("s1", "s10"):
            audit.note(session, 1, 1, "set role", {"subject": code})
        session.execute(text("INSERT INTO erasures (video_id, open, erased_at) VALUES (9, true, :at)"), {"at": now()})
        assert audit.redact(session, [], ["S1"]) == 1
    assert [row.about.get("subject") for row in audit.entries(audited, None, action="set role").rows] == ["s10", None]
