"""An installation where people sign in: two studies, one person of each role in the first, an admin in the second."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.routing import Mount, Router
from starlette.testclient import TestClient

from db.models import Account, Annotator, Assignment, Study
from db.session import Database
from tests.databases import migrated_url
from tests.webapp.api_client import OWN, Api
from webapp.access import ROLES
from webapp.asgi import api
from webapp.doors import SESSION_COOKIE, ServerParts
from webapp.routes.login import login_routes
from webapp.services import sessions
from webapp.services.defaults import ensure_defaults
from webapp.session_door import SessionDoor
from webapp.settings import Settings
from webapp.tokens import make_token

OTHER = "stranger"  # admin of the second study only


@dataclass
class Team:
    """`people` and `secrets` by role ("viewer" to "admin"), and OTHER."""

    api: Api
    other_study: int
    people: dict[str, int]
    secrets: dict[str, str]

    @property
    def database(self) -> Database:
        return self.api.database

    @property
    def study(self) -> int:
        return self.api.defaults.study_id

    def session(self, who: str) -> int:
        return sessions.live(self.database, self.secrets[who]).id

    def token(self, who: str, **changes: Any) -> str:
        study = self.other_study if who == OTHER else self.study
        given = {"annotator_id": self.people[who], "study_id": study, "role": who if who in ROLES else "admin",
                 "session_id": self.session(who)}  # fmt: skip
        return make_token(self.api.settings, **(given | changes))

    def request(self, who: str, method: str, path: str, *, token: str | None = None, **options: Any):
        """A request from the browser of `who`, with their token unless another is given."""
        headers = {"X-Glint-Token": self.token(who) if token is None else token, "Origin": OWN}
        headers["Cookie"] = f"{SESSION_COOKIE}={self.secrets[who]}"
        return self.api.client.request(method, path, headers=headers | options.pop("headers", {}), **options)


def make_team(folder: Path, provider: Any = None, kind: str = "sqlite") -> Team:
    """A fresh installation; passwords are not set (hashing takes time), sessions are open."""
    settings = Settings(folder, migrated_url(kind), upload_max_mb=5, login="local")
    database = Database(settings.database_url)
    defaults = ensure_defaults(database)
    parts = ServerParts(settings, database, {})
    inner = Router([*login_routes(parts, provider), Mount("/api", app=api(parts)), Mount("/", app=_page)])
    client = TestClient(SessionDoor(inner, parts), base_url=OWN, raise_server_exceptions=False, follow_redirects=False)
    people, secrets = {}, {}
    with database.begin() as session:
        other = Study(name="Other")
        session.add(other)
        session.flush()
        for who in (*ROLES, OTHER):
            annotator = Annotator(name=who)
            session.add(annotator)
            session.flush()
            place = (other.id, "admin") if who == OTHER else (defaults.study_id, who)
            session.add(Assignment(study_id=place[0], annotator_id=annotator.id, role=place[1]))
            session.add(Account(annotator_id=annotator.id, site_admin=who == "admin"))
            people[who], secrets[who] = annotator.id, sessions.open_session(session, annotator.id)
        other_id = other.id
    return Team(Api(settings, database, defaults, client), other_id, people, secrets)


async def _page(scope, receive, send) -> None:
    """Stands for Streamlit's pages and their socket."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "in"})
        await send({"type": "websocket.close"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": b"the page"})
