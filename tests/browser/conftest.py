"""What browser tests share: a browser per module, an installation, a reviewable clip; modules override what differs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers import live_server

if TYPE_CHECKING:  # where playwright is missing, modules skip with a reason
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.browser.review_world import Reviewing

__all__ = ["live_server"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    from tests.browser.review_world import launch

    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context(browser: Browser) -> BrowserContext:
    """One profile for a module: what is stored in it outlives a page."""
    return browser.new_context(viewport={"width": 1280, "height": 800})


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def world(live_server) -> Reviewing:
    from tests.browser.review_world import Reviewing

    return Reviewing(live_server)


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 frames with their numbers as barcodes."""
    from tests.barcode import write_video

    return write_video(tmp_path_factory.mktemp("footage") / "clip.mp4", range(300))


@pytest.fixture
def video(world: Reviewing, footage: Path) -> int:
    """A fresh video with the proposals of `BUMPS` at 6 expected false alarms: onsets 30, 60, 130, 170."""
    return world.spotted(footage)
