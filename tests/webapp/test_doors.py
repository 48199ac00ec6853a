"""The doors: who comes in, and in what shape errors leave."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, Router, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from spotcore.errors import InvalidFile
from tests.webapp.api_client import OWN, make_api
from webapp.doors import ApiDoor, HostDoor, Refusal, ServerParts, read_body
from webapp.routes import api_routes
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.settings import Settings
from webapp.tokens import make_token, read_token


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    return make_api(tmp_path_factory.mktemp("data"))


FILLED_IN = {"{id:int}": "1", "{index:int}": "0", "{id}": "0" * 32, "{rest:path}": "none"}


def addresses():
    """(method, path) of every route, with ids filled in."""
    found = []
    for route in api_routes():
        path = "/api" + route.path
        for name, value in FILLED_IN.items():
            path = path.replace(name, value)
        if not path.startswith("/api/assets"):
            found += [(method, path) for method in sorted(route.methods - {"HEAD"})]
    return found


@pytest.mark.parametrize(("method", "path"), addresses())
def test_every_route_refuses_a_request_without_a_token(api, method, path):
    answer = api.request(method, path, headers={"Origin": OWN})
    assert (answer.status_code, answer.json()["reason"]) == (401, "missing")


@pytest.mark.parametrize(("method", "path"), addresses())
def test_every_route_refuses_another_pages_request_even_with_a_token(api, method, path):
    headers = {"X-Glint-Token": api.token(), "Origin": "http://evil.example"}
    assert api.request(method, path, headers=headers).status_code == 403


@pytest.mark.parametrize(("method", "path"), addresses())
def test_every_route_refuses_a_rebound_name(api, method, path):
    headers = {"X-Glint-Token": api.token(), "Host": "evil.example:8501", "Origin": "http://evil.example:8501"}
    assert api.request(method, path, headers=headers).status_code == 403


def test_assets_need_no_token_but_the_right_host_and_origin(api):
    path = "/api/assets/uploader/uploader.js"
    assert api.get(path, headers={}).status_code == 200
    assert api.get(path, headers={"Host": "evil.example"}).status_code == 403
    assert api.get(path, headers={"Origin": "http://evil.example"}).status_code == 403


@pytest.mark.parametrize("origin", [
    "null", "http://127.0.0.1", "http://127.0.0.1:8502", "http://127.0.0.1:8501.evil.example", "file://",
    "http://localhost:8501", "ftp://127.0.0.1:8501", "",
])  # fmt: skip
def test_an_origin_that_is_not_exactly_ours_is_refused(api, origin):
    assert api.get("/api/none", headers={"X-Glint-Token": api.token(), "Origin": origin}).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost:8501", "localhost", "[::1]:8501", "LOCALHOST:9"])
def test_loopback_names_are_ours_whatever_the_port_of_a_tunnel(api, host):
    headers = {"X-Glint-Token": api.token(), "Host": host, "Origin": f"http://{host}"}
    assert api.get("/api/none", headers=headers).status_code == 404


@pytest.mark.parametrize("host", ["", "127.0.0.1.evil.example", "localhost.evil.example", "0.0.0.0", "127.0.0.2"])
def test_other_names_are_not(api, host):
    assert api.get("/api/none", headers={"X-Glint-Token": api.token(), "Host": host}).status_code == 403


def test_a_change_needs_an_origin_or_the_token_in_its_header(api):
    assert api.post(f"/api/uploads?token={api.token()}", headers={}).status_code == 403
    assert api.post(f"/api/uploads?token={api.token()}", headers={"Origin": OWN}, content=b"{}").status_code == 422


def test_a_request_that_the_browser_marks_as_cross_site_is_refused(api):
    path = f"/api/none?token={api.token()}"
    assert api.get(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert api.get(path, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 404


def test_expired_and_forged_tokens_are_told_apart(api):
    for token, reason in ((api.token(seconds=-1), "expired"), ("x" + api.token(), "invalid")):
        answer = api.get("/api/none", headers={"X-Glint-Token": token})
        assert (answer.status_code, answer.json()["reason"]) == (401, reason)


def test_a_token_that_expired_lately_can_be_renewed_and_does_nothing_else(api):
    headers = {"X-Glint-Token": api.token(seconds=-3600)}
    answer = api.get("/api/token/renew", headers=headers)
    assert answer.status_code == 200
    assert read_token(api.settings, answer.json()["token"]).annotator_id == api.defaults.annotator_id
    assert api.get("/api/none", headers=headers).status_code == 401


def test_a_token_that_expired_long_ago_or_is_forged_is_not_renewed(api):
    for token in (api.token(seconds=-13 * 3600), "forged", ""):
        assert api.get("/api/token/renew", headers={"X-Glint-Token": token}).status_code == 401


def test_an_unknown_address_and_a_wrong_method_answer_404_and_never_the_page(api):
    for method, path in (("GET", "/api/none"), ("GET", "/api/videos/abc"), ("DELETE", "/api/operations")):
        answer = api.request(method, path)
        assert answer.status_code == 404
        assert "nothing lives at" in answer.json()["error"]


def fail_with(error):
    def route(request):
        raise error

    return route


async def large(request):
    return Response(await read_body(request, 10))


def plain(request):
    return PlainTextResponse("x")


def binary(request):
    return Response(b"x" * 5000, media_type="application/octet-stream")


@pytest.fixture
def odd(tmp_path):
    """Routes that fail in every way, behind the real door."""
    settings = Settings(tmp_path, "sqlite:///x")
    errors = {
        "404": NotFound("no such row"), "409": Conflict("moved on"), "422": Refused("not so"),
        "422b": InvalidFile("line 3"), "507": Refusal(507, "full", offset=3), "500": ZeroDivisionError("secret"),
    }  # fmt: skip
    routes = [Route(f"/{name}", fail_with(error)) for name, error in errors.items()]
    routes += [Route("/large", large, methods=["POST"]), Route("/plain", plain), Route("/binary", binary)]
    door = ApiDoor(Router(routes), ServerParts(settings, None, {}))
    client = TestClient(Router([Mount("/api", app=door)]), base_url=OWN)
    client.headers["X-Glint-Token"] = make_token(settings, 1, 1, "admin")
    return client


@pytest.mark.parametrize(("name", "sentence"), [
    ("404", "no such row"), ("409", "moved on"), ("422", "not so"), ("422b", "line 3"), ("507", "full"),
])  # fmt: skip
def test_what_a_route_refuses_arrives_as_its_status_and_sentence(odd, name, sentence):
    answer = odd.get(f"/api/{name}")
    assert (answer.status_code, answer.json()["error"]) == (int(name[:3]), sentence)


def test_what_nobody_foresaw_is_a_plain_500_with_its_trace_in_the_log_only(odd, caplog):
    answer = odd.get("/api/500")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "ZeroDivisionError" in caplog.text


def test_a_body_over_the_limit_is_refused_announced_or_not(odd):
    assert odd.post("/api/large", content=b"0123456789").status_code == 200
    assert odd.post("/api/large", content=b"01234567890").status_code == 413
    assert odd.post("/api/large", content=iter([b"0123456", b"7890"])).status_code == 413


def test_binary_answers_name_their_coding_so_that_gzip_leaves_them_alone(odd):
    assert odd.get("/api/binary").headers["content-encoding"] == "identity"
    assert "content-encoding" not in odd.get("/api/plain").headers


@pytest.fixture
def site(tmp_path):
    """A page and a socket behind the door of hosts."""

    async def socket(websocket):
        await websocket.accept()
        await websocket.send_text("in")
        await websocket.close()

    settings = Settings(tmp_path, "sqlite:///x")
    app = Starlette(
        routes=[Route("/", plain), WebSocketRoute("/socket", socket)],
        middleware=[Middleware(HostDoor, settings=settings)],
    )
    return TestClient(app, base_url=OWN)


def test_pages_and_sockets_are_closed_to_rebound_names(site):
    assert site.get("/").status_code == 200
    assert site.get("/", headers={"Host": "evil.example"}).status_code == 403
    with site.websocket_connect("/socket", headers={"Host": "127.0.0.1:8501"}) as socket:
        assert socket.receive_text() == "in"
    with pytest.raises(WebSocketDisconnect), site.websocket_connect("/socket", headers={"Host": "evil.example"}):
        pass


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:8888", "null"])
def test_sockets_are_closed_to_other_pages_of_this_machine_too(site, origin):
    headers = {"Host": "127.0.0.1:8501", "Origin": origin}
    with pytest.raises(WebSocketDisconnect), site.websocket_connect("/socket", headers=headers):
        pass
    headers["Origin"] = OWN
    with site.websocket_connect("/socket", headers=headers) as socket:
        assert socket.receive_text() == "in"


def test_pages_cannot_be_framed_by_others_and_keep_their_addresses_to_themselves(site):
    headers = site.get("/").headers
    assert (headers["x-frame-options"], headers["referrer-policy"]) == ("SAMEORIGIN", "same-origin")
