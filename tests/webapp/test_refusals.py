"""What bad clients send: bodies that stall, paths that climb, markup where text belongs. The rest stands in test_doors,
test_roles, test_sign_in and test_routes_uploads."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest

from tests.webapp.api_client import OWN, make_api
from webapp import doors
from webapp.routes.uploads import _locks

ASSETS = Path(__file__).parents[2] / "webapp" / "components" / "assets"
UUID = "00000000-0000-4000-8000-000000000000"
MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>'


@pytest.fixture
def api(tmp_path):
    return make_api(tmp_path)


def stalled(api, method: str, path: str, query: str, begin: bytes) -> tuple[int, dict]:
    """Send the beginning of a body and then nothing, without hanging up."""
    sent: list[dict] = []
    told = [{"type": "http.request", "body": begin, "more_body": True}]

    async def receive():
        return told.pop(0) if told else await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"127.0.0.1:8501"), (b"origin", OWN.encode()), (b"x-glint-token", api.token().encode())]
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
             "headers": headers, "root_path": "", "scheme": "http", "server": ("127.0.0.1", 8501),
             "client": ("127.0.0.1", 5), "http_version": "1.1"}  # fmt: skip
    asyncio.run(api.client.app(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], json.loads(body)


def test_an_upload_that_stalls_is_let_go_and_goes_on_where_it_stopped(api, monkeypatch):
    upload = api.post("/api/uploads", json={"filename": "a.mp4", "size": 10}).json()["id"]
    monkeypatch.setattr(doors, "SILENT_SECONDS", 0.01)
    status, said = stalled(api, "PUT", f"/api/uploads/{upload}", "offset=0", b"12345")
    assert (status, said["error"]) == (408, "nothing more came; send it again")
    assert not _locks[upload].locked()  # the same browser may go on at once
    offset = api.get(f"/api/uploads/{upload}").json()["offset"]
    assert api.put(f"/api/uploads/{upload}?offset={offset}", content=b"1234567890"[offset:]).json() == {"offset": 10}


def test_a_decision_that_stalls_is_refused(api, monkeypatch):
    monkeypatch.setattr(doors, "SILENT_SECONDS", 0.01)
    assert stalled(api, "POST", "/api/operations", "", b"{")[0] == 408


@pytest.mark.parametrize("name", [
    "../secret.key", "..%2f..%2fsettings.py", "%2e%2e/%2e%2e/settings.py", "review/../../../settings.py",
    "/etc/passwd", "//etc/passwd", "uploader/..\\..\\..\\settings.py",
])  # fmt: skip
def test_no_path_leads_out_of_our_scripts(api, name):
    answer = api.get(f"/api/assets/{name}")
    assert answer.status_code == 404
    assert "def " not in answer.text


@pytest.mark.parametrize("upload", ["..", "../../secret.key", "%2e%2e", "0" * 31, "0" * 33, "g" * 32])
def test_no_path_leads_out_of_the_uploads(api, upload):
    assert api.get(f"/api/uploads/{upload}").status_code == 404


def test_markup_in_a_note_travels_as_text(api):
    video = api.add_video()
    after = {"type": "micro", "onset": 5, "apex": 8, "offset": 12, "verdict": "added", "reason": None,
             "action_units": [], "emotion": "", "confidence": None, "note": MARKUP}  # fmt: skip
    said = {"id": UUID, "verb": "add", "video_id": video, "annotator_id": api.defaults.annotator_id,
            "interval_id": UUID[:-1] + "1", "after": after}  # fmt: skip
    assert api.post("/api/operations", json=said).status_code == 200
    answer = api.get(f"/api/videos/{video}/review")
    assert answer.json()["annotations"][0]["note"] == MARKUP
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_our_scripts_never_make_elements_out_of_text():
    """What comes from others is put in with textContent; nothing that parses markup is used on it."""
    parsing = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")
    found = [str(path.relative_to(ASSETS)) for path in ASSETS.rglob("*.js") if parsing.search(path.read_text())]
    assert found == []


def test_no_page_shows_text_of_others_as_markup():
    pages = Path(__file__).parents[2] / "webapp"
    assert [str(p) for p in pages.rglob("*.py") if "unsafe_allow_html" in p.read_text()] == []


def test_markup_in_a_file_name_is_a_title(api):
    upload = api.post("/api/uploads", json={"filename": f"{MARKUP}.mp4", "size": 3})
    assert upload.status_code == 201
    assert "/" not in upload.json()["title"]
    assert upload.headers["content-type"] == "application/json"


def test_numbers_that_are_none_are_refused(api):
    for path in ("/api/videos/99999999999999999999", "/api/videos/-1", "/api/videos/1;drop", "/api/videos/1%00"):
        assert api.get(path).status_code in (404, 422), path
    video = api.add_video()
    for query in ("run=99999999999999999999", "set=1e9", "other=-1", "run=²", "run=" + "9" * 3000):
        assert api.get(f"/api/videos/{video}/review?{query}").status_code == 422, query
    for part in ("curves?first=--5", "curves?bins=²", "thumbnail?frame=²", "thumbnail?frame=" + "9" * 3000):
        assert api.get(f"/api/videos/{video}/{part}").status_code in (404, 409, 422), part
    assert api.get(f"/api/videos/{'9' * 5000}").status_code == 414
    assert api.get(f"/api/videos/{video}/review?run={'9' * 5000}").status_code == 414
