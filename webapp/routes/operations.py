"""Decisions: POST /api/operations, one operation each. The rules are the service's; here is its shape and its author.

200 {"status": "applied" | "duplicate", "annotation", "version", "sequence"}; 409 with both versions where the row
moved on; 422 where it can never be applied; 413 above 64 kB.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from webapp.doors import Refusal, authorised, read_body
from webapp.routes.plain import plain
from webapp.services import library, reviewing
from webapp.values.reviewing import OperationRequest

BODY_LIMIT = 64 * 1024
Uuid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
Number = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Operation(BaseModel):
    """One decision as it comes over the wire; `OperationRequest` says what the fields mean."""

    # Older pages in open tabs may send fields that a newer server no longer reads: ignored rather than refused,
    # because a refusal would strand a decision in the tab's outbox.
    model_config = ConfigDict(extra="ignore", strict=True)

    id: Uuid
    verb: Literal[
        "accept", "adjust", "reject", "unsure", "add", "edit", "delete", "undo", "review_span", "unreview_span"
    ]
    video_id: Number
    annotator_id: Number
    interval_id: Uuid | None = None
    proposal_id: Number | None = None
    base_version: Number = 0
    after: dict[str, Any] | None = None
    undoes: Uuid | None = None
    client_time: str | None = Field(default=None, max_length=40)
    model_version_id: Number | None = None
    session: str = Field(default="", max_length=100)
    keys: Number | None = None


async def apply(request: Request) -> Response:
    """Apply one operation, once."""
    identity = authorised(request)
    said = Operation.model_validate_json(await read_body(request, BODY_LIMIT))
    if said.annotator_id != identity.annotator_id:
        # An outbox of somebody else who used this browser: it waits for them, it is never signed with another name.
        raise Refusal(403, "this decision was made by another annotator; it is sent when they open the page again")
    database = request.state.database

    def work():
        if library.get_video(database, said.video_id).study_id != identity.study_id:
            raise Refusal(404, f"there is no video {said.video_id}")
        return reviewing.apply_operation(database, OperationRequest(**said.model_dump()))

    result = await run_in_threadpool(work)
    body: dict[str, Any] = {
        "status": result.status,
        "annotation": plain(result.annotation),
        "version": result.version,
        "sequence": result.sequence,
    }
    if result.reviewed is not None:
        body["reviewed"] = plain(result.reviewed)
    if result.status == "conflict":
        body |= {"error": result.message, "yours": said.after, "theirs": body["annotation"]}
        return JSONResponse(body, 409)
    if result.status == "refused":
        return JSONResponse(body | {"error": result.message}, 422)
    return JSONResponse(body)
