"""SIGKILL of the web process: what was confirmed is there afterwards, uploads go on, tokens stay valid."""

import uuid

import httpx

from tests.servers import LiveServer
from tests.webapp.worker_process import write_noise
from webapp.services import library, reviewing
from webapp.values.library import ImportedVideo


def test_nothing_that_was_confirmed_is_lost_when_the_web_process_is_killed(tmp_path):
    server = LiveServer(tmp_path / "data").start()
    try:
        ids, headers = server.defaults, {"X-Glint-Token": server.token()}
        video_id = library.register_video(server.database, ids.study_id, "a.mp4", "a.mp4", "file", None, 1, "s01")
        library.finish_import(
            server.database, video_id, ImportedVideo("0" * 64, 1, 1000, 30.0, 33.0, False, 64, 48, "none.npz")
        )
        half = write_noise(tmp_path / "noise.mp4", 60).read_bytes()
        cut = len(half) // 2
        with httpx.Client(base_url=server.url, headers=headers) as client:
            said = {"filename": "noise.mp4", "size": len(half)}
            upload = client.post("/api/uploads", json=said).json()["id"]
            client.put(f"/api/uploads/{upload}?offset=0", content=half[:cut])
            confirmed = []
            for number in range(25):
                operation = {
                    "id": str(uuid.uuid4()), "verb": "add", "video_id": video_id, "annotator_id": ids.annotator_id,
                    "interval_id": str(uuid.uuid4()), "base_version": 0,
                    "after": {"type": "micro", "onset": number * 30, "apex": None, "offset": number * 30 + 9},
                }  # fmt: skip
                assert client.post("/api/operations", json=operation).json()["status"] == "applied"
                confirmed.append(operation["interval_id"])
        server.kill_web()

        server.restart_web()
        state = reviewing.review_state(server.database, video_id, ids.annotator_id)
        assert {annotation.id for annotation in state.annotations} == set(confirmed)
        with httpx.Client(base_url=server.url, headers=headers) as client:  # the same token: the secret is on disk
            assert client.get(f"/api/uploads/{upload}").json()["offset"] == cut
            assert client.put(f"/api/uploads/{upload}?offset={cut}", content=half[cut:]).json()["offset"] == len(half)
            assert client.post(f"/api/uploads/{upload}/finish").status_code == 200
    finally:
        server.stop()
