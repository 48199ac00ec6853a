"""What the annotator in the token has set up: GET and PUT /api/preferences, {"keys": {action: [key, ...]}}."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from webapp.doors import authorised, read_body
from webapp.services import preferences

BODY_LIMIT = 16 * 1024
Name = Annotated[str, StringConstraints(min_length=1, max_length=40)]


class Preferences(BaseModel):
    """The whole of what can be set; what is left out goes back to what is delivered."""

    model_config = ConfigDict(extra="forbid", strict=True)

    keys: Annotated[dict[Name, Annotated[list[Name], Field(max_length=8)]], Field(max_length=200)] = {}


def read(request: Request) -> Response:
    """The keys that replace the delivered ones."""
    keys = preferences.own_keys(request.state.database, authorised(request).annotator_id)
    return JSONResponse({"keys": keys}, headers={"Cache-Control": "no-store"})


async def write(request: Request) -> Response:
    """Replace them; 422 names what cannot be used."""
    identity = authorised(request)
    said = Preferences.model_validate_json(await read_body(request, BODY_LIMIT))
    await run_in_threadpool(preferences.set_own_keys, request.state.database, identity.annotator_id, said.keys)
    return JSONResponse({"keys": said.keys})
