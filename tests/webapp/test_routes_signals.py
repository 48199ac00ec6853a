"""Curves over HTTP: raw where they fit, minimum and maximum where not, and never a lost peak."""

import dataclasses
import json
import struct
from itertools import pairwise

import numpy as np
import pytest

from spotcore.feature_files import FeatureKind, Traces, load_traces, save_traces
from spotcore.probabilities import Curves, save_curves
from spotcore.regions import PICTURE_POINTS, REGIONS
from tests.webapp.api_client import make_api
from webapp.routes.signals import pack_curves
from webapp.services import spotting


def unpack(data):
    """(header, {channel: rows}) of the binary format, read as the page reads it."""
    assert data[:4] == b"GCV1"
    (length,) = struct.unpack("<I", data[4:8])
    header = json.loads(data[8 : 8 + length])
    values = np.frombuffer(data, "<f4", offset=-(-(8 + length) // 4) * 4)
    rows = values.reshape(len(header["channels"]), -1, header["samples"])
    return header, dict(zip(header["channels"], rows, strict=True))


def slow_extremes(frames, values, first, last, bins):
    """The obvious way: look at every bin."""
    edges = first + (last + 1 - first) * np.arange(bins + 1) / bins
    inside = [values[(frames >= a) & (frames < b)] for a, b in pairwise(edges)]
    return [np.nanmin(v) if len(v) else np.nan for v in inside], [np.nanmax(v) if len(v) else np.nan for v in inside]


@pytest.mark.parametrize(("step", "first", "last", "bins"), [
    (1, 0, 9999, 100), (1, 17, 8431, 333), (7, 0, 69999, 512), (3, 5000, 29000, 64), (1, 0, 9999, 4000),
])  # fmt: skip
def test_bins_hold_the_smallest_and_largest_value_as_the_obvious_way_finds_them(step, first, last, bins):
    random = np.random.default_rng(4)
    frames = np.arange(10_000) * step
    values = random.normal(size=10_000).astype(np.float32)
    header, rows = unpack(pack_curves(frames, {"a": values}, first, last, bins))
    assert (header["kind"], header["bins"]) == ("minmax", bins)
    low, high = slow_extremes(frames, values, first, last, bins)
    np.testing.assert_array_equal(rows["a"][0], np.float32(low))
    np.testing.assert_array_equal(rows["a"][1], np.float32(high))


@pytest.mark.parametrize("peak", [0, 1, 4999, 9998, 9999])
def test_a_peak_of_one_frame_stays_visible_wherever_it_is(peak):
    values = np.zeros(10_000, np.float32)
    values[peak] = 1.0
    _, rows = unpack(pack_curves(np.arange(10_000), {"a": values}, 0, 9999, 300))
    assert (rows["a"][1] == 1.0).sum() == 1


def test_few_samples_travel_as_they_are_with_a_neighbour_on_each_side():
    header, rows = unpack(pack_curves(np.arange(0, 1000, 7), {"a": np.arange(143), "b": -np.arange(143)}, 70, 140, 50))
    assert (header["kind"], header["frames"]) == ("raw", list(range(63, 154, 7)))
    assert rows["a"][0].tolist() == list(range(9, 22))
    assert rows["b"][0].tolist() == [-v for v in range(9, 22)]


def test_holes_in_the_measurement_stay_holes():
    frames = np.concatenate([np.arange(5000), np.arange(15_000, 20_000)])
    values = np.ones(10_000, np.float32)
    values[:100] = np.nan
    _, rows = unpack(pack_curves(frames, {"a": values}, 0, 19_999, 200))
    assert np.isnan(rows["a"][0][0])
    assert np.isnan(rows["a"][1][60:140]).all()
    assert (rows["a"][1][150:] == 1).all()


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    return make_api(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def spotted(api):
    """(video, run) with curves and traces of 300 frames; the left brow moves in frames 100-110."""
    video = api.add_video()
    run = spotting.start_run(api.database, video, api.defaults.baseline_version_id, 6.0, {})
    frames = np.arange(300)
    curves = Curves(frames, frames / 30, {"micro_apex": (frames / 300).astype(np.float32)}, "bumps")
    displacement = np.zeros((300, 10, 2), np.float32)
    displacement[100:111, 1, 1] = -4.0
    found = np.ones(300, bool)
    found[200:] = False
    zero = np.zeros(300, np.float32)
    traces = Traces(
        frames, frames / 30, displacement, found, found, np.zeros(300, np.int32), np.zeros((300, 6), np.float32),
        zero + 0.3, zero, zero + 0.2, FeatureKind("test", REGIONS),
    )  # fmt: skip
    folder = api.settings.data_dir
    save_curves(curves, folder / "runs/curves.npz")
    save_traces(traces, folder / "features/traces.npz")
    spotting.finish_run(api.database, run, "runs/curves.npz", "features/traces.npz", [])
    return video, run


def test_the_newest_run_is_taken_unless_one_is_named(api, spotted):
    video, run = spotted
    for query in ("", f"?run={run}"):
        header, rows = unpack(api.get(f"/api/videos/{video}/curves{query}").content)
        assert header["channels"] == ["micro_apex"]
        assert rows["micro_apex"][0][-1] == pytest.approx(299 / 300)


def test_region_motion_is_seen_in_its_group_and_breaks_where_no_face_is(api, spotted):
    video, _ = spotted
    _, rows = unpack(api.get(f"/api/videos/{video}/signals?first=0&last=299&bins=400").content)
    assert rows["left_brow"][0][105] == pytest.approx(4.0)
    assert rows["right_brow"][0][105] == 0.0
    assert np.isnan(rows["left_brow"][0][250])
    assert {"eye_openness", "mouth_activity", "noise_floor", "head_shift", "head_turn"} <= set(rows)


@pytest.mark.parametrize("query", ["?bins=0", "?bins=99999", "?first=-1", "?first=x", "?first=5&last=4", "?run=abc"])
def test_senseless_questions_are_422(api, spotted, query):
    assert api.get(f"/api/videos/{spotted[0]}/curves{query}").status_code == 422


def test_a_run_of_another_video_is_not_given_away(api, spotted):
    other = api.add_video("other.mp4")
    assert api.get(f"/api/videos/{other}/curves?run={spotted[1]}").status_code == 404
    assert api.get(f"/api/videos/{other}/curves").status_code == 404


def test_curves_that_somebody_deleted_from_the_disk_are_a_sentence(api):
    video = api.add_video("gone.mp4")
    run = spotting.start_run(api.database, video, api.defaults.baseline_version_id, 6.0, {})
    spotting.finish_run(api.database, run, "runs/nowhere.npz", None, [])
    answer = api.get(f"/api/videos/{video}/curves")
    assert answer.status_code == 404
    assert "no longer on disk" in answer.json()["error"]


def test_landmarks_that_were_not_kept_are_not_found(api, spotted):
    said = api.get(f"/api/videos/{spotted[0]}/landmarks?frame=5").json()
    assert (said["found"], said["points"], said["regions"]) == (False, [], {})


def test_regions_by_name_and_landmarks_are_where_the_extractor_saw_them(api, spotted):
    path = api.settings.data_dir / "features/traces.npz"
    signals = {
        f"picture/{name}/{axis}": np.arange(300, dtype=np.float32) + 1000 * number + 500 * (axis == "y")
        for number, name in enumerate(PICTURE_POINTS)
        for axis in "xy"
    }
    save_traces(dataclasses.replace(load_traces(path), signals=signals), path)
    said = api.get(f"/api/videos/{spotted[0]}/landmarks?frame=5").json()
    assert list(said["regions"]) == list(REGIONS)
    assert said["regions"]["left_brow_middle"] == [1005, 1505]
    assert said["points"][0] == [1000 * len(REGIONS) + 5, 1000 * len(REGIONS) + 505]
    assert api.get(f"/api/videos/{spotted[0]}/landmarks?frame=250").json()["found"] is False
