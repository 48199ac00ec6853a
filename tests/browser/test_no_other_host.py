"""Nothing is loaded from outside of the server, and nothing is reported to anybody: every request is watched."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import expect
from streamlit import config

from webapp.asgi import configure_streamlit

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
# Beside the review page: pictures, tables, charts and forms, which is what pages are made of.
VISITED = ("videos", "report", "models", "privacy")


def test_no_page_asks_another_host_for_anything(world, context, video):
    """Other hosts get no answer here, so a page that needs one would not come."""
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    own = urlsplit(world.server.url).netloc
    page.route(lambda url: urlsplit(url).netloc not in (own, ""), lambda route: route.abort())
    world.open(page, video)
    for name in VISITED:
        page.goto(f"{world.server.url}/{name}")
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        page.wait_for_load_state("networkidle")
    page.close()
    elsewhere = {url for url in asked if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != own}
    assert elsewhere == set()
    assert any("/packs/" in url for url in asked)  # the footage was asked for too


def test_streamlit_reports_no_usage(world, monkeypatch):
    told = {}
    monkeypatch.setattr(config, "set_option", told.__setitem__)
    configure_streamlit(world.server.settings)
    assert told["browser.gatherUsageStats"] is False
