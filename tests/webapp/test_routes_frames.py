"""Packs, thumbnails and sound over HTTP, behind the real doors."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest

from spotcore.audio import extract_audio
from spotcore.packs import read_pack
from spotcore.thumbnails import thumbnail
from spotcore.video import open_video, probe
from tests import barcode
from tests.webapp.api_client import Api, make_api
from webapp.decoders import DecoderPool, Overloaded
from webapp.frame_store import FrameStore
from webapp.routes.frames import FrameParts
from webapp.services import library
from webapp.values.library import ImportedVideo


def imported(api: Api, made: barcode.Fixture) -> int:
    """Import a fixture as the worker does."""
    info = probe(made.path, made.rate)
    video_id = library.register_video(api.database, api.defaults.study_id, made.path.name, str(made.path), info.kind,
                                      None, info.size_bytes, subject="s01", rate=made.rate)  # fmt: skip
    folder = api.settings.data_dir / "media" / str(video_id)
    info.table.save(folder / "frames.npz")
    with open_video(made.path, made.rate) as video:
        (folder / "thumbnail.jpg").write_bytes(thumbnail(video))
    sound = extract_audio(made.path, folder / "audio.m4a")
    library.finish_import(api.database, video_id, ImportedVideo(
        sha256=info.sha256, size_bytes=info.size_bytes, frame_count=info.table.frame_count, fps=info.table.fps,
        duration=info.table.duration, variable_rate=info.table.variable_rate, width=info.width, height=info.height,
        frames_path=f"media/{video_id}/frames.npz", has_audio=sound,
        thumbnail_path=f"media/{video_id}/thumbnail.jpg",
        audio_path=f"media/{video_id}/audio.m4a" if sound else None))  # fmt: skip
    return video_id


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    store = FrameStore.at(folder / "packs", 50_000_000)
    pool = DecoderPool(store, processes=1)
    yield make_api(folder, frames=FrameParts(store, pool))
    pool.close()


@pytest.fixture(scope="module")
def video(api, tmp_path_factory) -> int:
    return imported(api, barcode.make("B-frames", tmp_path_factory.mktemp("footage")))


def packs(api: Api, video_id: int, index: int, query: str = "", **options):
    return api.get(f"/api/videos/{video_id}/packs/{index}{query}", **options)


@pytest.mark.parametrize("name", ["variable rate", "edit list", "rotated", "200 fps", "folder with gaps"])
def test_every_frame_over_http_is_the_frame_asked_for(api, tmp_path, name):
    made = barcode.make(name, tmp_path)
    video_id = imported(api, made)
    seen = []
    for index in (2, 0, 1, 0, 1, 2):  # the second round comes from disk
        pack = read_pack(packs(api, video_id, index).content)
        numbers = [barcode.read_number(pack.decode(k)) if data else None for k, data in enumerate(pack.pictures)]
        seen.append(numbers == list(made.numbers[32 * index : 32 * index + 32]))
    assert all(seen)


def test_a_pack_is_left_uncompressed_and_kept_by_the_browser(api, video):
    answer = packs(api, video, 1, headers={"X-Glint-Token": api.token(), "Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "identity"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "private" in answer.headers["cache-control"]
    again = packs(api, video, 1, headers={"X-Glint-Token": api.token(), "If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("index", "query", "status", "sentence"),
    [(3, "", 404, "packs 0 to 2"), (0, "?width=12345", 422, "width=960 or width=full"), (0, "?width=", 422, "width")],
)
def test_packs_that_cannot_be_are_refused(api, video, index, query, status, sentence):
    answer = packs(api, video, index, query)
    assert (answer.status_code, sentence in answer.json()["error"]) == (status, True)


def test_without_a_token_nothing_is_shown(api, video):
    for path in ("packs/0", "thumbnail", "audio"):
        assert api.get(f"/api/videos/{video}/{path}", headers={}).status_code == 401


def test_full_size_of_a_wide_video_is_another_pack(api, tmp_path):
    folder = tmp_path / "wide"
    folder.mkdir()
    for place in range(3):
        cv2.imwrite(str(folder / f"{place}.jpg"), barcode.picture(place, (1200, 720)))
    video_id = imported(api, barcode.Fixture(folder, 25.0, (0, 1, 2)))
    sizes = {}
    for query in ("", "?width=960", "?width=full", "?width=full&ahead=1"):
        header = read_pack(packs(api, video_id, 0, query).content).header
        sizes[query] = (header["width"], header["height"])
    assert list(sizes.values()) == [(960, 576), (960, 576), (1200, 720), (1200, 720)]


def test_a_video_that_is_gone_is_answered_with_a_sentence(api, tmp_path):
    made = barcode.make("constant rate", tmp_path)
    video_id = imported(api, made)
    made.path.unlink()
    answer = packs(api, video_id, 0)
    assert answer.status_code == 422
    assert "no such file" in answer.json()["error"]


def test_a_video_that_is_not_imported_yet_has_no_packs(api):
    video_id = library.register_video(api.database, api.defaults.study_id, "new.mp4", "media/new.mp4", "file", None, 1,
                                      subject="s01")  # fmt: skip
    answer = packs(api, video_id, 0)
    assert (answer.status_code, answer.json()["error"]) == (409, "new.mp4 is not imported yet")


def test_an_overloaded_pool_asks_to_come_again(api, tmp_path):
    class Full(DecoderPool):
        def submit(self, task, priority=0):
            raise Overloaded("64 requests for frames are waiting; try again in a moment")

    store = FrameStore.at(tmp_path / "packs", 1_000_000)
    pool = Full(store, processes=1)
    other = make_api(tmp_path, frames=FrameParts(store, pool))
    answer = packs(other, imported(other, barcode.make("constant rate", tmp_path)), 0)
    pool.close()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "try again" in answer.json()["error"]


def test_thumbnails_show_the_video_or_the_frame_asked_for(api, video):
    whole = api.get(f"/api/videos/{video}/thumbnail")
    one = api.get(f"/api/videos/{video}/thumbnail?frame=57")
    assert {whole.headers["content-type"], one.headers["content-type"]} == {"image/jpeg"}
    assert barcode.read_number(cv2.imdecode(np.frombuffer(one.content, np.uint8), cv2.IMREAD_COLOR)) == 57
    assert cv2.imdecode(np.frombuffer(whole.content, np.uint8), cv2.IMREAD_COLOR).shape == (192, 320, 3)


@pytest.mark.parametrize("frame", ["70", "-1", "x", "1.5", ""])
def test_thumbnails_of_frames_that_are_not_are_refused(api, video, frame):
    answer = api.get(f"/api/videos/{video}/thumbnail?frame={frame}")
    assert answer.status_code == 422
    assert "frames 0 to 69" in answer.json()["error"]


def test_sound_can_be_had_whole_in_parts_and_by_its_head(api, video):
    path = f"/api/videos/{video}/audio"
    whole = api.get(path)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/mp4")
    assert whole.headers["accept-ranges"] == "bytes"
    head = api.request("HEAD", path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(whole.content)))
    part = api.get(path, headers={"X-Glint-Token": api.token(), "Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, whole.content[100:300])
    assert part.headers["content-range"] == f"bytes 100-299/{len(whole.content)}"
    assert part.headers["content-encoding"] == "identity"
    beyond = api.get(path, headers={"X-Glint-Token": api.token(), "Range": f"bytes={len(whole.content)}-"})
    assert beyond.status_code == 416
    assert io.BytesIO(whole.content).read(12)[4:8] == b"ftyp"


def test_a_silent_video_has_no_sound(api, tmp_path):
    video_id = imported(api, barcode.make("non-zero start", tmp_path))
    answer = api.get(f"/api/videos/{video_id}/audio")
    assert (answer.status_code, answer.json()["error"]) == (404, "late_start.mkv has no sound")


def test_deleting_a_video_names_its_packs_for_removal(api, tmp_path):
    video_id = imported(api, barcode.make("10 bit", tmp_path))
    assert packs(api, video_id, 0).status_code == 200
    kept = api.more["frames"].store.path(library.get_video(api.database, video_id).sha256, "x").parent
    assert len(list(kept.iterdir())) == 1
    paths = library.delete_video(api.database, video_id)
    assert kept in [api.settings.located(path) for path in paths]
