"""POST /api/operations: applied once, signed by its author, conflicts with both versions, sizes bounded."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.webapp.api_client import make_api
from webapp.routes.operations import BODY_LIMIT
from webapp.services import reviewing


@pytest.fixture
def api(tmp_path):
    return make_api(tmp_path)


@pytest.fixture
def video(api):
    return api.add_video()


def operation(api, video_id, verb="add", **changes):
    made = {
        "id": str(uuid.uuid4()),
        "verb": verb,
        "video_id": video_id,
        "annotator_id": api.defaults.annotator_id,
        "interval_id": str(uuid.uuid4()),
        "proposal_id": None,
        "base_version": 0,
        "after": {"type": "micro", "onset": 10, "apex": 14, "offset": 20, "verdict": "added"},
        "undoes": None,
        "client_time": "2026-11-20T10:00:00.000Z",
        "session": "tab-1",
    }
    return made | changes


def send(api, body, **options):
    return api.post("/api/operations", json=body, **options)


def test_an_operation_is_applied_and_gives_the_row_and_its_version(api, video):
    body = operation(api, video)
    answer = send(api, body)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["status"], said["version"]) == ("applied", 1)
    assert said["annotation"]["id"] == body["interval_id"]
    state = reviewing.review_state(api.database, video, api.defaults.annotator_id)
    assert [(a.onset, a.offset) for a in state.annotations] == [(10, 20)]


def test_the_same_operation_sent_again_changes_nothing(api, video):
    body = operation(api, video)
    first, second = send(api, body), send(api, body)
    assert (second.status_code, second.json()["status"]) == (200, "duplicate")
    assert second.json()["sequence"] == first.json()["sequence"]
    assert len(reviewing.list_operations(api.database, video)) == 1


def test_the_same_operation_sent_from_many_connections_at_once_is_applied_once(api, video):
    body = operation(api, video)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(api, body), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["status"] for answer in answers) == ["applied", *["duplicate"] * 7]


def test_a_row_that_moved_on_answers_409_with_both_versions(api, video):
    body = operation(api, video)
    send(api, body)
    late = operation(api, video, "edit", interval_id=body["interval_id"], after=body["after"] | {"offset": 30})
    answer = send(api, late)
    assert answer.status_code == 409
    said = answer.json()
    assert (said["status"], said["version"]) == ("conflict", 1)
    assert (said["yours"]["offset"], said["theirs"]["offset"]) == (30, 20)


@pytest.mark.parametrize("change", [
    {"after": {"type": "micro", "onset": 20, "apex": 14, "offset": 10}},
    {"after": {"type": "nano", "onset": 1, "apex": 2, "offset": 3}},
    {"after": {"type": "micro", "onset": 1, "apex": 2, "offset": 300}},
    {"after": {"type": "micro", "onset": 1, "apex": 2, "offset": 3, "colour": "red"}},
    {"verb": "accept"},
    {"verb": "bless"},
    {"id": "not-a-uuid"},
    {"video_id": "1"},
    {"base_version": -1},
    {"session": "x" * 101},
])  # fmt: skip
def test_what_can_never_be_applied_is_422_with_a_sentence_and_changes_nothing(api, video, change):
    answer = send(api, operation(api, video) | change)
    assert answer.status_code == 422
    assert len(answer.json()["error"]) > 10
    assert reviewing.list_operations(api.database, video) == ()


def test_nobody_decides_in_the_name_of_another(api, video):
    body = operation(api, video, annotator_id=api.defaults.annotator_id + 1)
    assert send(api, body).status_code == 403
    assert reviewing.list_operations(api.database, video) == ()


def test_a_video_of_another_study_is_unknown(api, video):
    token = api.token(study_id=api.defaults.study_id + 1)
    assert send(api, operation(api, video), headers={"X-Glint-Token": token}).status_code == 404


def test_a_body_of_more_than_64_kilobytes_is_413(api, video):
    body = operation(api, video)
    body["after"]["note"] = "x" * BODY_LIMIT
    assert send(api, body).status_code == 413


def test_a_body_that_is_no_json_is_422(api):
    assert api.post("/api/operations", content=b"{nonsense").status_code == 422


def test_reviewed_spans_come_back_with_the_answer(api, video):
    body = operation(api, video, "review_span", interval_id=None, after={"first": 0, "last": 99})
    assert send(api, body).json()["reviewed"] == [[0, 99]]


def test_fields_of_an_older_page_are_ignored_rather_than_stranding_its_decision(api, video):
    assert send(api, operation(api, video) | {"former_field": 1}).status_code == 200
