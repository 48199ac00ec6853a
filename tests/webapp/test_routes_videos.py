"""Facts, frame tables, review state and assets over HTTP."""

import hashlib

import numpy as np
import pytest

from spotcore.intervals import Interval
from tests.webapp.api_client import make_api
from webapp.routes.assets import ASSETS
from webapp.services import library, spotting


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    return make_api(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def video(api):
    return api.add_video(frames=90)


def test_the_player_learns_what_it_must_know(api, video):
    said = api.get(f"/api/videos/{video}").json()
    expected = {"id": video, "frame_count": 90, "fps": 30.0, "variable_rate": False, "width": 640, "pack_frames": 32}
    assert expected.items() <= said.items()


@pytest.mark.parametrize(("name", "dtype", "expected"), [
    ("timestamps", "<f8", np.arange(90) / 30), ("sources", "<i8", np.arange(90)), ("present", "u1", np.ones(90)),
])  # fmt: skip
def test_columns_of_the_frame_table_are_plain_arrays(api, video, name, dtype, expected):
    answer = api.get(f"/api/videos/{video}/{name}")
    np.testing.assert_allclose(np.frombuffer(answer.content, dtype), expected)
    assert answer.headers["content-encoding"] == "identity"


def test_a_video_that_is_not_there_or_of_another_study_is_404(api, video):
    assert api.get("/api/videos/999").status_code == 404
    other = {"X-Glint-Token": api.token(study_id=99)}
    for path in ("", "/timestamps", "/curves", "/signals", "/review"):
        assert api.get(f"/api/videos/{video}{path}", headers=other).status_code == 404


def test_a_video_that_is_not_imported_yet_says_so(api):
    made = library.register_video(api.database, api.defaults.study_id, "new.mp4", "x", "file", None, 1, None)
    answer = api.get(f"/api/videos/{made}")
    assert answer.status_code == 409
    assert "not imported yet" in answer.json()["error"]


def test_the_review_state_holds_proposals_with_the_ids_that_decisions_need(api):
    video = api.add_video("spotted.mp4")
    run = spotting.start_run(api.database, video, api.defaults.baseline_version_id, 6.0, {})
    spotting.finish_run(api.database, run, "c.npz", "f.npz", [Interval(5, 15, "micro", 9, 0.8)])
    said = api.get(f"/api/videos/{video}/review").json()
    assert said["run"]["id"] == run
    assert not {"curves_path", "features_path"} & set(said["run"])
    assert said["annotator"]["id"] == api.defaults.annotator_id
    assert len(said["sets"]) == 1
    (proposal,) = said["proposals"]
    assert (proposal["onset"], proposal["apex"], proposal["offset"], proposal["decided_by"]) == (5, 9, 15, None)
    assert len(proposal["interval_id"]) == 36


def test_before_the_first_run_the_review_state_is_empty_and_usable(api, video):
    said = api.get(f"/api/videos/{video}/review").json()
    assert (said["run"], said["proposals"], said["annotations"], said["reviewed"]) == (None, [], [], [])


def test_an_asset_asked_for_by_its_hash_is_kept_for_ever_and_otherwise_checked(api):
    name = "uploader/uploader.js"
    digest = hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:16]
    answer = api.get(f"/api/assets/{name}?v={digest}", headers={})
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")
    for query in ("", "?v=0000000000000000"):
        assert api.get(f"/api/assets/{name}{query}", headers={}).headers["cache-control"] == "no-cache"
    again = api.get(f"/api/assets/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "name", ["%2e%2e/uploader.py", "..%2f..%2fsettings.py", "none.js", "uploader", "%2fetc%2fpasswd"]
)
def test_only_files_below_the_assets_are_given(api, name):
    assert api.get(f"/api/assets/{name}", headers={}).status_code == 404
