"""The role matrix: every route x method x role, made from the live table of routes, and every way to be refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.routing import Match

from tests.webapp.api_client import OWN
from tests.webapp.team import OTHER, make_team
from webapp.access import ELSEWHERE, PAGES, ROLES, ROUTES, at_least, least_of
from webapp.doors import SESSION_COOKIE
from webapp.routes import api_routes
from webapp.services import sessions, studies

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
APP_PAGES = Path(__file__).parents[2] / "webapp" / "app_pages"
UUID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    made = make_team(tmp_path_factory.mktemp("team"))
    made.video = made.api.add_video("mine.mp4")
    return made


def filled(path: str, video: int = 1) -> str:
    """An address of a route: its video, and 1 or a text for everything else."""
    path = path.replace("{id:int}", str(video)).replace("{id}", "0" * 32)
    return "/api" + re.sub(r"\{\w+:int\}", "1", re.sub(r"\{\w+(:path)?\}", "none", path))


def closed():
    """(method, path) of every route that is not open to all."""
    for route in api_routes():
        if not route.path.startswith("/assets"):
            yield from ((method, route.path) for method in METHODS if method in route.methods)


CLOSED = sorted(set(closed()))


def test_every_route_has_a_least_role_and_every_entry_a_route():
    live = {(method, route.path) for route in api_routes() for method in route.methods - {"HEAD"}}
    assert {entry for entry in live if entry[1] != ELSEWHERE} == set(ROUTES)


def test_every_page_has_a_least_role_and_every_entry_a_page():
    assert sorted(entry.name for entry in PAGES) == sorted(path.stem for path in APP_PAGES.glob("*.py"))
    assert {entry.least for entry in PAGES} <= set(ROLES)


def test_a_route_that_nobody_entered_is_for_admins():
    assert least_of("GET", "/new") == "admin"
    assert least_of("POST", "/pace") == "admin"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_a_role_reaches_a_route_exactly_from_its_least_one_on(team, method, path, role):
    answer = team.request(role, method, filled(path, 10**6))  # no such video: who may is told so, nothing is changed
    refused = answer.status_code == 403 and (method == "HEAD" or "needs the role" in answer.text)
    assert refused is not at_least(role, least_of(method, path)), answer.text
    assert answer.status_code != 500


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_no_route_answers_without_a_session_or_with_anothers_token(team, method, path):
    address = filled(path)
    without = team.api.client.request(method, address, headers={"X-Glint-Token": team.token("admin"), "Origin": OWN})
    statuses = [without.status_code]
    old, unbound = team.token("admin", seconds=-20 * 3600), team.token("admin", session_id=0)
    somebodys = team.token("admin", annotator_id=team.people["lead"])
    for token in ("", "forged", old, unbound, somebodys, team.token("lead")):
        statuses.append(team.request("admin", method, address, token=token).status_code)
    assert statuses == [401] * 7


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_a_token_for_a_study_that_one_is_not_in_is_refused(team, method, path):
    answer = team.request("admin", method, filled(path), token=team.token("admin", study_id=team.other_study))
    assert answer.status_code == 403


@pytest.mark.parametrize(("method", "path"), [entry for entry in CLOSED if "{id:int}" in entry[1]])
def test_a_video_of_another_study_is_as_unknown_as_none(team, method, path):
    answer = team.request(OTHER, method, filled(path, team.video) + "?name=x.csv",
                          content=b'{"frame": 1}' if method == "PUT" else b"")  # fmt: skip
    assert answer.status_code == 404, answer.text
    assert "mine.mp4" not in answer.text


def decision(team, who: str, **changes) -> dict:
    after = {"type": "micro", "onset": 5, "apex": 8, "offset": 12, "verdict": "added", "reason": None,
             "action_units": [], "emotion": "", "confidence": None, "note": ""}  # fmt: skip
    return {"id": UUID, "verb": "add", "video_id": team.video, "annotator_id": team.people[who],
            "interval_id": UUID[:-1] + "1", "after": after} | changes  # fmt: skip


def test_nobody_writes_as_somebody_else_or_into_another_study(team):
    as_lead = team.request("annotator", "POST", "/api/operations", json=decision(team, "lead"))
    elsewhere = team.request(OTHER, "POST", "/api/operations", json=decision(team, OTHER))
    assert (as_lead.status_code, elsewhere.status_code) == (403, 404)
    assert team.request("annotator", "POST", "/api/operations", json=decision(team, "annotator")).status_code == 200


def test_an_interval_of_another_study_is_not_changed_through_a_video_of_ones_own(team):
    mine = decision(team, "lead", id=UUID[:-1] + "5", interval_id=UUID[:-1] + "6")
    assert team.request("lead", "POST", "/api/operations", json=mine).status_code == 200
    theirs = decision(team, OTHER, id=UUID[:-1] + "7", interval_id=mine["interval_id"], verb="edit", base_version=1)
    assert team.request(OTHER, "POST", "/api/operations", json=theirs).status_code in (403, 404, 409, 422)
    state = team.request("lead", "GET", f"/api/videos/{team.video}/review").json()
    assert [(a["id"], a["version"]) for a in state["annotations"]] == [(mine["interval_id"], 1)]


def test_an_upload_belongs_to_its_person_and_its_study(team):
    upload = team.request("lead", "POST", "/api/uploads", json={"filename": "a.mp4", "size": 10}).json()["id"]
    for who in ("admin", OTHER):
        for method, part in (("GET", ""), ("PUT", "?offset=0"), ("DELETE", ""), ("POST", "/finish")):
            assert team.request(who, method, f"/api/uploads/{upload}{part}").status_code == 404
    studies.add_person(team.database, team.other_study, "lead", "lead", by=team.people[OTHER])
    elsewhere = team.token("lead", study_id=team.other_study)
    assert team.request("lead", "GET", f"/api/uploads/{upload}", token=elsewhere).status_code == 404


def test_a_role_that_was_taken_away_counts_from_the_next_request(tmp_path):
    team = make_team(tmp_path)
    token = team.token("lead")  # says "lead" for a quarter of an hour
    studies.set_role(team.database, team.study, team.people["lead"], "viewer", by=team.people["admin"])
    assert team.request("lead", "POST", "/api/uploads", token=token, json={}).status_code == 403
    studies.remove_person(team.database, team.study, team.people["lead"], by=team.people["admin"])
    assert team.request("lead", "GET", "/api/token/renew", token=token).status_code == 403


def test_a_token_dies_with_its_session(tmp_path):
    team = make_team(tmp_path)
    token = team.token("lead")
    assert team.request("lead", "GET", "/api/pace", token=token).status_code == 200
    sessions.end(team.database, team.session("lead"), team.people["lead"])
    for path in ("/api/pace", "/api/token/renew"):
        assert team.request("lead", "GET", path, token=token).status_code == 401


def test_a_token_that_expired_is_renewed_only_in_the_browser_that_is_signed_in(team):
    old = team.token("lead", seconds=-3600)
    assert team.request("lead", "GET", "/api/token/renew", token=old).status_code == 200
    assert team.request("lead", "GET", "/api/pace", token=old).status_code == 401
    assert team.request("viewer", "GET", "/api/token/renew", token=old).status_code == 401


def test_every_address_answers_by_exactly_one_route():
    for method, path in CLOSED:
        scope = {"type": "http", "method": method, "path": filled(path).removeprefix("/api"), "headers": []}
        assert any(route.matches(scope)[0] is Match.FULL for route in api_routes())


def test_the_cookie_alone_changes_nothing(team):
    headers = {"Cookie": f"{SESSION_COOKIE}={team.secrets['admin']}", "Origin": OWN}
    assert team.api.client.post("/api/operations", headers=headers, json=decision(team, "admin")).status_code == 401
