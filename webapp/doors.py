"""The doors of the server: who may come in (Host, Origin, token), and how what goes wrong inside leaves.

`HostDoor` stands before everything, pages and sockets included, `SessionDoor` (webapp/session_door.py) behind it where
people sign in; `ApiDoor` before every /api route, so that no route can forget a check: token, session, role. Routes
find `request.state.identity`, `.settings` and `.database` there. No route lives here.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import anyio
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from db.session import Database
from spotcore.errors import SpotcoreError
from webapp.access import ROLES, at_least, least_of
from webapp.services import sessions
from webapp.services.errors import Conflict, NotFound, ServiceError
from webapp.settings import Settings
from webapp.tokens import RENEWABLE_SECONDS, Identity, TokenRefused, read_token

log = logging.getLogger(__name__)

SESSION_COOKIE = "glint_session"
TOKEN_HEADER = "x-glint-token"
RENEW_PATH = "/api/token/renew"
# Our own scripts: a browser's `import` cannot send a token, and they hold nothing of anybody.
OPEN_PATHS = "/api/assets/"
SILENT_SECONDS = 30.0
LARGEST_ID = 2**31 - 1
LONGEST_ADDRESS = 4096
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_PAGE_HEADERS = [(b"x-frame-options", b"SAMEORIGIN"), (b"referrer-policy", b"same-origin")]


class Refusal(Exception):
    """A request is answered with an error on purpose.

    Attributes:
        status: HTTP status.
        extra: further fields of the JSON answer, beside "error".
        headers: further headers of the answer.
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.extra = extra
        self.headers = dict(headers or {})


@dataclass(frozen=True)
class ServerParts:
    """What routes work with; made once per server process.

    Attributes:
        settings: the installation.
        database: Glint's own tables.
        more: whatever single routes need besides (pool of decoders, caches), by name.
    """

    settings: Settings
    database: Database
    more: Mapping[str, Any]


def authorised(request: Request) -> Identity:
    """Who is asking. Behind `ApiDoor` the answer is there already; without it, all checks are made here.

    Raises:
        Refusal: 401 without a valid token, 403 for a foreign host or page.
    """
    known = getattr(request.state, "identity", None)
    if known is not None:
        return known
    settings = request.state.settings
    require_host(request, settings)
    require_origin(request)
    request.state.identity = require_session(request, require_token(request, settings))
    return request.state.identity


def require_host(request: Request, settings: Settings) -> None:
    """Refuse names that are not ours: a foreign page whose name was rebound to this machine's address."""
    if _name_of(request.headers.get("host", "")) not in settings.allowed_hosts:
        raise Refusal(403, "this server does not answer to that name")


def require_origin(request: Request) -> None:
    """Refuse requests that other pages send.

    An Origin, where the browser sends one, must name this server. A request that changes something must carry one,
    or the token in its header: a foreign page cannot set a header without asking first, and is refused then.
    """
    if "origin" in request.headers:
        if not _is_own(request.headers):
            raise Refusal(403, "requests from other pages are refused")
    elif request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refusal(403, "requests from other pages are refused")
    elif request.method not in _SAFE_METHODS and TOKEN_HEADER not in request.headers:
        raise Refusal(403, "a request that changes something needs an Origin or the token in its header")


def require_token(request: Request, settings: Settings) -> Identity:
    """Read the token from its header or from ?token=, for pictures and sound that a browser fetches by itself."""
    renewing = request.url.path == RENEW_PATH and (settings.loopback or not settings.single_user)
    try:
        return read_token(
            settings,
            request.headers.get(TOKEN_HEADER) or request.query_params.get("token"),
            grace=RENEWABLE_SECONDS if renewing else 0.0,
        )
    except TokenRefused as error:
        raise Refusal(401, str(error), reason=error.reason) from None


def require_session(request: Request, token: Identity) -> Identity:
    """Where people sign in, a token counts only in the browser whose session it names, with the role of this moment.

    Blocks (database). Single user: the token alone is enough.
    """
    if request.state.settings.single_user:
        return token
    database = request.state.database
    session = sessions.live(database, request.cookies.get(SESSION_COOKIE))
    if session is None:
        raise Refusal(401, "you are signed out; sign in again", reason="session")
    if (token.session_id, token.annotator_id) != (session.id, session.annotator_id):
        raise Refusal(401, "the token belongs to another session; reload the page", reason="invalid")
    # The token's study may differ from the one that another tab went over to: the role there counts.
    role = sessions.role_in(database, token.annotator_id, token.study_id)
    if role is None:
        raise Refusal(403, "you are not in this study any more")
    return replace(token, role=role)


def require_role(role: str, least: str) -> None:
    if not at_least(role, least):
        raise Refusal(403, f"this needs the role {least} in the study; yours is {role}")


async def arriving(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes; 408 when nothing comes for SILENT_SECONDS, so that no connection is held for ever."""
    chunks = request.stream()
    while True:
        try:
            with anyio.fail_after(SILENT_SECONDS):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Refusal(408, "nothing more came; send it again") from None
        yield chunk


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body, refused with 413 as soon as it is known to be larger than `limit` bytes, 408 when it stalls."""
    too_large = Refusal(413, f"expected at most {limit} bytes")
    if (request.headers.get("content-length") or "0").isdigit() and int(
        request.headers.get("content-length") or 0
    ) > limit:
        raise too_large
    body = bytearray()
    async for chunk in arriving(request):
        body += chunk
        if len(body) > limit:
            raise too_large
    return bytes(body)


class HostDoor:
    """ASGI middleware before pages, sockets and routes: refuses names that are not ours and sockets of other pages.

    Streamlit itself lets any page of this machine open its socket, and the socket hands out tokens. What is served
    may not be framed by others (a click meant for them would be a decision here), and addresses, some with tokens,
    are not told to others.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        refused = None
        if _name_of(headers.get("host", "")) not in self.settings.allowed_hosts:
            refused = "this server does not answer to that name"
        elif changes and "origin" in headers and not _is_own(headers):
            refused = "requests from other pages are refused"
        if refused is None:
            await self.app(scope, receive, _with_headers(send, _PAGE_HEADERS))
        elif scope["type"] == "http":
            await JSONResponse({"error": refused}, 403)(scope, receive, send)
        else:
            await receive()  # the connect message; closing before accepting answers 403
            await send({"type": "websocket.close", "code": 1008})


class ApiDoor:
    """ASGI application around all /api routes: checks, the parts that routes need, and one shape of errors."""

    def __init__(self, app: Router, parts: ServerParts) -> None:
        self.app = app
        self.parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope, receive)
        state = scope["state"] = dict(scope.get("state") or {})
        state |= {"settings": self.parts.settings, "database": self.parts.database, "parts": self.parts}
        started = False

        async def send_plain(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _leave_uncompressed(message)
            await send(message)

        try:
            if len(scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
                raise Refusal(414, "the address is too long")
            if request.url.path.startswith(OPEN_PATHS):
                require_host(request, self.parts.settings)
                require_origin(request)
            else:
                if self.parts.settings.single_user:
                    who = authorised(request)  # nothing to look up, and a thread would cost every picture its way there
                else:
                    who = await run_in_threadpool(authorised, request)
                require_role(who.role, self._least(scope))
            await self.app(scope, receive, send_plain)
        except ClientDisconnect:
            log.debug("%s %s: the client went away", request.method, request.url.path)
        except Exception as error:
            if started:
                raise  # too late for another answer: closing the connection is the only honest one left
            await answer_for(error, request)(scope, receive, send_plain)

    def _least(self, scope: Scope) -> str:
        """The least role for the route that will answer; a number that no row can have is 404 at once."""
        for route in self.app.routes:
            match, found = route.matches(scope)
            if match is Match.FULL:
                if any(isinstance(value, int) and value > LARGEST_ID for value in found["path_params"].values()):
                    raise Refusal(404, f"nothing lives at {scope['path']}")
                return least_of(scope["method"], route.path)
        return ROLES[0]  # no route: 404 or 405, for whoever has a token


def answer_for(error: Exception, request: Request) -> Response:
    """The JSON answer for what a route raised; what nobody foresaw is logged and shown as 500."""
    headers: Mapping[str, str] = {}
    extra: dict[str, Any] = {}
    if isinstance(error, Refusal):
        status, message, extra, headers = error.status, str(error), error.extra, error.headers
    elif isinstance(error, NotFound):
        status, message = 404, str(error)
    elif isinstance(error, Conflict):
        status, message = 409, str(error)
    elif isinstance(error, ServiceError | SpotcoreError):
        status, message = 422, str(error)
    elif isinstance(error, ValidationError):
        status, message = 422, _sentences(error)
    elif isinstance(error, HTTPException):
        status, message, headers = error.status_code, str(error.detail), error.headers or {}
        if status == 404:
            message = f"nothing lives at {request.url.path}"
        elif status == 405:
            message = f"{request.method} is not possible at {request.url.path}"
    else:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        status, message = 500, "the server failed on this request; the details are in its log"
    return JSONResponse({"error": message, **extra}, status, headers={"Cache-Control": "no-store", **headers})


def _leave_uncompressed(message: Message) -> None:
    """Name the coding of binary answers, or gzip would be laid over them (and over ranges of them)."""
    names = {name.lower(): value for name, value in message["headers"]}
    binary = not names.get(b"content-type", b"").startswith((b"application/json", b"text/"))
    extra = [(b"x-content-type-options", b"nosniff"), (b"cross-origin-resource-policy", b"same-origin")]
    if binary and b"content-encoding" not in names:
        extra.append((b"content-encoding", b"identity"))
    message["headers"] = [*message["headers"], *extra]


def _sentences(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, problem['loc'])) or 'body'}: {problem['msg']}" for problem in error.errors()[:10]
    )


def _with_headers(send: Send, headers: list[tuple[bytes, bytes]]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *headers]
        await send(message)

    return sending


def _is_own(headers: Headers) -> bool:
    """Whether the Origin names the server that the request is addressed to."""
    parts = urlsplit(headers["origin"])
    return parts.scheme in ("http", "https") and parts.netloc.lower() == headers.get("host", "").lower()


def _name_of(host: str) -> str:
    """The name in a Host header, without its port: "[::1]:8501" -> "::1"."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host
