"""What the tests of pages share: an installation of their own, as the environment names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.webapp.world import World, make_world


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A fresh data folder with a migrated SQLite database; nothing of the surrounding environment counts."""
    monkeypatch.setenv("GLINT_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("GLINT_DATABASE_URL", raising=False)
    monkeypatch.delenv("GLINT_MEDIA_ROOTS", raising=False)
    return make_world(tmp_path / "data")
