"""Imported signals, other coders and marks of the source over HTTP."""

from __future__ import annotations

import numpy as np
import pytest

from spotcore.frame_table import FrameTable
from tests.webapp.api_client import make_api
from tests.webapp.test_routes_signals import unpack
from webapp.routes import imported_signals

CSV = "frame,pulse (1/min),skin\n" + "".join(f"{k},{60 + k % 7},{k / 10}\n" for k in range(300))


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    return make_api(tmp_path_factory.mktemp("data"))


@pytest.fixture
def video(api, request):
    return api.add_video(f"{request.node.name}.mp4")


def folders(api, video):
    return list((api.settings.data_dir / "signals" / str(video)).glob("*"))


def test_a_file_becomes_curves_and_is_gone_after_deleting(api, video):
    answer = api.post(f"/api/videos/{video}/imported?name=pulse.csv", content=CSV)
    assert answer.status_code == 201
    signal = answer.json()
    assert signal["columns"] == [["pulse", "1/min"], ["skin", ""]]
    assert "path" not in signal
    assert api.get(f"/api/videos/{video}/imported").json() == {"signals": [signal]}
    address = f"/api/videos/{video}/imported/{signal['id']}"
    header, rows = unpack(api.get(f"{address}/curves?columns=1&first=10&last=20&bins=50").content)
    assert header["kind"] == "raw"
    assert rows["1"][0].tolist() == pytest.approx([k / 10 for k in range(9, 22)])
    assert api.delete(address).status_code == 204
    assert api.get(f"/api/videos/{video}/imported").json() == {"signals": []}
    assert folders(api, video) == []
    assert api.get(f"{address}/curves?columns=0").status_code == 404


def test_peaks_of_one_sample_survive_in_bins(api, video):
    spiky = "frame,v\n" + "".join(f"{k},{9 if k == 123 else 0}\n" for k in range(300))
    signal = api.post(f"/api/videos/{video}/imported?name=s.csv", content=spiky).json()["id"]
    _, rows = unpack(api.get(f"/api/videos/{video}/imported/{signal}/curves?columns=0&bins=20").content)
    assert rows["0"][1].max() == 9


def test_a_file_that_cannot_be_read_is_422_with_its_line_and_leaves_nothing_behind(api, video):
    answer = api.post(f"/api/videos/{video}/imported?name=bad.csv", content="frame,v\n0,1\n900,1\n")
    assert answer.status_code == 422
    assert "bad.csv, line 3" in answer.json()["error"]
    assert folders(api, video) == []


def test_a_file_that_is_too_large_is_413(api, video, monkeypatch):
    monkeypatch.setattr(imported_signals, "LARGEST_FILE", 100)
    assert api.post(f"/api/videos/{video}/imported?name=big.csv", content=CSV).status_code == 413
    assert folders(api, video) == []


@pytest.mark.parametrize("query", ["?columns=2", "?columns=", "?columns=a", "?columns=0&bins=0"])
def test_columns_that_are_not_there_are_422(api, video, query):
    signal = api.post(f"/api/videos/{video}/imported?name=pulse.csv", content=CSV).json()["id"]
    assert api.get(f"/api/videos/{video}/imported/{signal}/curves{query}").status_code == 422


def test_nobody_imports_without_a_token_or_without_a_name(api, video):
    own = {"Origin": "http://127.0.0.1:8501"}
    assert api.post(f"/api/videos/{video}/imported?name=a.csv", content=CSV, headers=own).status_code == 401
    assert api.post(f"/api/videos/{video}/imported", content=CSV).status_code == 422


def test_other_coders_are_hidden_until_all_is_reviewed(api, video):
    assert api.get(f"/api/videos/{video}/others").json() == {"hidden": True, "coders": []}


def test_marks_name_holes_and_missing_pictures_also_before_spotting(api, video):
    seconds = np.arange(300) / 30
    seconds[200:] += 1.0
    present = np.ones(300, bool)
    present[50:53] = False
    FrameTable(seconds, np.arange(300), present).save(api.settings.data_dir / "media" / str(video) / "frames.npz")
    said = api.get(f"/api/videos/{video}/marks").json()
    assert (said["missing"], said["repeated"], said["cut"]) == ([[50, 52]], None, False)
    assert said["gaps"] == [[200, pytest.approx(1.0333, abs=1e-4)]]
