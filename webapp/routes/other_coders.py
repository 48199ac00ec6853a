"""What other annotators decided: GET /api/videos/{id}/others, empty until the asking one has reviewed the video."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from webapp.doors import authorised
from webapp.routes.plain import plain
from webapp.routes.videos import video_of
from webapp.services.other_coders import other_coders


def others(request: Request) -> Response:
    """{"hidden": bool, "coders": [{"annotator_id", "name", "annotations": [...]}]}"""
    found = other_coders(request.state.database, video_of(request).id, authorised(request).annotator_id)
    return JSONResponse(plain(found), headers={"Cache-Control": "no-store"})
