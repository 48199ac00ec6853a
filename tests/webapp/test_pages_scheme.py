"""The page of the coding scheme: what it shows, what it stores, and what it says to a scheme that cannot be used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.webapp.world import World, make_world, texts
from webapp.services.schemes import change_scheme, study_scheme
from webapp.values.scheme import DEFAULT_SCHEME


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("GLINT_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("GLINT_DATABASE_URL", raising=False)
    return make_world(tmp_path / "data")


def test_what_is_asked_is_changed_by_its_boxes(world: World) -> None:
    page = world.open("scheme")
    assert not page.exception
    page.checkbox(key="ask-emotion").uncheck()
    page.checkbox(key="sides").uncheck()
    page.button(key="use-scheme").click().run()
    assert not page.exception
    assert study_scheme(world.database, world.ids.study_id) == replace(DEFAULT_SCHEME, ask_emotion=False, sides=False)
    assert "in use from now on" in texts(page, "success")


def test_going_back_to_the_delivered_scheme(world: World) -> None:
    own = replace(DEFAULT_SCHEME, emotions=("joy",))
    change_scheme(world.database, world.ids.study_id, own, DEFAULT_SCHEME, world.ids.annotator_id)
    page = world.open("scheme")
    page.button(key="default-scheme").click().run()
    assert not page.exception
    assert study_scheme(world.database, world.ids.study_id) == DEFAULT_SCHEME


def test_a_scheme_that_cannot_be_used_says_why_and_changes_nothing(world: World) -> None:
    own = replace(DEFAULT_SCHEME, emotions=(), ask_emotion=False)
    change_scheme(world.database, world.ids.study_id, own, DEFAULT_SCHEME, world.ids.annotator_id)
    page = world.open("scheme")
    page.checkbox(key="ask-emotion").check()
    page.button(key="use-scheme").click().run()
    assert "at least one emotion" in texts(page, "error")
    assert study_scheme(world.database, world.ids.study_id) == own
