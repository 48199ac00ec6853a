"""A review that is interrupted in every way in turn: every decision made arrives exactly once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.review_world import Reviewing, keys, verbs

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
OUTAGES = (pytest.param(3, id="3 s"), pytest.param(30, id="30 s", marks=pytest.mark.soak))


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own: what is unsent lives in it from tab to tab."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


@pytest.mark.parametrize("seconds", OUTAGES)
def test_decisions_survive_a_cut_line_a_closed_tab_and_a_killed_server(
    context: BrowserContext, world: Reviewing, video: int, seconds: int
) -> None:
    page = context.new_page()
    surface = world.open(page, video)
    keys(page, "a")
    expect(surface).to_have_attribute("data-unconfirmed", "0")

    context.set_offline(True)
    keys(page, "u", "r", "h")
    page.wait_for_timeout(1000 * seconds)  # the outage itself is what is tried
    expect(surface).to_have_attribute("data-unconfirmed", "2")
    context.set_offline(False)
    expect(surface).to_have_attribute("data-unconfirmed", "0")

    context.set_offline(True)
    keys(page, "a")
    expect(surface).to_have_attribute("data-unconfirmed", "1")
    page.close()  # as a browser that is killed: the page is not asked
    assert verbs(world, video) == ["accept", "unsure", "reject"]
    context.set_offline(False)
    page = context.new_page()
    surface = world.open(page, video)
    expect(surface).to_have_attribute("data-unconfirmed", "0")
    expect(page.get_by_test_id("count")).to_have_text("0 undecided of 4")

    world.server.kill_web()
    keys(page, "i")
    expect(surface).to_have_attribute("data-unconfirmed", "1")
    world.server.restart_web()
    expect(surface).to_have_attribute("data-unconfirmed", "0", timeout=60_000)
    assert verbs(world, video) == ["accept", "unsure", "reject", "accept", "add"]
    stored = sorted(annotation.verdict for annotation in world.state(video).annotations)
    assert stored == ["accepted", "accepted", "added", "rejected", "unsure"]


def test_a_decision_made_offline_meets_one_made_meanwhile_in_the_dialogue(
    context: BrowserContext, browser: Browser, world: Reviewing, video: int
) -> None:
    second = browser.new_context()
    mine, theirs = context.new_page(), second.new_page()
    surfaces = [world.open(page, video) for page in (mine, theirs)]
    context.set_offline(True)
    keys(mine, "r", "s")
    keys(theirs, "a")
    expect(surfaces[1]).to_have_attribute("data-unconfirmed", "0")
    context.set_offline(False)
    dialogue = mine.get_by_test_id("dialog-conflict")
    expect(dialogue).to_contain_text("rejected (speech)")
    expect(dialogue).to_contain_text("accepted")
    assert verbs(world, video) == ["accept"]
    mine.get_by_test_id("apply-mine").click()
    expect(surfaces[0]).to_have_attribute("data-unconfirmed", "0")
    assert world.verdicts(video) == {30: "rejected"}
    second.close()
