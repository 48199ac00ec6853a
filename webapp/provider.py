"""An OpenID Connect provider through Streamlit's login: `.streamlit/secrets.toml` says which (README, "People").

Streamlit leads to the provider and checks its answer (Authlib); its signed cookie is then taken over once, within
minutes, for a session of ours, which can be ended, unlike a cookie.
"""

from __future__ import annotations

import json
import time

from starlette.requests import Request
from starlette.responses import Response
from streamlit.auth_util import (
    encode_provider_token,
    get_cookie_with_chunks,
    get_origin_from_redirect_uri,
    get_secrets_auth_section,
)
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

from spotcore.errors import InvalidSettings

USER_COOKIE, TOKENS_COOKIE = "_streamlit_user", "_streamlit_user_tokens"
FRESH_SECONDS = 10 * 60


class StreamlitLogin:
    """The provider of the [auth] section.

    Raises:
        InvalidSettings: the section is missing or incomplete.
    """

    def __init__(self) -> None:
        section = get_secrets_auth_section()
        needed = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
        missing = [name for name in needed if not section or name not in section]
        if missing:
            raise InvalidSettings(
                "GLINT_LOGIN=oidc needs .streamlit/secrets.toml with an [auth] section; missing: " + ", ".join(missing)
            )
        if not str(section["redirect_uri"]).endswith("/oauth2callback"):
            raise InvalidSettings("redirect_uri in .streamlit/secrets.toml must end with /oauth2callback")

    def address(self) -> str:
        """Where Streamlit's login begins; good for two minutes, so the page that shows it must not be kept."""
        return f"/auth/login?provider={encode_provider_token('default')}"

    def vouched(self, request: Request) -> tuple[str, str] | None:
        """(issuer, subject), where Streamlit's cookie is there, ours and fresh."""

        def one(name: str) -> bytes | None:
            value = request.cookies.get(name)
            return decode_signed_value(get_cookie_secret(), name, value.encode("latin-1")) if value else None

        raw = get_cookie_with_chunks(one, USER_COOKIE)
        if not raw:
            return None
        try:
            user = json.loads(raw)
            fresh = time.time() - float(user["iat"]) < FRESH_SECONDS
            own = user.get("origin") == get_origin_from_redirect_uri() and user.get("is_logged_in") is True
            issuer, subject = str(user["iss"]), str(user["sub"])
        except (ValueError, KeyError, TypeError):
            return None
        return (issuer, subject) if fresh and own and issuer and subject else None

    def forget(self, request: Request, response: Response) -> None:
        """Streamlit's cookies would sign in again for 30 days."""
        for name in request.cookies:
            if name.startswith(USER_COOKIE):
                response.delete_cookie(name, path="/")
