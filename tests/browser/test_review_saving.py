"""Nothing that was decided is lost or overwritten: cut lines, lost answers, reloads, expired tokens, two tabs."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.review_world import Reviewing, keys, ready, verbs

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
# Routes are laid before the page opens: Chromium hands new request factories to a living page in the background, and a
# decision made in that moment would still take the old way.
OPERATIONS = "**/api/operations"


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    page.close()


def test_decisions_made_while_the_line_is_cut_arrive_once_each_and_in_order(
    page: Page, context: BrowserContext, world: Reviewing, video: int
) -> None:
    surface = world.open(page, video)
    context.set_offline(True)
    keys(page, "a", "r", "h", "u")
    expect(surface).to_have_attribute("data-unconfirmed", "3")
    expect(page.get_by_test_id("unsent")).to_have_text("3 unconfirmed")
    assert verbs(world, video) == []
    context.set_offline(False)
    expect(surface).to_have_attribute("data-unconfirmed", "0")
    assert verbs(world, video) == ["accept", "reject", "unsure"]


def test_unsent_decisions_survive_a_reload_and_are_then_sent(page: Page, world: Reviewing, video: int) -> None:
    page.route(OPERATIONS, lambda route: route.abort())
    surface = world.open(page, video)
    keys(page, "a", "u")
    expect(surface).to_have_attribute("data-unconfirmed", "2")
    page.reload()
    surface = ready(page)
    expect(surface).to_have_attribute("data-unconfirmed", "2")
    expect(page.locator(".queue .row").first).to_have_attribute("data-status", "accepted")
    page.unroute_all()
    expect(surface).to_have_attribute("data-unconfirmed", "0")
    assert verbs(world, video) == ["accept", "unsure"]


def test_leaving_with_unsent_decisions_is_warned_of(context: BrowserContext, world: Reviewing, video: int) -> None:
    page = context.new_page()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.route(OPERATIONS, lambda route: route.abort())
    surface = world.open(page, video)
    keys(page, "a")
    expect(surface).to_have_attribute("data-unconfirmed", "1")
    page.reload()
    assert asked == ["beforeunload"]
    page.unroute_all()
    expect(ready(page)).to_have_attribute("data-unconfirmed", "0")
    page.close()


def test_a_decision_whose_answer_was_lost_is_applied_once(page: Page, world: Reviewing, video: int) -> None:
    lost: list[int] = []

    def lose_the_first_answer(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().status)
            route.abort()

    page.route(OPERATIONS, lose_the_first_answer)
    surface = world.open(page, video)
    keys(page, "a", "u")
    expect(surface).to_have_attribute("data-unconfirmed", "0")
    assert lost == [200]
    assert verbs(world, video) == ["accept", "unsure"]


def test_an_expired_token_is_renewed_and_the_decision_sent_again(page: Page, world: Reviewing, video: int) -> None:
    expired = world.server.token(seconds=-5)
    statuses: list[int] = []
    page.on("response", lambda r: statuses.append(r.status) if r.url.endswith("/api/operations") else None)
    sent: list[str] = []

    def age_the_first_token(route: Route) -> None:
        headers = dict(route.request.headers)
        if not sent:
            headers["x-glint-token"] = expired
        sent.append(headers["x-glint-token"])
        route.continue_(headers=headers)

    page.route(OPERATIONS, age_the_first_token)
    surface = world.open(page, video)
    keys(page, "a")
    expect(surface).to_have_attribute("data-unconfirmed", "0")
    assert statuses == [401, 200]
    assert verbs(world, video) == ["accept"]


def test_a_refused_decision_stays_visible_until_it_is_taken_back(page: Page, world: Reviewing, video: int) -> None:
    def spoil(route: Route) -> None:
        body = json.loads(route.request.post_data)
        body["after"]["reason"] = "yawning"
        route.continue_(post_data=json.dumps(body))

    page.route(OPERATIONS, spoil)
    surface = world.open(page, video)
    keys(page, "r", "b")
    unsent = page.get_by_test_id("unsent")
    expect(unsent).to_have_text("1 not saved")
    page.unroute_all()
    unsent.click()
    expect(page.get_by_test_id("dialog-refused")).to_contain_text("a rejection needs one of the reasons")
    page.get_by_test_id("discard").click()
    expect(surface).to_have_attribute("data-unconfirmed", "0")
    expect(page.get_by_test_id("count")).to_have_text("4 undecided of 4")
    assert verbs(world, video) == []


@pytest.fixture
def rivals(context: BrowserContext, world: Reviewing, video: int) -> Iterator[tuple[Page, Page]]:
    """Two tabs on one video; the first has accepted the first proposal, of which the second knows nothing."""
    first, second = context.new_page(), context.new_page()
    surfaces = [world.open(page, video) for page in (first, second)]
    first.bring_to_front()
    keys(first, "a")
    expect(surfaces[0]).to_have_attribute("data-unconfirmed", "0")
    second.bring_to_front()
    keys(second, "r", "s")
    yield first, second
    first.close()
    second.close()


def test_two_tabs_on_one_interval_get_both_versions_and_mine_is_applied_on_request(
    rivals: tuple[Page, Page], world: Reviewing, video: int
) -> None:
    _, second = rivals
    dialogue = second.get_by_test_id("dialog-conflict")
    expect(dialogue).to_contain_text("rejected (speech)")
    expect(dialogue).to_contain_text("accepted")
    assert world.verdicts(video) == {30: "accepted"}
    second.get_by_test_id("apply-mine").click()
    expect(second.locator(".glint")).to_have_attribute("data-unconfirmed", "0")
    assert world.verdicts(video) == {30: "rejected"}


def test_keeping_the_saved_version_shows_it_and_sends_nothing(
    rivals: tuple[Page, Page], world: Reviewing, video: int
) -> None:
    _, second = rivals
    second.get_by_test_id("keep-theirs").click()
    expect(second.locator(".glint")).to_have_attribute("data-unconfirmed", "0")
    expect(second.locator(".queue .row").first).to_have_attribute("data-status", "accepted")
    assert verbs(world, video) == ["accept"]
