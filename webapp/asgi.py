"""The web server's application: Streamlit's pages and our /api routes behind one set of doors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp
from streamlit import config
from streamlit.starlette import App

from db.session import Database
from webapp.doors import ApiDoor, HostDoor, ServerParts
from webapp.provider import StreamlitLogin
from webapp.routes import api_routes, open_parts
from webapp.routes.login import login_routes
from webapp.session_door import SessionDoor
from webapp.settings import Settings
from webapp.tokens import secret_key
from webapp.uploads import Uploads

PAGE = Path(__file__).with_name("app.py")


def configure_streamlit(settings: Settings) -> None:
    """Set what must hold however Streamlit's own files are written; its theme stays in .streamlit/config.toml."""
    options: dict[str, Any] = {
        "server.headless": True,
        "server.address": settings.host,
        "server.port": settings.port,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.cookieSecret": secret_key(settings),
        "browser.gatherUsageStats": False,
        "browser.serverAddress": settings.host,
        "browser.serverPort": settings.port,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "global.developmentMode": False,
    }
    from webapp import theme

    options |= getattr(theme, "THEME_OPTIONS", {})
    for name, value in options.items():
        config.set_option(name, value)


def api(parts: ServerParts) -> ASGIApp:
    """All /api routes behind their door."""
    return ApiDoor(Router(api_routes()), parts)


async def to_front_page(request: Request) -> RedirectResponse:
    """The videos are the front page, which Streamlit finds at "/" only; under its name it would not know the page."""
    return RedirectResponse("/" + (f"?{request.url.query}" if request.url.query else ""), 307)


def build_app(settings: Settings, database: Database, page: Path = PAGE) -> App:
    """Everything that one address serves."""
    parts = ServerParts(settings, database, more={})
    routes: list[BaseRoute] = [Mount("/api", app=api(parts)), Route("/videos", to_front_page)]
    doors = [Middleware(HostDoor, settings=settings)]
    if not settings.single_user:
        routes += login_routes(parts, StreamlitLogin() if settings.login == "oidc" else None)
        doors.append(Middleware(SessionDoor, parts=parts))

    @asynccontextmanager
    async def lifespan(_: App) -> AsyncIterator[None]:
        await asyncio.to_thread(Uploads(settings).discard_stale)
        closing = open_parts(parts)
        try:
            yield
        finally:
            await asyncio.to_thread(closing)

    return App(page, routes=routes, middleware=doors, lifespan=lifespan)
