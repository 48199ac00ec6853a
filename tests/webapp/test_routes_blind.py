"""What a blind coder is told: every route about a video is either open to them or refuses until they have judged it."""

from __future__ import annotations

import uuid

import pytest
from starlette.routing import Route

from spotcore.intervals import Interval
from spotcore.probabilities import save_curves
from tests.browser.review_world import bump_curves
from tests.webapp.api_client import make_api
from webapp.access import least_of
from webapp.routes import api_routes
from webapp.services import blindness, imported_signals, spotting

VIDEO = "/videos/{id:int}"
# Telling what a program found in the footage.
WITHHELD = {
    "curves": "", "signals": "", "sweep": "", "why": "?onset=10&offset=20", "why/curves": "?onset=10&offset=20",
    "imported/{signal:int}/curves": "?columns=0",
}  # fmt: skip
# Telling nothing of it: the file, the pictures, where the face is, what the person asks to see better, their own work.
# `review`, `imported` and `others` answer a blind coder with less, which is asked below.
OPEN = {
    "", "timestamps", "sources", "present", "packs/{index:int}", "audio", "thumbnail", "faces", "magnified", "motion",
    "landmarks", "marks", "neutral", "others", "history", "place", "review", "imported", "imported/{signal:int}",
}  # fmt: skip
# Telling what coders found, for leads, who may see it.
LEADS = {"adjudication"}


@pytest.fixture
def api(tmp_path):
    return make_api(tmp_path)


@pytest.fixture
def video(api) -> int:
    """Spotted, with an imported signal, and drawn blind."""
    made = api.add_video()
    run = spotting.start_run(api.database, made, api.defaults.baseline_version_id, 6.0, {})
    save_curves(bump_curves(300), api.settings.data_dir / f"runs/{run}/curves.npz")
    proposals = [Interval(30, 40, "micro", 35, 0.9)]
    spotting.finish_run(api.database, run, f"runs/{run}/curves.npz", "features/1.npz", proposals)
    blindness.set_blind_share(api.database, api.defaults.study_id, 1.0, api.defaults.annotator_id)
    imported_signals.add_signal(
        api.database, made, api.defaults.annotator_id, "openface.csv", "signals/1", (("AU12_r", ""),), 300, ""
    )
    return made


def judge(api, video: int) -> None:
    body = {
        "id": str(uuid.uuid4()), "verb": "review_span", "video_id": video, "annotator_id": api.defaults.annotator_id,
        "after": {"first": 0, "last": 299},
    }  # fmt: skip
    assert api.post("/api/operations", json=body).status_code == 200


def test_every_route_of_a_video_is_known_here():
    paths = {route.path.removeprefix(VIDEO).strip("/") for route in api_routes()
             if isinstance(route, Route) and route.path.startswith(VIDEO)}  # fmt: skip
    assert paths == OPEN | set(WITHHELD) | LEADS
    assert {least_of("GET", f"{VIDEO}/{name}") for name in LEADS} == {"lead"}


@pytest.mark.parametrize("name", WITHHELD)
def test_what_a_program_found_is_refused_before_anything_was_opened_and_after(api, video, name):
    address = f"/api/videos/{video}/{name.replace('{signal:int}', '1')}{WITHHELD[name]}"
    for _ in range(2):
        answer = api.get(address)
        assert (answer.status_code in (403, 422), answer.json()["error"]) == (True, blindness.WITHHELD)
        api.get(f"/api/videos/{video}/review")
    judge(api, video)
    # Files of the measurements are not there: 404 says that the door is open.
    assert api.get(address).status_code in (200, 404)


def test_the_review_comes_without_the_model_until_the_video_is_judged(api, video):
    said = api.get(f"/api/videos/{video}/review").json()
    told = {name: said[name] for name in ("blind", "run", "set", "sets", "proposals", "other_runs")}
    assert told == {"blind": True, "run": None, "set": None, "sets": [], "proposals": [], "other_runs": []}
    run = spotting.latest_run(api.database, video).id
    asked = api.get(f"/api/videos/{video}/review?run={run}&set=1").json()
    assert (asked["run"], asked["proposals"]) == (None, [])
    assert api.get(f"/api/videos/{video}/review?other={run}").status_code == 422
    assert api.get(f"/api/videos/{video}/imported").json() == {"signals": []}
    judge(api, video)
    said = api.get(f"/api/videos/{video}/review").json()
    assert (said["blind"], len(said["proposals"])) == (False, 1)
    assert len(api.get(f"/api/videos/{video}/imported").json()["signals"]) == 1
