"""The address of the videos page, which is the front page."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.webapp.world import make_world
from webapp.asgi import build_app


def test_the_videos_page_is_found_under_its_name(tmp_path, monkeypatch):
    monkeypatch.setenv("GLINT_DATA", str(tmp_path / "data"))
    world = make_world(tmp_path / "data")
    client = TestClient(build_app(world.settings, world.database), base_url=f"http://127.0.0.1:{world.settings.port}")
    answer = client.get("/videos?search=a%20b", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/?search=a%20b")
