"""Two codings side by side: GET and POST /api/videos/{id}/adjudication, for leads, who may see both.

GET ?first=&second= tells what the two say and what was decided; POST {"verb": "decide" | "undo", ...} decides and
answers the same. 409 where a coder changed theirs meanwhile, 422 where it can never be decided so.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from webapp.doors import Refusal, authorised, read_body
from webapp.routes.operations import Number, Uuid
from webapp.routes.plain import plain
from webapp.routes.review import number
from webapp.routes.videos import video_of
from webapp.services import adjudication
from webapp.values.adjudication import REASONS, AdjudicatedVideo, AdjudicationRequest

BODY_LIMIT = 16 * 1024
Note = Annotated[str, StringConstraints(max_length=adjudication.LONGEST_NOTE)]


class Frames(BaseModel):
    """A redrawn interval."""

    model_config = ConfigDict(extra="ignore", strict=True)

    type: Literal["macro", "micro"]
    onset: Number
    apex: Number | None = None
    offset: Number


class Said(BaseModel):
    """One decision as it comes over the wire; `AdjudicationRequest` says what the fields mean."""

    model_config = ConfigDict(extra="ignore", strict=True)

    id: Uuid
    verb: Literal["decide", "undo"]
    first: Number
    second: Number
    first_id: Uuid | None = None
    second_id: Uuid | None = None
    first_version: Number | None = None
    second_version: Number | None = None
    choice: Literal["a", "b", "mean", "redraw", "neither"] | None = None
    reason: str = Field(default="", max_length=36)
    note: Note = ""
    type: Literal["macro", "micro"] | None = None
    after: Frames | None = None


def adjudication_routes(video: str) -> list[Route]:
    """The routes below a video's address."""
    address = f"{video}/adjudication"
    return [Route(address, look), Route(address, decide, methods=["POST"])]


def look(request: Request) -> Response:
    """Both codings of the video, item by item."""
    video = video_of(request)
    first, second = number(request, "first"), number(request, "second")
    if first is None or second is None:
        raise Refusal(422, "name the two coders: first and second")
    return _answer(adjudication.view(request.state.database, video.id, first, second))


async def decide(request: Request) -> Response:
    """Settle one item, or take the newest decision back."""
    identity, video = authorised(request), await run_in_threadpool(video_of, request)
    said = Said.model_validate_json(await read_body(request, BODY_LIMIT))
    database, by = request.state.database, identity.annotator_id
    if said.verb == "undo":
        found = await run_in_threadpool(adjudication.undo, database, video.id, said.first, said.second, by, said.id)
        return _answer(found)
    wanted = AdjudicationRequest(
        id=said.id, video_id=video.id, first=said.first, second=said.second, first_id=said.first_id,
        second_id=said.second_id, versions=(said.first_version, said.second_version), choice=said.choice or "",
        reason=said.reason, by=by, note=said.note, type=said.type, after=said.after and said.after.model_dump(),
    )  # fmt: skip
    return _answer(await run_in_threadpool(adjudication.decide, database, wanted))


def _answer(found: AdjudicatedVideo) -> JSONResponse:
    body: dict[str, Any] = {**plain(found), "open": found.open, "reasons": REASONS}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})
