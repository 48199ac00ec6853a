"""Coding by keyboard alone: fields, codes copied, redo, warnings, history, own keys, what a screen reader hears."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Locator, Page, expect

from tests.browser.review_world import Reviewing, keys
from webapp.services import preferences, reviewing, schemes
from webapp.values.scheme import DEFAULT_SCHEME, ActionUnit, Reason

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def own_scheme(world: Reviewing) -> Iterator[None]:
    """A study that codes two units and knows yawns, for one test."""
    database, ids = world.server.database, world.server.defaults
    made = replace(
        DEFAULT_SCHEME, action_units=(ActionUnit(4, "brow lowerer"), ActionUnit(12, "lip corner puller")),
        emotions=(), ask_emotion=False, reasons=(Reason("y", "yawn"), Reason("b", "blink")),
    )  # fmt: skip
    schemes.change_scheme(database, ids.study_id, made, DEFAULT_SCHEME, ids.annotator_id)
    yield
    schemes.change_scheme(database, ids.study_id, DEFAULT_SCHEME, made, ids.annotator_id)


def saved(surface: Locator) -> None:
    expect(surface).to_have_attribute("data-unconfirmed", "0")


def test_codes_are_written_before_the_decision_without_the_mouse_and_saved_with_it(
    page: Page, world: Reviewing, video: int
) -> None:
    surface = world.mount(page, video)
    keys(page, "Enter")
    page.keyboard.type("4 r12b")
    expect(page.locator(".read")).to_have_text("4 brow lowerer · 12 lip corner puller, right, B")
    keys(page, "Tab")
    page.keyboard.type("ang")
    keys(page, "Tab", "Tab")
    page.keyboard.type("clear")
    keys(page, "Escape", "a")
    saved(surface)
    [made] = world.state(video).annotations
    assert (made.verdict, made.action_units, made.emotion, made.note) == (
        "accepted", ("AU4", "RAU12B"), "anger", "clear",
    )  # fmt: skip


def test_codes_of_an_undecided_interval_survive_a_reload(page: Page, world: Reviewing, video: int) -> None:
    world.mount(page, video)
    keys(page, "Enter")
    page.keyboard.type("4")
    keys(page, "Enter")
    surface = world.mount(page, video)
    expect(page.get_by_test_id("units")).to_have_value("4")
    keys(page, "a")
    saved(surface)
    assert world.state(video).annotations[0].action_units == ("AU4",)


def test_codes_are_copied_from_the_last_coded_interval(page: Page, world: Reviewing, video: int) -> None:
    surface = world.mount(page, video)
    keys(page, "Enter")
    page.keyboard.type("1 2")
    keys(page, "Enter", "a", "Shift+C", "a")
    saved(surface)
    assert [a.action_units for a in world.state(video).annotations] == [("AU1", "AU2")] * 2


def test_what_was_undone_is_redone_as_an_operation_of_its_own(page: Page, world: Reviewing, video: int) -> None:
    surface = world.mount(page, video)
    keys(page, "a", "z", "Shift+Z")
    saved(surface)
    assert list(world.verdicts(video).values()) == ["accepted"]
    assert [one.verb for one in reviewing.list_operations(world.server.database, video)] == ["accept", "undo", "undo"]
    keys(page, "z")
    saved(surface)
    assert world.verdicts(video) == {}


def test_redo_of_an_interval_that_was_decided_elsewhere_ends_in_the_conflict_dialogue(
    page: Page, world: Reviewing, video: int
) -> None:
    surface = world.mount(page, video)
    keys(page, "a", "z")
    saved(surface)
    proposal = world.state(video).proposals[0]
    request = reviewing.OperationRequest(
        "0b0e8a3e-32cb-4bb4-9e0f-0c9bfa0c6a77", "unsure", video, world.server.defaults.annotator_id,
        proposal.interval_id, proposal.id, 2,
    )  # fmt: skip
    assert reviewing.apply_operation(world.server.database, request).status == "applied"
    keys(page, "Shift+Z")
    expect(page.get_by_test_id("dialog-conflict")).to_contain_text("unsure")
    page.get_by_test_id("keep-theirs").click()
    saved(surface)
    assert world.verdicts(video) == {30: "unsure"}


def test_a_micro_expression_over_half_a_second_is_warned_of_while_it_grows(
    page: Page, world: Reviewing, video: int
) -> None:
    world.mount(page, video)
    warnings = page.get_by_test_id("warnings").locator("li")
    expect(warnings).to_have_count(0)
    keys(page, *["."] * 6)
    expect(warnings).to_have_text(["0.533 s is longer than a micro-expression (0.5 s)"])
    keys(page, "a")
    keys(page, "p")
    expect(warnings).to_have_count(1)


def test_the_history_of_an_interval_is_a_dialogue_of_its_log(page: Page, world: Reviewing, video: int) -> None:
    surface = world.mount(page, video)
    keys(page, "a", "p", "]", "n", "p")
    saved(surface)
    keys(page, "Shift+I")
    rows = page.get_by_test_id("dialog-history").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Annotator")
    expect(rows.nth(1)).to_contain_text("onset: frame 30 → frame 31")
    keys(page, "Escape")
    expect(page.get_by_test_id("dialog-history")).to_have_count(0)


def test_a_scheme_of_the_study_decides_what_is_asked_and_which_letters_reject(
    page: Page, world: Reviewing, video: int, own_scheme: None
) -> None:
    surface = world.mount(page, video)
    expect(page.get_by_test_id("emotion")).to_have_count(0)
    keys(page, "Enter")
    page.keyboard.type("9")
    expect(page.locator(".read")).to_contain_text("does not code action unit 9")
    page.keyboard.press("Control+a")
    page.keyboard.type("12")
    keys(page, "Enter", "r", "h", "y")
    saved(surface)
    [made] = world.state(video).annotations
    assert (made.verdict, made.reason, made.action_units) == ("rejected", "yawn", ("AU12",))


def test_codes_that_the_scheme_dropped_stay_and_are_shown_as_such(
    page: Page, world: Reviewing, video: int, own_scheme: None
) -> None:
    world.mount(page, video)
    keys(page, "r", "y", "p")
    saved(page.locator(".glint"))
    ids = world.server.defaults
    own = schemes.study_scheme(world.server.database, ids.study_id)
    schemes.change_scheme(world.server.database, ids.study_id, DEFAULT_SCHEME, own, ids.annotator_id)
    world.mount(page, video)
    keys(page, "p", "p", "p", "p")
    expect(page.locator(".fields")).to_contain_text("Rejected: yawn (not in the scheme)")
    schemes.change_scheme(world.server.database, ids.study_id, own, DEFAULT_SCHEME, ids.annotator_id)


def test_a_key_of_ones_own_is_chosen_by_pressing_it_and_works_at_once_and_after_a_reload(
    page: Page, world: Reviewing, video: int
) -> None:
    database, annotator = world.server.database, world.server.defaults.annotator_id
    surface = world.mount(page, video)
    keys(page, "Shift+K", "Enter", "r")
    expect(page.get_by_test_id("keys-say")).to_contain_text("Enter takes it from there")
    keys(page, "Enter")
    expect(page.get_by_test_id("keys-say")).to_contain_text("r is now")
    assert preferences.own_keys(database, annotator) == {"accept": ["r"], "reject": ["a"]}
    keys(page, "Escape", "r")
    saved(surface)
    assert list(world.verdicts(video).values()) == ["accepted"]
    surface = world.mount(page, video)
    expect(page.locator("[data-action=accept]")).to_have_attribute("title", "Accept (r)")
    keys(page, "r")
    saved(surface)
    assert list(world.verdicts(video).values()) == ["accepted"] * 2
    keys(page, "Shift+K")
    page.get_by_test_id("keys-reset").click()
    expect(page.locator("[data-action=accept]")).to_have_attribute("title", "Accept (a)")
    assert preferences.own_keys(database, annotator) == {}


def test_what_buttons_and_lists_do_has_keys(page: Page, world: Reviewing, video: int) -> None:
    surface = world.open(page, video)
    keys(page, "Shift+O", "Shift+U", "Shift+F", "0", "0")
    expect(page.get_by_test_id("sort")).to_have_value("score")
    expect(page.get_by_test_id("undecided-only")).to_be_checked()
    expect(page.get_by_test_id("advance")).not_to_be_checked()
    expect(page.locator(".toast")).to_have_text("Brightness 120 % of the recording.")
    second = page.locator(".legend .chip").nth(1)
    expect(second).to_have_attribute("data-hidden", "false")
    keys(page, "Shift+U", "Shift+F", "Shift+L", "ArrowRight", " ")
    expect(second).to_have_attribute("data-hidden", "true")
    keys(page, " ", "Escape", "a")
    saved(surface)
    assert list(world.verdicts(video).values()) == ["accepted"]


def test_curves_that_are_not_drawn_wait_behind_one_chip(page: Page, world: Reviewing, video: int) -> None:
    world.open(page, video)
    chips, fold = page.locator(".legend .chip[data-channel]"), page.locator(".legend .fold")
    expect(chips.first).to_be_visible()
    drawn = chips.count()
    chips.first.click()
    expect(chips).to_have_count(drawn)  # it stays for a second press
    expect(chips.first).to_have_attribute("data-hidden", "true")
    page.reload()
    expect(fold).to_have_text(f"1 of {drawn} curves hidden")
    expect(chips).to_have_count(drawn - 1)
    fold.click()
    expect(chips).to_have_count(drawn)
    chips.first.click()
    expect(chips.first).to_have_attribute("data-hidden", "false")


def test_enter_on_a_link_of_the_page_follows_the_link(page: Page, world: Reviewing, video: int) -> None:
    world.open(page, video)
    page.get_by_role("link", name="Videos").focus()
    keys(page, "Enter")
    expect(page.get_by_role("heading", name="Videos")).to_be_visible()


def test_a_screen_reader_hears_the_selection_and_the_frame_at_rest(page: Page, world: Reviewing, video: int) -> None:
    world.mount(page, video)
    keys(page, "n")
    expect(page.get_by_test_id("said")).to_have_text("2 of 4: macro at 00:02.000, 1.33 seconds, score 0.80, undecided")
    keys(page, "ArrowRight")
    expect(page.get_by_test_id("said-frame")).to_have_text("Frame 61, 00:02.033, exact")
    queue = page.get_by_test_id("queue")
    chosen = page.locator(".queue [aria-selected=true]")
    assert queue.get_attribute("aria-activedescendant") == chosen.get_attribute("id")


def test_a_dialogue_keeps_the_focus_and_gives_it_back(page: Page, world: Reviewing, video: int) -> None:
    world.mount(page, video)
    page.get_by_test_id("queue").focus()
    keys(page, "Shift+K")
    inside = "() => document.querySelector('#host').shadowRoot.activeElement.closest('[role=dialog]') !== null"
    for _ in range(4):
        assert page.evaluate(inside)
        keys(page, "Tab")
    keys(page, "Escape")
    assert page.evaluate("() => document.querySelector('#host').shadowRoot.activeElement.dataset.testid") == "queue"


# Everything that can be worked has a name for a screen reader, and buttons say their keys.
NAMELESS = """(root) => [...root.querySelectorAll("button, select, input, canvas, [role]")].filter((one) =>
  !(one.getAttribute("aria-label") || one.title || one.textContent.trim() || one.closest("label")?.textContent.trim()
    || one.getAttribute("role") === "status" || !one.checkVisibility())).map((one) => one.outerHTML.slice(0, 120))"""


def test_every_control_has_a_name(page: Page, world: Reviewing, video: int) -> None:
    surface = world.open(page, video)
    keys(page, "a", "p")
    assert surface.evaluate(NAMELESS) == []
    expect(page.locator("[data-action=undo]")).to_have_attribute("aria-keyshortcuts", "z Control+z Meta+z")
    assert surface.evaluate("(root) => root.querySelectorAll('[data-action]:not([aria-keyshortcuts])').length") == 0
