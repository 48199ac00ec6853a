"""A client for the /api routes without a network: the real door and routes over a migrated temporary database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from starlette.routing import Mount, Router
from starlette.testclient import TestClient

from db.schema import migrate
from db.session import Database
from spotcore.frame_table import FrameTable
from webapp.asgi import api
from webapp.doors import ServerParts
from webapp.services import library
from webapp.services.defaults import Defaults, ensure_defaults
from webapp.settings import Settings
from webapp.tokens import make_token
from webapp.values.library import ImportedVideo

OWN = "http://127.0.0.1:8501"


@dataclass
class Api:
    """The routes of one temporary installation; `get`, `post`, ... send a valid token unless told otherwise."""

    settings: Settings
    database: Database
    defaults: Defaults
    client: TestClient
    more: dict[str, Any] = field(default_factory=dict)

    def token(self, **changes: Any) -> str:
        given = {"annotator_id": self.defaults.annotator_id, "study_id": self.defaults.study_id, "role": "admin"}
        return make_token(self.settings, **(given | changes))

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any):
        sent = {"X-Glint-Token": self.token()} if headers is None else headers
        return self.client.request(method, path, headers=sent, **options)

    def get(self, path: str, **options: Any):
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any):
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any):
        return self.request("PUT", path, **options)

    def delete(self, path: str, **options: Any):
        return self.request("DELETE", path, **options)

    def add_video(self, title: str = "clip.mp4", frames: int = 300, fps: float = 30.0, **changes: Any) -> int:
        """A ready video of that many frames; there is a frame table but no footage."""
        video_id = library.register_video(
            self.database, self.defaults.study_id, title, f"media/{title}", "file", None, 1, subject="s01", **changes
        )
        table = FrameTable(np.arange(frames) / fps, np.arange(frames), np.ones(frames, bool))
        path = self.settings.data_dir / "media" / str(video_id) / "frames.npz"
        table.save(path)
        library.finish_import(
            self.database,
            video_id,
            ImportedVideo(
                sha256=f"{video_id:064x}", size_bytes=1, frame_count=frames, fps=fps, duration=frames / fps,
                variable_rate=False, width=640, height=480, frames_path=self.settings.stored(path),
            ),
        )  # fmt: skip
        return video_id


def make_api(folder, **more: Any) -> Api:
    """A fresh installation in `folder`."""
    settings = Settings(folder, f"sqlite:///{folder}/glint.db", upload_max_mb=5)
    migrate(settings.database_url)
    database = Database(settings.database_url)
    parts = ServerParts(settings, database, more)
    client = TestClient(Router([Mount("/api", app=api(parts))]), base_url=OWN, raise_server_exceptions=False)
    return Api(settings, database, ensure_defaults(database), client, more)
