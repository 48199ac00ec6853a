"""PUT /api/videos/{id}/place, GET /api/pace and /api/videos/{id}/sweep, and the second run of /review."""

from __future__ import annotations

import uuid

import pytest

from spotcore.intervals import Interval
from spotcore.probabilities import save_curves
from tests.browser.review_world import bump_curves
from tests.webapp.api_client import OWN, make_api
from webapp.services import spotting


@pytest.fixture
def api(tmp_path):
    return make_api(tmp_path)


def run_of(api, video: int, *proposals: Interval) -> int:
    run = spotting.start_run(api.database, video, api.defaults.baseline_version_id, 6.0, {})
    save_curves(bump_curves(300), api.settings.data_dir / f"runs/{run}/curves.npz")
    spotting.finish_run(api.database, run, f"runs/{run}/curves.npz", None, proposals)
    return run


def test_a_place_is_kept_and_comes_with_the_next_review(api):
    video, interval = api.add_video(), str(uuid.uuid4())
    assert api.get(f"/api/videos/{video}/review").json()["place"] is None
    assert api.put(f"/api/videos/{video}/place", json={"frame": 12, "interval": interval}).status_code == 204
    assert api.get(f"/api/videos/{video}/review").json()["place"] == {"frame": 12, "interval": interval}
    other = {"X-Glint-Token": api.token(annotator_id=api.defaults.annotator_id + 1)}
    assert api.get(f"/api/videos/{video}/review", headers=other).status_code == 404  # there is no such person


@pytest.mark.parametrize("body", [{}, {"frame": -1}, {"frame": 300}, {"frame": 1, "interval": "x"}, {"frame": "1"}])
def test_a_place_that_is_none_is_422(api, body):
    assert api.put(f"/api/videos/{api.add_video()}/place", json=body).status_code == 422


def test_nobody_comes_here_without_a_token(api):
    video = api.add_video()
    assert api.put(f"/api/videos/{video}/place", json={"frame": 1}, headers={"Origin": OWN}).status_code == 401
    for path in ("/api/pace", f"/api/videos/{video}/sweep"):
        assert api.get(path, headers={}).status_code == 401


def test_the_pace_counts_what_was_decided_in_this_sitting(api):
    video = api.add_video()
    for second in (0, 4):
        body = {
            "id": str(uuid.uuid4()), "verb": "add", "video_id": video, "annotator_id": api.defaults.annotator_id,
            "interval_id": str(uuid.uuid4()), "after": {"type": "micro", "onset": 10, "apex": 14, "offset": 20},
            "client_time": f"2024-01-01T12:00:0{second}Z", "session": "one",
        }  # fmt: skip
        assert api.post("/api/operations", json=body).status_code == 200
    answer = api.get("/api/pace").json()
    assert (answer["median_seconds"], answer["intervals"]) == (4.0, 1)
    assert (answer["sitting"]["intervals"], answer["sitting"]["videos"]) == (2, 1)


def test_the_sweep_offers_what_is_not_a_proposal(api):
    video = api.add_video()
    run_of(api, video, Interval(30, 40, "micro", 35, 0.9), Interval(60, 100, "macro", 75, 0.8))
    found = api.get(f"/api/videos/{video}/sweep").json()["stretches"]
    scores = [stretch["score"] for stretch in found]
    assert scores == sorted(scores, reverse=True)
    assert sorted(stretch["onset"] // 10 for stretch in found) == [13, 17, 24]
    assert api.get(f"/api/videos/{api.add_video('b.mp4')}/sweep").status_code in (409, 422)


def test_a_second_run_gives_each_proposal_its_agreement_and_adds_its_own(api):
    video = api.add_video()
    other = run_of(api, video, Interval(30, 40, "micro", 35, 0.9), Interval(200, 210, "micro", 205, 0.8))
    run_of(api, video, Interval(30, 40, "micro", 35, 0.9), Interval(60, 100, "macro", 75, 0.8))
    plain = api.get(f"/api/videos/{video}/review").json()
    assert [one["id"] for one in plain["other_runs"]] == [other]
    assert all("agreement" not in proposal for proposal in plain["proposals"])
    beside = api.get(f"/api/videos/{video}/review?other={other}").json()
    assert [(p["onset"], p["agreement"], p.get("run")) for p in beside["proposals"]] == [
        (30, 1.0, None), (60, 0.0, None), (200, 0.0, other),
    ]  # fmt: skip
    assert api.get(f"/api/videos/{video}/review?other=x").status_code == 422
