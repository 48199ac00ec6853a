"""Every page x role through the menu itself, and the pages People and Audit."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from db.models import Account, Annotator, Assignment, Study, VideoAssignment
from tests.webapp.world import make_world, texts
from webapp import state
from webapp.access import PAGES, ROLES, at_least
from webapp.services import accounts, assignments, audit, passwords, sessions, studies

APP = Path(__file__).parents[2] / "webapp" / "app.py"
PASSWORD = "a sentence that nobody guesses"


@pytest.fixture
def team(tmp_path, monkeypatch):
    """One person of each role in the study, a video in it, and one in another study. `team.act(role)` signs in."""
    monkeypatch.setenv("GLINT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GLINT_LOGIN", "local")
    world = make_world(tmp_path / "data")
    with world.database.begin() as session:
        session.add(Study(name="Other"))
        session.flush()
        secrets = {}
        for role in ROLES:
            annotator = Annotator(name=role)
            session.add(annotator)
            session.flush()
            session.add(Assignment(study_id=world.ids.study_id, annotator_id=annotator.id, role=role))
            session.add(Account(annotator_id=annotator.id, site_admin=role == "admin"))
            secrets[role] = sessions.open_session(session, annotator.id, "Firefox")
    world.mine = world.video("mine", "s1")
    world.act = lambda role: monkeypatch.setattr(state, "session_secret", lambda: secrets.get(role))
    world.secrets = secrets
    return world


def opened(name: str, **query: str) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=30)
    page._page_hash = calc_hash(name)
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_a_page_is_drawn_exactly_from_its_least_role_on(team, entry):
    for role in ROLES:
        team.act(role)
        page = opened(entry.name)
        assert not page.exception
        refused = f"needs the role {entry.least}" in texts(page, "warning")
        assert refused is not at_least(role, entry.least), role


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_no_page_is_drawn_for_who_is_signed_out(team, entry):
    team.act("nobody")
    page = opened(entry.name)
    assert "You are signed out" in texts(page, "warning")
    assert not page.title


def test_a_video_of_another_study_is_as_unknown_as_none_in_the_address(team):
    other = studies.all_studies(team.database)[0].id
    with team.database.begin() as session:
        session.get(Assignment, 1)
        annotator = Annotator(name="stranger")
        session.add(annotator)
        session.flush()
        session.add(Assignment(study_id=other, annotator_id=annotator.id, role="admin"))
        team.secrets["stranger"] = sessions.open_session(session, annotator.id)
    team.act("stranger")
    page = opened("review", video=str(team.mine))
    assert f"There is no video {team.mine}" in texts(page, "error")
    assert "mine" not in texts(page)


def test_who_is_in_no_study_is_told_so(team):
    studies.remove_person(team.database, team.ids.study_id, 2, by=5)
    team.act("viewer")
    page = opened("videos")
    assert "You are in no study yet" in texts(page, "info")


def test_a_session_that_ends_ends_the_page_at_its_next_run(team, monkeypatch):
    monkeypatch.setattr(state, "REMEMBERED_SECONDS", 0.0)
    team.act("lead")
    page = opened("scheme")
    assert page.title
    with team.database.begin() as session:
        sessions.end_all(session, 4)
    page.run()
    assert "You are signed out" in texts(page, "warning")


def test_viewers_and_annotators_find_nothing_on_videos_that_changes_them(team):
    for role, may in (("viewer", False), ("annotator", False), ("lead", True)):
        team.act(role)
        page = opened("videos")
        keys = {button.key for button in page.button}
        assert (f"spot-{team.mine}" in keys) is may, role
        assert bool([box for box in page.text_input if box.key == f"subject-{team.mine}"]) is may


def test_a_coder_may_see_only_what_is_theirs_to_code(team):
    other = team.video("second", "s2")
    assignments.assign(team.database, team.ids.study_id, [3], 0.0, by=5)
    with team.database.begin() as session:
        session.execute(delete(VideoAssignment).where(VideoAssignment.video_id == other))
    team.act("annotator")
    page = opened("videos")
    assert "second" in texts(page)
    page.toggle(key="assigned").set_value(True).run()
    assert "second" not in texts(page)
    assert "mine" in texts(page)


def test_an_admin_invites_changes_roles_and_sees_it_in_the_audit(team):
    team.act("admin")
    page = opened("people")
    page.text_input(key="new-name").set_value("Ada")
    page.button(key="invite").click().run()
    assert "/invite/" in page.code[0].value
    viewer = next(p for p in studies.people_in(team.database, team.ids.study_id) if p.name == "viewer")
    page.selectbox(key="person").set_value(viewer.annotator_id).run()
    page.selectbox(key=f"role-{viewer.annotator_id}-viewer").set_value("lead").run()
    page.button(key="change-role").click().run()
    assert "viewer is lead now" in texts(page, "success")
    page = opened("audit")
    shown = page.dataframe[0].value
    assert list(shown["What"][:2]) == ["change role", "invite person"]
    page.text_input(key="audit-text").set_value("ada").run()
    assert list(page.dataframe[0].value["About"]) == ["name: Ada, role: annotator"]


def test_only_admins_find_ways_to_change_people(team):
    team.act("lead")
    page = opened("people")
    keys = {button.key for button in page.button}
    assert not keys & {"change-role", "remove-person", "invite", "renew", "make-study"}
    assert "assign" in keys


def test_a_new_study_is_empty_and_can_be_worked_in(team):
    team.act("admin")
    page = opened("people")
    page.text_input(key="study-name").set_value("Second")
    page.button(key="make-study").click().run()
    second = next(s.id for s in studies.all_studies(team.database) if s.name == "Second")
    page.selectbox(key="work-in").set_value(second).run()
    assert [p.name for p in studies.people_in(team.database, second)] == ["admin"]
    page = opened("videos")
    assert "The library is empty" in texts(page)


def test_one_changes_ones_own_password(team, monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    accounts.set_password(team.database, 4, PASSWORD, by=None, but=3)
    team.act("lead")
    page = opened("people")
    for key, value in (("old-password", PASSWORD), ("new-password", PASSWORD + "!"), ("again", PASSWORD + "!")):
        page.text_input(key=key).set_value(value)
    page.button(key="change-password").click().run()
    assert "is changed" in texts(page, "success")
    assert accounts.sign_in(team.database, "lead", PASSWORD + "!", "1.1.1.1")


def test_a_note_in_the_audit_is_text(team):
    with team.database.begin() as session:
        audit.note(session, None, team.ids.study_id, "invite person", {"name": "<script>alert(1)</script>"})
    team.act("lead")
    page = opened("audit")
    assert "<script>alert(1)</script>" in page.dataframe[0].value["About"][0]  # a table's cells are never markup
