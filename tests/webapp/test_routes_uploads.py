"""Uploads over HTTP: resumable, refused with sentences, ending as a registered video that waits for its import."""

import errno
import os

import pytest

from tests.webapp.api_client import make_api
from webapp import queueing
from webapp.services import library
from webapp.uploads import Uploads


@pytest.fixture
def api(tmp_path):
    made = make_api(tmp_path)
    queueing.prepare(made.settings)
    return made


def announce(api, size, filename="clip.mp4", **more):
    return api.post("/api/uploads", json={"filename": filename, "size": size, **more})


def send(api, content, **more):
    """Announce, send and finish; returns the last answer."""
    made = announce(api, len(content), **more).json()["id"]
    assert api.put(f"/api/uploads/{made}?offset=0", content=content).status_code == 200
    return api.post(f"/api/uploads/{made}/finish")


def test_a_finished_upload_is_a_video_whose_import_is_asked_for(api):
    answer = send(api, b"content", subject="s07")
    assert answer.status_code == 200
    video = library.get_video(api.database, answer.json()["video_id"])
    assert (video.title, video.subject, video.state) == ("clip.mp4", "s07", "importing")
    assert (api.settings.data_dir / video.path).read_bytes() == b"content"
    assert len(queueing.unfinished(queueing.IMPORTING, video.id, api.settings)) == 1


def test_finishing_again_gives_the_same_video(api):
    made = announce(api, 3).json()["id"]
    api.put(f"/api/uploads/{made}?offset=0", content=b"abc")
    first, second = api.post(f"/api/uploads/{made}/finish"), api.post(f"/api/uploads/{made}/finish")
    assert first.json() == second.json()


def test_a_lost_connection_goes_on_at_the_offset_that_the_server_names(api):
    made = announce(api, 6).json()["id"]
    api.put(f"/api/uploads/{made}?offset=0", content=b"abc")
    wrong = api.put(f"/api/uploads/{made}?offset=0", content=b"abcdef")
    assert (wrong.status_code, wrong.json()["offset"]) == (409, 3)
    assert api.get(f"/api/uploads/{made}").json()["offset"] == 3
    assert api.put(f"/api/uploads/{made}?offset=3", content=b"def").json() == {"offset": 6}
    assert api.post(f"/api/uploads/{made}/finish").status_code == 200


def test_the_same_content_twice_is_refused_with_the_name_of_the_first_and_leaves_no_copy(api):
    send(api, b"content", filename="first.mp4")
    answer = send(api, b"content", filename="second.mp4")
    assert answer.status_code == 422
    assert "first.mp4" in answer.json()["error"]
    assert len(list((api.settings.data_dir / "uploads").iterdir())) == 1


def test_a_full_disk_is_507_with_a_sentence_and_the_upload_goes_on_later(api):
    room = 4

    def write(handle, data):
        nonlocal room
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count = os.write(handle, data[:room])
        room -= count
        return count

    api.more["uploads"] = Uploads(api.settings, write=write)
    made = announce(api, 6).json()["id"]
    full = api.put(f"/api/uploads/{made}?offset=0", content=b"abcdef")
    assert (full.status_code, full.json()["offset"]) == (507, 4)
    assert "disk is full" in full.json()["error"]
    room = 100
    assert api.put(f"/api/uploads/{made}?offset=4", content=b"ef").json() == {"offset": 6}
    assert api.post(f"/api/uploads/{made}/finish").status_code == 200


def test_an_upload_larger_than_allowed_or_empty_is_refused_before_it_begins(api):
    assert announce(api, 6 * 1024 * 1024).status_code == 413
    assert announce(api, 0).status_code == 413


@pytest.mark.parametrize("name", ["../../evil.mp4", "..\\evil.mp4", "/etc/evil.mp4"])
def test_a_path_in_the_file_name_stays_outside_of_our_paths(api, name):
    video = library.get_video(api.database, send(api, name.encode(), filename=name).json()["video_id"])
    assert video.title == "evil.mp4"
    assert (api.settings.data_dir / video.path).resolve().is_relative_to(api.settings.data_dir / "uploads")


def test_a_cancelled_upload_leaves_nothing(api):
    made = announce(api, 6).json()["id"]
    api.put(f"/api/uploads/{made}?offset=0", content=b"abc")
    assert api.delete(f"/api/uploads/{made}").status_code == 204
    assert api.get(f"/api/uploads/{made}").status_code == 404
    assert list((api.settings.data_dir / "uploads").iterdir()) == []


def test_a_finished_upload_cannot_be_cancelled_away_under_its_video(api):
    made = announce(api, 3).json()["id"]
    api.put(f"/api/uploads/{made}?offset=0", content=b"abc")
    api.post(f"/api/uploads/{made}/finish")
    assert api.delete(f"/api/uploads/{made}").status_code == 409


def test_somebody_elses_upload_is_unknown(api):
    made = announce(api, 6).json()["id"]
    other = {"X-Glint-Token": api.token(annotator_id=99)}
    assert api.get(f"/api/uploads/{made}", headers=other).status_code == 404
    assert api.put(f"/api/uploads/{made}?offset=0", content=b"x", headers=other).status_code == 404
    assert api.delete(f"/api/uploads/{made}", headers=other).status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"filename": "a.mp4"}, {"filename": "", "size": 1}, {"filename": "a", "size": "x"}]
)
def test_an_announcement_that_says_too_little_is_422(api, body):
    assert api.post("/api/uploads", json=body).status_code == 422


def test_a_server_that_died_between_registering_and_remembering_gives_the_same_video(api, monkeypatch):
    made = announce(api, 3).json()["id"]
    api.put(f"/api/uploads/{made}?offset=0", content=b"abc")

    def die(self, upload, video_id):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(Uploads, "registered", die)
        assert api.post(f"/api/uploads/{made}/finish").status_code == 500
    assert api.post(f"/api/uploads/{made}/finish").status_code == 200
    assert library.list_videos(api.database, api.defaults.study_id).total == 1
