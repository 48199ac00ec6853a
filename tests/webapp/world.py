"""A data folder with a migrated database, filled through the services: what page tests stand on."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from db.schema import migrate
from db.session import Database
from spotcore.intervals import Interval
from spotcore.probabilities import Curves, save_curves
from webapp import queueing
from webapp.services import defaults, library, spotting
from webapp.services.defaults import Defaults
from webapp.services.library import ImportedVideo
from webapp.settings import Settings

PAGES = Path(__file__).parents[2] / "webapp" / "app_pages"
PROPOSALS = [Interval(10, 30, "macro", 18, 0.9), Interval(50, 60, "micro", 55, 0.7)]


@dataclass
class World:
    settings: Settings
    database: Database
    ids: Defaults

    def video(self, title: str, subject: str = "", **imported: object) -> int:
        """A video that was imported: 100 frames of 30 fps."""
        video_id = self.registered(title, subject)
        values = {
            "sha256": f"{video_id:064x}", "size_bytes": 1000, "frame_count": 100, "fps": 30.0, "duration": 99 / 30,
            "variable_rate": False, "width": 640, "height": 360, "frames_path": "none.npz",
        }  # fmt: skip
        library.finish_import(self.database, video_id, ImportedVideo(**{**values, **imported}))
        return video_id

    def registered(self, title: str, subject: str = "") -> int:
        """A video whose import has not begun."""
        return library.register_video(
            self.database, self.ids.study_id, title, f"uploads/{title}", "file", None, 1000, subject,
            added_by=self.ids.annotator_id,
        )  # fmt: skip

    def run(self, video_id: int) -> int:
        """A finished spotting run of the baseline with `PROPOSALS`."""
        run_id = spotting.start_run(self.database, video_id, self.ids.baseline_version_id, 6.0, {})
        frames = np.arange(100)
        path = self.settings.data_dir / f"runs/{run_id}/curves.npz"
        save_curves(Curves(frames, frames / 30, {"macro_apex": np.zeros(100, np.float32)}, "bumps"), path)
        spotting.finish_run(self.database, run_id, f"runs/{run_id}/curves.npz", None, PROPOSALS)
        return run_id

    def open(self, name: str) -> AppTest:
        """The page file, run once."""
        return AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=30).run()


@functools.cache
def _prepared() -> Path:
    """A data folder with both databases made, once per process: migrating takes longer than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="glint-pages-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = Settings.from_environment({"GLINT_DATA": str(folder)})
    migrate(settings.database_url)
    queueing.prepare(settings)
    return folder


def make_world(folder: Path) -> World:
    """A fresh installation in `folder`; GLINT_DATA must point there."""
    settings = Settings.from_environment()
    assert settings.data_dir == folder
    shutil.copytree(_prepared(), folder)
    database = Database(settings.database_url)
    return World(settings, database, defaults.ensure_defaults(database))


def texts(page: AppTest, *kinds: str) -> str:
    """Everything a page says in the given kinds of elements (all kinds of running text when none is given)."""
    kinds = kinds or ("title", "subheader", "markdown", "caption", "info", "warning", "error", "success")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(page, kind))
