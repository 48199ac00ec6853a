"""Why an interval may be something else, over HTTP: words and curves of the traces on disk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spotcore.feature_files import save_traces
from spotcore.intervals import Interval
from spotcore.regions import FEATURE_KIND
from tests.spotcore.trace_examples import make_traces
from tests.webapp.api_client import make_api
from tests.webapp.test_routes_signals import unpack
from webapp.services import spotting


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    return make_api(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def video(api):
    """300 frames in which the mouth moves from 40 to 60 while the eyes close."""
    video = api.add_video()
    traces = make_traces((Interval(40, 60, "macro", 50),), 300, kind=FEATURE_KIND)
    eyes = np.where(np.isin(np.arange(300), range(50, 53)), 0.1, 0.3).astype(np.float32)
    save_traces(replace(traces, eye_openness=eyes), api.settings.data_dir / "features/t.npz")
    run = spotting.start_run(api.database, video, api.defaults.baseline_version_id, 6.0, {})
    spotting.finish_run(api.database, run, "runs/c.npz", "features/t.npz", [])
    return video


def test_the_rival_explanation_and_what_moved_are_named(api, video):
    said = api.get(f"/api/videos/{video}/why?onset=40&offset=60").json()
    assert said["rivals"] == [{"name": "blink", "words": "eyes close to 33 % of usual for 0.10 s"}]
    assert "mouth" in said["moved"]["region"] or "lip" in said["moved"]["region"]


def test_what_an_older_file_lacks_is_said(api, video):
    assert api.get(f"/api/videos/{video}/why?onset=40&offset=60").json()["lacks"] == ["cheeks", "chin", "lids"]


def test_curves_reach_half_a_second_beyond_the_interval(api, video):
    header, rows = unpack(api.get(f"/api/videos/{video}/why/curves?onset=40&offset=60").content)
    assert (header["first"], header["last"], header["frames"]) == (25, 75, list(range(25, 76)))
    assert rows["eye_openness"][0][26] == pytest.approx(100 / 3, rel=0.01)


def test_an_interval_at_the_end_stays_inside_the_video(api, video):
    header, _ = unpack(api.get(f"/api/videos/{video}/why/curves?onset=295&offset=299").content)
    assert (header["first"], header["last"]) == (280, 299)


@pytest.mark.parametrize("query", ["?onset=9&offset=3", "?onset=-1&offset=3", "?onset=0&offset=300", "?onset=a"])
def test_senseless_intervals_are_422(api, video, query):
    assert api.get(f"/api/videos/{video}/why{query}").status_code == 422


def test_a_video_that_was_not_spotted_is_404(api):
    assert api.get(f"/api/videos/{api.add_video('new.mp4')}/why?onset=0&offset=5").status_code == 404
