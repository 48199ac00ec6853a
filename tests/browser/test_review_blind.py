"""Coding blind in a real page: nothing of the model comes, until the video is judged; then what both found is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Page, expect

from tests.browser.review_world import Reviewing, keys
from webapp.services import blindness

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def share(world: Reviewing) -> Iterator[None]:
    """Every video that is opened from now on is a blind one."""
    made = world.server.defaults
    blindness.set_blind_share(world.server.database, made.study_id, 1.0, made.annotator_id)
    yield
    blindness.set_blind_share(world.server.database, made.study_id, 0.0, made.annotator_id)


def test_proposals_come_when_the_whole_video_is_marked_reviewed(
    page: Page, world: Reviewing, video: int, share: None
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    surface = world.mount(page, video)
    expect(page.get_by_test_id("blind")).to_have_text("Blind: no proposals until you mark this video reviewed (v).")
    expect(page.get_by_test_id("queue")).to_contain_text("Nothing coded yet")
    assert not [url for url in asked if "/assets/" not in url and any(part in url for part in ("/curves", "/signals"))]
    keys(page, "Shift+G")
    expect(page.locator(".toast")).to_contain_text("You code this video blind")
    keys(page, "j", "3", "1", "Enter", "i")
    expect(surface).to_have_attribute("data-status", "added")
    keys(page, "v")
    page.get_by_test_id("yes").click()
    expect(surface).to_have_attribute("data-blind", "false")
    expect(page.get_by_test_id("blind")).to_be_hidden()
    expect(page.locator(".toast")).to_contain_text("The model proposes 4; 1 of them you have found.")
    assert [p.onset for p in world.state(video).proposals] == [30, 60, 130, 170]
