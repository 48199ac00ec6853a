"""Answers that read a whole study: at once while it is small, else when somebody asks, kept until something changes."""

from __future__ import annotations

import uuid

import pytest
from streamlit.testing.v1 import AppTest

from tests.webapp.world import World, texts
from webapp.components import on_demand
from webapp.services import library, reviewing
from webapp.services.reviewing import OperationRequest


def page() -> None:
    import streamlit as st

    from webapp import state
    from webapp.components.on_demand import on_demand
    from webapp.services.library import count_videos

    found = on_demand("videos", lambda: count_videos(state.database(), state.study_id()))
    st.markdown(f"answer: {found}")


@pytest.fixture
def large(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A study with one change, which is held for many."""
    monkeypatch.setattr(on_demand, "AT_ONCE", 0)
    world.first = world.video("first.mp4")
    decide(world)
    return world


def decide(world: World) -> None:
    request = OperationRequest(str(uuid.uuid4()), "review_span", world.first, world.ids.annotator_id, None,
                               after={"first": 0, "last": 9})  # fmt: skip
    assert reviewing.apply_operation(world.database, request).status == "applied"


def shown() -> AppTest:
    return AppTest.from_function(page, default_timeout=30).run()


def test_a_small_study_is_answered_without_asking(world: World) -> None:
    world.video("first.mp4")
    assert "answer: 1" in texts(shown())


def test_a_large_study_is_read_only_when_somebody_asks_and_the_answer_is_kept_for_all(large: World) -> None:
    drawn = shown()
    assert "answer: None" in texts(drawn)
    drawn.button(key="ask-videos").click().run()
    assert "answer: 1" in texts(drawn)
    other = shown()
    assert "answer: 1" in texts(other)
    assert not other.button


def test_a_kept_answer_says_when_something_was_decided_since(large: World) -> None:
    shown().button(key="ask-videos").click().run()
    decide(large)
    drawn = shown()
    assert "something was decided since" in texts(drawn, "caption")
    assert "answer: 1" in texts(drawn)
    assert drawn.button(key="ask-videos").label == "Work it out again"


def test_an_answer_from_before_a_video_went_is_shown_to_nobody(large: World) -> None:
    large.video("second.mp4")
    shown().button(key="ask-videos").click().run()
    library.delete_video(large.database, large.first, True, large.ids.annotator_id)
    large.first = large.video("third.mp4")
    decide(large)
    drawn = shown()
    assert "answer: None" in texts(drawn)
