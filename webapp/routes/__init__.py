"""All routes under /api, in one table. Their door (Host, Origin, token, errors) is `webapp.doors.ApiDoor`."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from webapp.doors import Refusal, ServerParts
from webapp.routes import assets, operations, own_work, preferences, review, signals, token, uploads, videos
from webapp.routes.adjudication import adjudication_routes
from webapp.routes.frames import frame_routes, open_frames
from webapp.routes.imported_signals import imported_routes
from webapp.routes.looking import looking_routes
from webapp.routes.other_coders import others
from webapp.routes.warming import start_warming
from webapp.routes.why import why_routes


def api_routes() -> list[BaseRoute]:
    """Routes relative to /api; the last one answers 404, where Streamlit would answer with its page."""
    video = "/videos/{id:int}"
    return [
        Route("/token/renew", token.renew),
        Route("/assets/{name:path}", assets.asset),
        Route(video, videos.describe),
        Route(f"{video}/timestamps", videos.timestamps),
        Route(f"{video}/sources", videos.sources),
        Route(f"{video}/present", videos.present),
        *frame_routes(video),
        *looking_routes(video),
        *why_routes(video),
        *imported_routes(video),
        Route(f"{video}/others", others),
        *adjudication_routes(video),
        Route(f"{video}/marks", signals.marks),
        Route(f"{video}/curves", signals.curves),
        Route(f"{video}/signals", signals.signals),
        Route(f"{video}/landmarks", signals.landmarks),
        Route(f"{video}/review", review.state),
        Route(f"{video}/history", review.history),
        Route(f"{video}/sweep", own_work.suspicious),
        Route(f"{video}/place", own_work.remember_place, methods=["PUT"]),
        Route("/pace", own_work.own_pace),
        Route("/preferences", preferences.read),
        Route("/preferences", preferences.write, methods=["PUT"]),
        Route("/operations", operations.apply, methods=["POST"]),
        Route("/uploads", uploads.announce, methods=["POST"]),
        Route("/uploads/{id}", uploads.inspect),
        Route("/uploads/{id}", uploads.append, methods=["PUT"]),
        Route("/uploads/{id}", uploads.cancel, methods=["DELETE"]),
        Route("/uploads/{id}/finish", uploads.finish, methods=["POST"]),
        Route("/{rest:path}", nothing_here, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
    ]


def open_parts(parts: ServerParts) -> Callable[[], None]:
    """Start what routes need beside the database; returns what stops it again."""
    close = open_frames(parts)
    start_warming(parts)
    return close


def nothing_here(request: Request) -> None:
    """Any other address."""
    raise Refusal(404, f"nothing lives at {request.url.path}")
