"""The flow of work in a real page: sweep, remaining time, session card, second run, going on where one stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page, expect

from spotcore.intervals import Interval
from tests.browser.review_world import Reviewing, keys
from tests.servers import wait_for
from webapp.services import places, spotting

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A machine of its own: no address, no memory."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


def saved(page: Page) -> None:
    expect(page.locator(".glint")).to_have_attribute("data-unconfirmed", "0")


def test_the_sweep_offers_what_was_never_proposed_and_nothing_here_is_a_label(
    page: Page, world: Reviewing, video: int
) -> None:
    world.mount(page, video)
    keys(page, "Shift+G")
    banner = page.get_by_test_id("sweep")
    expect(banner).to_contain_text("Suspicious 1 of 1: micro at 00:08")
    keys(page, "r")
    expect(banner).to_be_hidden()
    saved(page)
    [(first, last)] = world.state(video).reviewed
    assert first <= 240 <= 250 <= last
    keys(page, "Shift+G")
    expect(page.locator(".toast")).to_contain_text("Nothing suspicious is left")


def test_a_suspicious_stretch_is_added_with_one_key_and_corrected_like_any_other(
    page: Page, world: Reviewing, video: int
) -> None:
    surface = world.mount(page, video)
    keys(page, "Shift+G")
    expect(page.get_by_test_id("sweep")).to_be_visible()
    keys(page, "i")
    expect(page.get_by_test_id("sweep")).to_be_hidden()
    expect(surface).to_have_attribute("data-status", "added")
    keys(page, "[")
    keys(page, "g")
    saved(page)
    [added] = world.state(video).annotations
    assert (added.type, added.verdict) == ("micro", "added")
    assert 235 < added.onset < added.offset < 255


def test_turning_to_a_proposal_leaves_the_sweep_and_its_keys(page: Page, world: Reviewing, video: int) -> None:
    surface = world.mount(page, video)
    keys(page, "Shift+G")
    expect(page.get_by_test_id("sweep")).to_be_visible()
    page.locator(".queue .row").first.click()
    expect(page.get_by_test_id("sweep")).to_be_hidden()
    keys(page, "a")
    expect(page.locator(".queue .row").first).to_have_attribute("data-status", "accepted")
    expect(surface).to_have_attribute("data-status", "undecided")


def test_the_last_decision_brings_the_card_and_the_pace_tells_the_time_left(
    page: Page, world: Reviewing, video: int, footage: Path
) -> None:
    world.mount(page, video)
    keys(page, "a", "u", "r", "h", "a")
    card = page.get_by_test_id("session-card")
    expect(card).to_contain_text("Everything here is decided")
    expect(card.locator("[data-name=Unsynced]")).to_have_text("0, everything is saved")
    expect(card.locator("[data-name=Intervals]")).to_have_text(re.compile(r"^\d+ in \d+ videos?$"))
    expect(card.locator("[data-name=Median]")).to_have_text(re.compile(r"^\d+\.\d s per interval$"))
    expect(card.locator("[data-name=Keys]")).to_have_text(re.compile(r"^5, \d\.\d per interval$"))
    keys(page, "Escape")
    expect(card).to_be_hidden()
    keys(page, "Shift+E")
    expect(card).to_be_visible()
    world.mount(page, world.spotted(footage))
    expect(page.get_by_test_id("remaining")).to_have_text(re.compile(r"^≈ \d+ s left$"))


def test_the_queue_by_disagreement_begins_with_what_only_one_run_found(
    page: Page, world: Reviewing, video: int
) -> None:
    database = world.server.database
    second = spotting.start_run(database, video, world.server.defaults.baseline_version_id, 6.0, {})
    shared = [Interval(p.onset, p.offset, p.type, p.apex, p.score) for p in world.state(video).proposals][1:]
    only = Interval(270, 280, "micro", 275, 0.99)
    curves = spotting.list_runs(database, video)[-1].curves_path
    first = world.state(video).run.id
    spotting.finish_run(database, second, curves, None, [*shared, only])
    world.mount(page, video)  # the newest run is under review, the older one is the second
    page.get_by_test_id("sort").select_option("disagreement")
    rows = page.locator(".queue .row")
    expect(rows).to_have_count(5)
    expect(rows.nth(0)).to_contain_text("only this run")
    expect(rows.nth(1)).to_contain_text(f"only run {first}")
    expect(rows.nth(2)).to_contain_text("IoU 1.00")
    expect(page.get_by_test_id("other-run")).to_have_value(str(first))
    rows.nth(1).click()
    keys(page, "a")
    saved(page)
    assert len(world.state(video).annotations) == 1
    page.get_by_test_id("sort").select_option("time")
    expect(page.get_by_test_id("other-run")).to_be_hidden()
    expect(page.locator(".queue .row.accepted")).to_have_count(1)


def test_one_run_alone_disagrees_with_nobody_and_the_order_goes_back(page: Page, world: Reviewing, video: int) -> None:
    world.mount(page, video)
    page.get_by_test_id("sort").select_option("disagreement")
    expect(page.locator(".toast")).to_contain_text("Only one run of this video")
    expect(page.get_by_test_id("sort")).to_have_value("time")


def test_another_machine_opens_the_video_where_work_stopped(
    page: Page, browser: Browser, world: Reviewing, video: int
) -> None:
    surface = world.open(page, video)
    third = sorted(world.state(video).proposals, key=lambda one: one.onset)[2]
    keys(page, "n", "n")
    expect(surface).to_have_attribute("data-selected", third.interval_id)
    keys(page, "ArrowRight", "ArrowRight")
    left = (third.interval_id, third.onset + 2)
    # The place is where somebody asked to be: the picture of it may come later than the key.
    expect(surface).to_have_attribute("data-frame", str(left[1]))
    page.goto("about:blank")
    database, ids = world.server.database, world.server.defaults

    def stored() -> bool:
        place = places.place_in(database, ids.annotator_id, video)
        return place is not None and (place.interval_id, place.frame) == left

    wait_for("the place on the server", stored, 20)
    elsewhere = browser.new_context().new_page()
    elsewhere.goto(f"{world.server.url}/review")  # no video in the address
    there = elsewhere.locator('.glint[data-ready="true"]')
    expect(there).to_have_attribute("data-selected", left[0], timeout=60_000)
    expect(there).to_have_attribute("data-frame", str(left[1]))
    elsewhere.context.close()
