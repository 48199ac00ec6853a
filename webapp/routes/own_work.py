"""A person's own way of working: PUT /api/videos/{id}/place, GET /api/pace and GET /api/videos/{id}/sweep?run=&set=."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from webapp.doors import authorised, read_body
from webapp.routes.operations import Number, Uuid
from webapp.routes.plain import plain
from webapp.routes.review import number
from webapp.routes.videos import video_of
from webapp.services import pace, places, sweep

BODY_LIMIT = 1024


class StandingAt(BaseModel):
    """Where the person in the token is; words of one visit are numbered, because they may arrive in another order."""

    model_config = ConfigDict(extra="forbid", strict=True)

    frame: Number
    interval: Uuid | None = None
    visit: Uuid | None = None
    number: Number = 0


async def remember_place(request: Request) -> Response:
    """Keep it for the next visit, on any machine."""
    identity = authorised(request)
    said = StandingAt.model_validate_json(await read_body(request, BODY_LIMIT))

    def work() -> None:
        video = video_of(request)
        word = None if said.visit is None else (said.visit, said.number)
        places.remember(request.state.database, identity.annotator_id, video.id, said.frame, said.interval, word)

    await run_in_threadpool(work)
    return Response(status_code=204)


def own_pace(request: Request) -> Response:
    """Median seconds of the newest decisions, and what was done in this sitting."""
    identity = authorised(request)
    database = request.state.database
    body = plain(pace.pace(database, identity.annotator_id, identity.study_id))
    body["sitting"] = plain(pace.sitting(database, identity.annotator_id, identity.study_id))
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def suspicious(request: Request) -> Response:
    """Stretches nobody was shown, the most suspicious first."""
    identity = authorised(request)
    video = video_of(request)
    found = sweep.suspicious(
        request.state.database, request.state.settings.located, video.id, identity.annotator_id,
        number(request, "run"), number(request, "set"),
    )  # fmt: skip
    return JSONResponse({"stretches": plain(found)}, headers={"Cache-Control": "no-store"})
