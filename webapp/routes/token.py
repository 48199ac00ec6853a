"""GET /api/token/renew: a fresh token for an old one. Why an expired one may do stands in `webapp.tokens`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from webapp.doors import authorised
from webapp.tokens import TOKEN_SECONDS, make_token


def renew(request: Request) -> Response:
    """The same identity, valid for another quarter of an hour."""
    who = authorised(request)
    token = make_token(request.state.settings, who.annotator_id, who.study_id, who.role, session_id=who.session_id)
    return JSONResponse({"token": token, "expires_in": TOKEN_SECONDS}, headers={"Cache-Control": "no-store"})
