"""The page of the coding scheme: what it shows, what it stores, and what it says to a scheme that cannot be used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.webapp.world import World, texts
from webapp.services.blindness import blind_share
from webapp.services.schemes import change_scheme, study_scheme
from webapp.values.scheme import DEFAULT_SCHEME, ActionUnit, Reason


def test_what_is_asked_is_changed_by_its_boxes(world: World) -> None:
    page = world.open("scheme")
    assert not page.exception
    page.checkbox(key="scheme-ask-emotion").uncheck()
    page.checkbox(key="scheme-sides").uncheck()
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
    page.checkbox(key="scheme-ask-emotion").check()
    page.button(key="use-scheme").click().run()
    assert "at least one emotion" in texts(page, "error")
    assert study_scheme(world.database, world.ids.study_id) == own


def test_lists_are_read_line_by_line(world: World) -> None:
    page = world.open("scheme")
    page.text_area(key="scheme-units").input("12 lip corner puller\n\n 4  brow lowerer ")
    page.text_area(key="scheme-reasons").input("b blink\ny yawn, or a stretch")
    page.button(key="use-scheme").click().run()
    assert not page.exception
    scheme = study_scheme(world.database, world.ids.study_id)
    assert scheme.action_units == (ActionUnit(12, "lip corner puller"), ActionUnit(4, "brow lowerer"))
    assert scheme.reasons == (Reason("b", "blink"), Reason("y", "yawn, or a stretch"))


@pytest.mark.parametrize(
    ("field", "text", "word"),
    [
        ("units", "twelve", "begins with its number"),
        ("units", "12", "needs a name"),
        ("reasons", "yawn", "one of a to z"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(world: World, field: str, text: str, word: str) -> None:
    page = world.open("scheme")
    page.text_area(key=f"scheme-{field}").input(text)
    page.button(key="use-scheme").click().run()
    assert word in texts(page, "error")
    assert page.text_area(key=f"scheme-{field}").value == text
    assert study_scheme(world.database, world.ids.study_id) == DEFAULT_SCHEME


def test_a_change_made_elsewhere_after_the_form_was_opened_is_not_overwritten(world: World) -> None:
    page = world.open("scheme")
    own = replace(DEFAULT_SCHEME, emotions=("joy",))
    change_scheme(world.database, world.ids.study_id, own, DEFAULT_SCHEME, world.ids.annotator_id)
    page.button(key="use-scheme").click().run()
    assert "Somebody changed this scheme" in texts(page, "error")
    assert study_scheme(world.database, world.ids.study_id) == own


def test_the_blind_share_is_set_in_per_cent(world: World) -> None:
    page = world.open("scheme")
    page.number_input(key="blind-share").set_value(20)
    page.button(key="use-blind-share").click().run()
    assert not page.exception
    assert "20 % are coded blind" in texts(page, "success")
    assert blind_share(world.database, world.ids.study_id) == 0.2
