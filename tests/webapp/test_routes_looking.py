"""Faces at rest, magnified intervals and maps of movement over HTTP, behind the real doors."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from spotcore.feature_files import save_traces
from spotcore.packs import read_pack
from tests import barcode
from tests.spotcore.standing_faces import standing_traces
from tests.webapp.api_client import Api, make_api
from tests.webapp.test_routes_frames import imported
from webapp.decoders import DecoderPool
from webapp.frame_store import FrameStore
from webapp.routes.frames import FrameParts
from webapp.services import spotting

COUNT = 30
FACELESS = range(20, 25)


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    pool = DecoderPool(FrameStore.at(folder / "packs", 50_000_000), processes=1)
    yield make_api(folder, frames=FrameParts(FrameStore.at(folder / "packs", 50_000_000), pool))
    pool.close()


@pytest.fixture(scope="module")
def video(api, tmp_path_factory) -> int:
    """Thirty pictures at 25 frames a second; the face moves one pixel a frame and is away in FACELESS."""
    folder = tmp_path_factory.mktemp("pictures")
    for frame in range(COUNT):
        cv2.imwrite(str(folder / f"{frame}.jpg"), barcode.picture(frame))
    video_id = imported(api, barcode.Fixture(folder, 25.0, tuple(range(COUNT))))
    spot(api, video_id)
    return video_id


def spot(api: Api, video_id: int, right: float = 0.0) -> int:
    """A finished run in which the face stands `right` pixels farther right."""
    found = ~np.isin(np.arange(COUNT), FACELESS)
    middle = 150 + right + 80j + np.arange(COUNT)
    run = spotting.start_run(api.database, video_id, api.defaults.baseline_version_id, 6.0, {})
    save_traces(standing_traces(middle, scale=50, found=found), api.settings.data_dir / f"features/{run}.npz")
    spotting.finish_run(api.database, run, f"runs/{run}.npz", f"features/{run}.npz", [])
    return run


def faces(api: Api, video_id: int, query: str = "") -> np.ndarray:
    return np.frombuffer(api.get(f"/api/videos/{video_id}/faces{query}").content, "<f4").reshape(-1, 4)


def test_every_frame_has_its_similarity_or_none(api, video):
    rows = faces(api, video, f"?first=0&last={COUNT - 1}")
    assert np.flatnonzero(~np.isfinite(rows).all(axis=1)).tolist() == list(FACELESS)
    middle = -(rows[0, 2] + 1j * rows[0, 3]) / (rows[0, 0] + 1j * rows[0, 1])
    assert middle == pytest.approx(150 + 80j, abs=0.05)
    np.testing.assert_array_equal(faces(api, video, "?first=7&last=9"), rows[7:10])


def test_the_interval_and_a_quarter_of_a_second_around_it_come_as_a_pack(api, video):
    answer = api.get(f"/api/videos/{video}/magnified?onset=9&offset=12&factor=8")
    assert (answer.status_code, answer.headers["content-encoding"]) == (200, "identity")
    pack = read_pack(answer.content)
    assert [row["frame"] for row in pack.header["frames"]] == list(range(3, 19))
    assert (pack.header["factor"], pack.header["reference"]) == (8, 9)
    assert pack.decode(0).shape[:2] == (pack.header["height"], pack.header["width"])


def test_frames_without_a_face_keep_an_empty_place(api, video):
    pack = read_pack(api.get(f"/api/videos/{video}/magnified?onset=15&offset=29&factor=2").content)
    empty = [row["frame"] for row, data in zip(pack.header["frames"], pack.pictures, strict=True) if not data]
    assert empty == list(FACELESS)


def test_what_was_computed_once_comes_from_disk_and_another_run_gets_its_own(api, video):
    query = f"/api/videos/{video}/magnified?onset=4&offset=6&factor=3"
    first = api.get(query)
    store = api.more["frames"].store
    kept = store.size()
    assert api.get(query).content == first.content
    assert store.size() == kept
    other = spot(api, video, right=10.0)
    assert api.get(f"{query}&run={other}").headers["etag"] != first.headers["etag"]
    assert store.size() > kept


def test_the_map_of_a_movement_names_its_frames(api, video):
    answer = api.get(f"/api/videos/{video}/motion?from=3&to=8")
    assert answer.content[:4] == b"GHM1"
    assert b'"from":3,"to":8' in answer.content[:200]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("faces?first=5&last=4", "last"), ("faces?first=0&last=30", "from 0 to 29"), ("faces", "first"),
        ("magnified?onset=5&offset=9&factor=21", "from 1 to 20"), ("magnified?onset=5&offset=9&factor=x", "factor"),
        ("magnified?onset=9&offset=5&factor=8", "offset"), ("magnified?onset=21&offset=28&factor=8", "frame 21"),
        ("motion?from=2&to=22", "frame 22"), ("motion?from=2", "to:"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_refused_with_a_sentence(api, video, query, sentence):
    answer = api.get(f"/api/videos/{video}/{query}")
    assert (answer.status_code, sentence in answer.json()["error"]) == (422, True)


def test_a_video_that_was_never_spotted_has_no_faces_yet(api, tmp_path):
    other = imported(api, barcode.make("constant rate", tmp_path))
    for query in ("faces?first=0&last=5", "magnified?onset=1&offset=2&factor=8", "motion?from=1&to=2"):
        answer = api.get(f"/api/videos/{other}/{query}")
        assert (answer.status_code, "has not been spotted yet" in answer.json()["error"]) == (404, True)


def test_without_a_token_nothing_is_shown(api, video):
    for query in ("faces?first=0&last=5", "magnified?onset=1&offset=2&factor=8", "motion?from=1&to=2"):
        assert api.get(f"/api/videos/{video}/{query}", headers={}).status_code == 401
