"""GET and PUT /api/preferences, and GET /api/videos/{id}/history: shapes, doors and sizes."""

from __future__ import annotations

import uuid

import pytest

from tests.webapp.api_client import make_api
from webapp.routes.preferences import BODY_LIMIT


@pytest.fixture
def api(tmp_path):
    return make_api(tmp_path)


def test_own_keys_are_kept_and_given_back(api):
    assert api.get("/api/preferences").json() == {"keys": {}}
    assert api.put("/api/preferences", json={"keys": {"accept": ["F8"]}}).status_code == 200
    assert api.get("/api/preferences").json() == {"keys": {"accept": ["F8"]}}


@pytest.mark.parametrize(
    "body",
    [{"keys": {"accept": ["r"]}}, {"keys": {"dance": ["F8"]}}, {"keys": []}, {"colour": 1}, {"keys": {"accept": "F8"}}],
)
def test_what_cannot_be_used_is_422_with_a_sentence(api, body):
    answer = api.put("/api/preferences", json=body)
    assert answer.status_code == 422
    assert len(answer.json()["error"]) > 10
    assert api.get("/api/preferences").json() == {"keys": {}}


def test_more_than_sixteen_kilobytes_are_413(api):
    assert api.put("/api/preferences", content=b" " * (BODY_LIMIT + 1)).status_code == 413


def test_nobody_reads_or_sets_them_without_a_token(api):
    assert api.get("/api/preferences", headers={}).status_code == 401
    assert api.put("/api/preferences", json={}, headers={"Origin": "http://elsewhere.test"}).status_code == 403


def test_a_neutral_frame_is_pinned_and_let_go(api):
    video = api.add_video()
    address = f"/api/videos/{video}/neutral"
    assert api.get(address).json() == {"neutral": None}
    pinned = {"neutral": {"video": video, "title": "clip.mp4", "frame": 12}}
    assert api.put(address, json={"frame": 12}).json() == pinned
    other = api.add_video("other.mp4")  # of the same subject
    assert api.get(f"/api/videos/{other}/neutral").json() == pinned
    assert api.put(address, json={"frame": 300}).status_code == 422
    assert api.put(address, json={"frame": -1}).status_code == 422
    assert api.put(address, json={"frame": None}).json() == {"neutral": None}


@pytest.fixture
def interval(api):
    video, made = api.add_video(), str(uuid.uuid4())
    body = {
        "id": str(uuid.uuid4()), "verb": "add", "video_id": video, "annotator_id": api.defaults.annotator_id,
        "interval_id": made, "after": {"type": "micro", "onset": 10, "apex": 14, "offset": 20},
    }  # fmt: skip
    assert api.post("/api/operations", json=body).status_code == 200
    return video, made


def test_the_history_of_an_interval_names_who_when_and_what(api, interval):
    video, made = interval
    [entry] = api.get(f"/api/videos/{video}/history?interval={made}").json()["entries"]
    assert (entry["verb"], entry["annotator"]) == ("add", "Annotator")
    assert {"field": "onset", "before": None, "after": 10} in entry["changes"]
    assert "T" in entry["server_time"]


def test_other_coders_see_no_history_but_their_own(api, interval):
    video, made = interval
    token = api.token(annotator_id=api.defaults.annotator_id + 1, role="annotator")
    answer = api.get(f"/api/videos/{video}/history?interval={made}", headers={"X-Glint-Token": token})
    assert answer.json() == {"entries": []}


def test_the_review_state_carries_the_scheme(api):
    scheme = api.get(f"/api/videos/{api.add_video()}/review").json()["scheme"]
    assert {"letter": "b", "name": "blink"} in scheme["reasons"]
