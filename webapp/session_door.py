"""Where people sign in: nothing is served without a session, pages and sockets included.

A page that is asked for without one leads to the sign-in; everything else, the socket of the pages too, is refused.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from webapp.doors import SESSION_COOKIE, ServerParts
from webapp.services import sessions

# What must answer before anybody is signed in. Our own scripts hold nothing of anybody; the last two are the halves of
# a provider's sign-in.
OPEN = ("/login", "/invite/", "/api/assets/", "/auth/login", "/oauth2callback")
# A provider sends people back to the front page; the cookie it left there is taken over at this address.
FROM_PROVIDER = "/login/provider"
PROVIDER_COOKIE = "_streamlit_user"


class SessionDoor:
    """ASGI middleware behind `HostDoor`."""

    def __init__(self, app: ASGIApp, parts: ServerParts) -> None:
        self.app = app
        self.parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        cookies = HTTPConnection(scope).cookies
        live = await run_in_threadpool(sessions.live, self.parts.database, cookies.get(SESSION_COOKIE))
        if live is not None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()  # the connect message; closing before accepting answers 403
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._refusal(scope, PROVIDER_COOKIE in cookies)(scope, receive, send)

    def _refusal(self, scope: Scope, from_provider: bool) -> Response:
        if scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
            if from_provider and self.parts.settings.login == "oidc":
                return RedirectResponse(FROM_PROVIDER, 303)
            wanted = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
            return RedirectResponse(f"/login?next={quote(wanted, safe='')}", 303)
        return JSONResponse({"error": "sign in first", "reason": "session"}, 401)


def is_open(path: str) -> bool:
    """Whether a path answers without a session: one of OPEN, or below it."""
    return ".." not in path and any(path == known or path.startswith(known.rstrip("/") + "/") for known in OPEN)
