"""Signing in and out, invitations, sessions that end, and the brake on guessing, through the real routes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update
from starlette.websockets import WebSocketDisconnect

from db.base import now
from db.models import Account, SignInSession
from tests.webapp.api_client import OWN
from tests.webapp.team import make_team
from webapp.doors import SESSION_COOKIE
from webapp.routes.login import local_path
from webapp.services import accounts, audit, invitations, passwords, sessions, studies
from webapp.services.errors import Refused

PASSWORD = "a sentence that nobody guesses"
HTML = {"Accept": "text/html"}


@pytest.fixture
def team(tmp_path, monkeypatch):
    # The real parameters take 64 MB and a tenth of a second each; that they are the library's is looked at below.
    monkeypatch.setattr(passwords, "_hasher", passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobodys.cache_clear()
    made = make_team(tmp_path)
    with made.database.begin() as session:
        session.get(Account, made.people["lead"]).password_hash = passwords.hashed(PASSWORD)
    return made


def fill_in(team, path: str, **fields: str):
    """Open a form in a browser, fill it in, send it."""
    page = team.api.client.get(path)
    hidden = re.search(r'name="form" value="([^"]+)"', page.text).group(1)
    return team.api.client.post(path, data={"form": hidden} | fields, headers={"Origin": OWN})


def test_a_name_and_its_password_open_a_session_that_the_cookie_carries(team):
    answer = fill_in(team, "/login?next=%2Freview%3Fvideo%3D3", name=" lead ", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/review?video=3")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(SESSION_COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert team.api.client.get("/").text == "the page"
    assert sessions.live(team.database, team.api.client.cookies[SESSION_COOKIE]).name == "lead"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(team):
    names = ("lead", "nobody", "viewer")
    answers = [fill_in(team, "/login", name=name, password="not the right one") for name in names]
    assert {a.status_code for a in answers} == {401}
    assert len({re.sub(r'value="[^"]*"', "", a.text) for a in answers}) == 1


def test_an_unknown_name_costs_one_hash_like_a_known_one(team, monkeypatch):
    asked = []
    real = passwords._hasher
    monkeypatch.setattr(passwords, "_hasher", type("Counting", (), {
        "verify": lambda self, kept, given: asked.append(kept) or real.verify(kept, given), "hash": real.hash,
    })())  # fmt: skip
    for name in ("lead", "nobody", "viewer"):
        with pytest.raises(Refused):
            accounts.sign_in(team.database, name, "not the right one", "1.1.1.1")
    assert len(asked) == 3


def test_guessing_is_slowed_down_across_restarts_and_for_that_address_only(team):
    for _ in range(accounts.TRIES_OF_NAME_FROM_ADDRESS):
        with pytest.raises(Refused, match="wrong"):
            accounts.sign_in(team.database, "lead", "guess", "1.1.1.1")
    with pytest.raises(accounts.TooManyTries):  # rows, not memory: a new process would count the same
        accounts.sign_in(team.database, "LEAD", PASSWORD, "1.1.1.1")
    assert accounts.sign_in(team.database, "lead", PASSWORD, "2.2.2.2")
    assert accounts.sign_in(team.database, "lead", PASSWORD, "2.2.2.2")


def test_too_many_tries_are_said_as_429(team):
    answers = [fill_in(team, "/login", name="nobody", password="x").status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_a_form_of_another_page_is_refused(team):
    client = team.api.client
    page = client.get("/login")
    hidden = re.search(r'name="form" value="([^"]+)"', page.text).group(1)
    said = {"name": "lead", "password": PASSWORD, "form": hidden}
    assert client.post("/login", data=said).status_code == 403  # no Origin
    assert client.post("/login", data=said | {"form": "forged"}, headers={"Origin": OWN}).status_code == 403
    client.cookies.clear()
    assert client.post("/login", data=said, headers={"Origin": OWN}).status_code == 403


def test_an_oversized_form_is_refused(team):
    assert fill_in(team, "/login", name="a" * 20_000, password="x").status_code == 413


def test_what_was_typed_comes_back_as_text(team):
    answer = fill_in(team, "/login", name='"><script>alert(1)</script>', password="x")
    assert "<script" not in answer.text
    assert "&quot;&gt;&lt;script&gt;" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "/\\evil.example", "review", "/a\nb", ""])
def test_signing_in_leads_nowhere_else(path):
    assert local_path(path) == "/"


def test_without_a_session_pages_lead_to_the_sign_in_and_the_rest_is_refused(team):
    client = team.api.client
    page = client.get("/review?video=3", headers=HTML)
    assert (page.status_code, page.headers["location"]) == (303, "/login?next=%2Freview%3Fvideo%3D3")
    for path in ("/_stcore/health", "/static/index.js", "/login/../review", "/_stcore/upload_file/x"):
        assert client.get(path).status_code in (401, 403, 404), path
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream"):
        pass
    client.cookies.set(SESSION_COOKIE, team.secrets["viewer"])
    with client.websocket_connect("/_stcore/stream") as socket:
        assert socket.receive_text() == "in"


def change(team, who: str, **columns) -> None:
    with team.database.begin() as session:
        mine = update(SignInSession).where(SignInSession.annotator_id == team.people[who])
        session.execute(mine.values(**columns))


@pytest.mark.parametrize("columns", [
    {"seen_at": now() - sessions.IDLE - timedelta(minutes=1)},
    {"created_at": now() - sessions.LONGEST - timedelta(minutes=1)},
    {"ended_at": now()},
])  # fmt: skip
def test_a_session_ends_when_idle_when_old_and_when_ended(team, columns):
    assert sessions.live(team.database, team.secrets["viewer"]) is not None
    change(team, "viewer", **columns)
    assert sessions.live(team.database, team.secrets["viewer"]) is None


def test_using_a_session_keeps_it_alive(team):
    before = now() - timedelta(hours=11)
    change(team, "viewer", seen_at=before)
    sessions.live(team.database, team.secrets["viewer"])
    assert sessions.list_sessions(team.database, team.people["viewer"])[0].seen_at > before


def test_signing_out_ends_the_session_on_the_server_and_asks_first(team):
    client = team.api.client
    client.cookies.set(SESSION_COOKIE, team.secrets["viewer"])
    assert "You are signed in as viewer" in client.get("/logout").text
    assert sessions.live(team.database, team.secrets["viewer"]) is not None
    assert fill_in(team, "/logout").headers["location"] == "/login"
    assert sessions.live(team.database, team.secrets["viewer"]) is None


def test_somebody_elses_session_is_not_ended(team):
    with pytest.raises(Refused, match="not a session of yours"):
        sessions.end(team.database, team.session("admin"), by=team.people["viewer"])


def test_locking_somebody_out_ends_their_sessions_at_once(team):
    studies.set_active(team.database, team.people["lead"], False, by=team.people["admin"])
    assert sessions.live(team.database, team.secrets["lead"]) is None
    with pytest.raises(Refused, match="wrong"):
        accounts.sign_in(team.database, "lead", PASSWORD, "1.1.1.1")
    with pytest.raises(Refused, match="admins of the installation"):
        studies.set_active(team.database, team.people["admin"], False, by=team.people["viewer"])


def test_an_invitation_makes_an_account_once(team):
    code = invitations.invite(team.database, team.study, "Ada", "annotator", by=team.people["admin"])
    differing = fill_in(team, f"/invite/{code}", password=PASSWORD, again=PASSWORD + "x")
    short = fill_in(team, f"/invite/{code}", password="short", again="short")
    assert "differ" in differing.text
    assert "at least 12" in short.text
    assert fill_in(team, f"/invite/{code}", password=PASSWORD, again=PASSWORD).status_code == 303
    ada = sessions.live(team.database, team.api.client.cookies[SESSION_COOKIE])
    assert (ada.name, ada.role, ada.study_id, ada.site_admin) == ("Ada", "annotator", team.study, False)
    assert team.api.client.get(f"/invite/{code}").status_code == 404
    assert accounts.sign_in(team.database, "Ada", PASSWORD, "1.1.1.1")


def test_an_invitation_cannot_take_over_somebody_elses_name(team):
    for name in ("lead", " stranger "):
        with pytest.raises(Refused):
            invitations.invite(team.database, team.study, name, "admin", by=team.people["admin"])
    with pytest.raises(Refused, match="never was"):
        invitations.accept(team.database, "made up", password=PASSWORD)


def test_a_link_for_a_new_password_ends_what_was_open(team):
    code = invitations.renew(team.database, team.people["lead"], by=team.people["admin"])
    invitations.accept(team.database, code, password=PASSWORD + " now")
    assert sessions.live(team.database, team.secrets["lead"]) is None
    with pytest.raises(Refused):
        accounts.sign_in(team.database, "lead", PASSWORD, "1.1.1.1")


def test_changing_a_password_asks_for_the_old_one_and_signs_other_browsers_out(team):
    me, here = team.people["lead"], team.session("lead")
    other = accounts.sign_in(team.database, "lead", PASSWORD, "1.1.1.1")
    with pytest.raises(Refused, match="old password is wrong"):
        accounts.change_password(team.database, me, "wrong", PASSWORD + "!", here, "1.1.1.1")
    accounts.change_password(team.database, me, PASSWORD, PASSWORD + "!", here, "1.1.1.1")
    assert sessions.live(team.database, other) is None
    assert sessions.live(team.database, team.secrets["lead"]) is not None


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "passwordpassword", "Annabelle12345678", "x" * 300])
def test_a_password_that_is_easy_to_guess_is_refused(password):
    with pytest.raises(Refused):
        passwords.check(password, "Annabelle")


def test_passwords_are_kept_as_argon2id_with_the_librarys_own_strength():
    assert passwords.PasswordHasher().hash("x").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_what_people_do_about_access_is_in_the_audit(team):
    studies.set_role(team.database, team.study, team.people["viewer"], "annotator", by=team.people["admin"])
    accounts.sign_in(team.database, "lead", PASSWORD, "1.1.1.1")
    rows = audit.entries(team.database, None).rows
    assert [(row.who, row.action) for row in rows[:2]] == [("lead", "sign in"), ("admin", "change role")]
    assert PASSWORD not in str(rows)


def test_a_study_is_never_left_without_an_admin(team):
    me = team.people["admin"]
    studies.remove_person(team.database, team.study, team.api.defaults.annotator_id, by=me)
    with pytest.raises(Refused, match="needs an admin"):
        studies.set_role(team.database, team.study, me, "lead", by=me)
    with pytest.raises(Refused, match="needs an admin"):
        studies.remove_person(team.database, team.study, me, by=me)


def test_people_are_managed_by_admins_of_that_study_only(team):
    for who in ("lead", "stranger"):
        with pytest.raises(Refused, match="admins of the study"):
            studies.set_role(team.database, team.study, team.people["viewer"], "admin", by=team.people[who])
        with pytest.raises(Refused, match="admins of the study"):
            studies.add_person(team.database, team.study, "stranger", "viewer", by=team.people[who])
        with pytest.raises(Refused, match="admins of the study"):
            invitations.invite(team.database, team.study, "Eve", "admin", by=team.people[who])
        with pytest.raises(Refused, match="admins of the installation"):
            invitations.renew(team.database, team.people["admin"], by=team.people[who])
