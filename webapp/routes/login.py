"""Signing in and out: /login, /login/provider, /logout, /invite/{code}. Streamlit's pages cannot set cookies.

Forms are guarded against other sites twice: the Origin must be ours, and a hidden field must be our signature of a
cookie that only this browser has.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Protocol
from urllib.parse import parse_qs

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from webapp.doors import SESSION_COOKIE, Refusal, ServerParts, read_body
from webapp.routes.sign_in_pages import field, form, link, shown, told
from webapp.services import accounts, invitations, sessions
from webapp.services.errors import Refused
from webapp.session_door import FROM_PROVIDER
from webapp.tokens import secret_key

FORM_COOKIE = "glint_form"
INVITED_COOKIE = "glint_invited"
BODY_LIMIT = 8 * 1024
_SECONDS = int(sessions.LONGEST.total_seconds())
_LATER = 15 * 60  # between opening an invitation and coming back from the provider


class Provider(Protocol):
    """How an OpenID Connect provider is asked; `webapp.provider` is one."""

    def address(self) -> str:
        """Where signing in begins."""

    def vouched(self, request: Request) -> tuple[str, str] | None:
        """(issuer, subject) of who just came back from the provider."""

    def forget(self, request: Request, response: Response) -> None:
        """Remove what the provider's sign-in left in the browser."""


def login_routes(parts: ServerParts, provider: Provider | None) -> list[Route]:
    """The routes of an installation where people sign in, relative to the root."""
    pages = SignIn(parts, provider)
    return [
        Route("/login", pages.guarded(pages.login), methods=["GET", "POST"]),
        Route(FROM_PROVIDER, pages.guarded(pages.from_provider)),
        Route("/logout", pages.guarded(pages.logout), methods=["GET", "POST"]),
        Route("/invite/{code}", pages.guarded(pages.invite), methods=["GET", "POST"]),
    ]


class SignIn:
    """The pages of one installation."""

    def __init__(self, parts: ServerParts, provider: Provider | None) -> None:
        self.settings, self.database, self.provider = parts.settings, parts.database, provider
        self._signer = URLSafeSerializer(secret_key(parts.settings), salt="glint-form/1")

    def guarded(self, answer: Callable) -> Callable:
        """Refusals become pages; forms must be ours."""

        async def page(request: Request) -> Response:
            try:
                said = await self._said(request) if request.method == "POST" else None
                return await answer(request, said)
            except Refusal as refusal:
                return shown("Sign in", told(str(refusal), wrong=True) + link("Try again", "/login"), refusal.status)

        return page

    async def login(self, request: Request, said: dict[str, str] | None) -> Response:
        """Name and password, or the way to the provider."""
        onward = local_path(request.query_params.get("next", "/"))
        if self.provider is not None:
            return shown("Glint", told("Sign in to see the studies you work in.")
                         + link("Sign in", self.provider.address()))  # fmt: skip
        if said is None:
            return self._form(request, "", "", 200)
        name = said.get("name", "")
        try:
            secret = await run_in_threadpool(
                accounts.sign_in, self.database, name, said.get("password", ""), address_of(request), agent_of(request)
            )
        except accounts.TooManyTries as refusal:
            return self._form(request, name, str(refusal), 429)
        except Refused as refusal:
            return self._form(request, name, str(refusal), 401)
        return self._signed_in(request, secret, onward)

    async def from_provider(self, request: Request, said: None) -> Response:
        """Whoever the provider vouches for gets a session; what the provider left in the browser goes."""
        who = self.provider.vouched(request) if self.provider is not None else None
        if who is None:
            return RedirectResponse("/login", 303)
        agent, code = agent_of(request), self._invited(request)
        try:
            if code:
                work = lambda: invitations.accept(self.database, code, provider=who, agent=agent)  # noqa: E731
            else:
                work = lambda: accounts.sign_in_through_provider(self.database, *who, agent)  # noqa: E731
            response = self._signed_in(request, await run_in_threadpool(work), "/")
        except Refused as refusal:
            response = shown("Sign in", told(str(refusal), wrong=True) + link("Back", "/login"), 403)
        self.provider.forget(request, response)
        response.delete_cookie(INVITED_COOKIE, path="/")
        return response

    async def logout(self, request: Request, said: dict[str, str] | None) -> Response:
        """Asked once more, because a link of another site could sign somebody out otherwise."""
        live = await run_in_threadpool(sessions.live, self.database, request.cookies.get(SESSION_COOKIE))
        if said is None and live is not None:
            return self._with_form(request, lambda hidden: shown(
                "Sign out", told(f"You are signed in as {live.name}.") + form("", "Sign out", hidden)))  # fmt: skip
        if live is not None:
            await run_in_threadpool(sessions.end, self.database, live.id, live.annotator_id)
        response = RedirectResponse("/login", 303)
        response.delete_cookie(SESSION_COOKIE, path="/")
        return response

    async def invite(self, request: Request, said: dict[str, str] | None) -> Response:
        """Choose a password, or go to the provider, and be in the study."""
        code = request.path_params["code"][:100]
        try:
            invited = await run_in_threadpool(invitations.look_up, self.database, code)
        except Refused as refusal:
            return shown("Invitation", told(str(refusal), wrong=True) + link("To the sign-in", "/login"), 404)
        to = f"You are invited to the study {invited.study} as {invited.role}." if invited.study else ""
        about = told(f"Welcome, {invited.name}.") + told(to)
        if self.provider is not None:
            response = shown("Invitation", about + link("Sign in and accept", self.provider.address()))
            self._set(response, INVITED_COOKIE, self._signer.dumps(code), _LATER)
            return response
        wrong = ""
        if said is not None:
            try:
                if said.get("password", "") != said.get("again", ""):
                    raise Refused("The two passwords differ.")
                secret = await run_in_threadpool(
                    lambda: invitations.accept(self.database, code, password=said.get("password", ""),
                                               agent=agent_of(request))
                )  # fmt: skip
                return self._signed_in(request, secret, "/")
            except Refused as refusal:
                wrong = str(refusal)
        fields = field("New password", "password", "password", "new-password", first=True)
        fields += field("The same again", "again", "password", "new-password")
        return self._with_form(request, lambda hidden: shown(
            "Invitation", about + told(wrong, wrong=True) + form(fields, "Accept", hidden), 422 if wrong else 200
        ))  # fmt: skip

    def _form(self, request: Request, name: str, wrong: str, status: int) -> Response:
        fields = field("Name", "name", "text", "username", name, first=not name)
        fields += field("Password", "password", "password", "current-password", first=bool(name))
        intro = told("Sign in to see the studies you work in.") + told(wrong, wrong=True)
        return self._with_form(
            request, lambda hidden: shown("Glint", intro + form(fields, "Sign in", hidden), status)
        )

    def _with_form(self, request: Request, draw: Callable[[dict[str, str]], Response]) -> Response:
        known = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(18)
        response = draw({"form": self._signer.dumps(known)})
        self._set(response, FORM_COOKIE, known, 24 * 3600, "strict")
        return response

    async def _said(self, request: Request) -> dict[str, str]:
        """The fields of a form that is ours."""
        origin = request.headers.get("origin")
        if origin is None and request.headers.get("sec-fetch-site") != "same-origin":
            raise Refusal(403, "Forms of other pages are refused.")
        body = await read_body(request, BODY_LIMIT)
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
        said = {name: values[0] for name, values in fields.items()}
        try:
            signed = self._signer.loads(said.get("form", ""))
        except BadSignature:
            signed = None
        if signed is None or not secrets.compare_digest(str(signed), request.cookies.get(FORM_COOKIE, "")):
            raise Refusal(403, "This form is too old, or cookies are switched off. Open the page anew.")
        return said

    def _invited(self, request: Request) -> str:
        try:
            return str(self._signer.loads(request.cookies.get(INVITED_COOKIE, "")))
        except BadSignature:
            return ""

    def _signed_in(self, request: Request, secret: str, onward: str) -> Response:
        response = RedirectResponse(onward, 303)
        self._set(response, SESSION_COOKIE, secret, _SECONDS)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _set(self, response: Response, name: str, value: str, seconds: int, same_site: str = "lax") -> None:
        response.set_cookie(name, value, max_age=seconds, path="/", httponly=True, samesite=same_site,
                            secure=self.settings.secure)  # fmt: skip


def local_path(text: str) -> str:
    """A path of this server to go on to; anything that could lead elsewhere becomes the front page.

    >>> local_path("/review?video=3"), local_path("//evil.example"), local_path("https://evil.example")
    ('/review?video=3', '/', '/')
    """
    fine = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and "\\" not in text
    return text if fine and len(text) < 2000 else "/"


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def agent_of(request: Request) -> str:
    return request.headers.get("user-agent", "")[:200]
