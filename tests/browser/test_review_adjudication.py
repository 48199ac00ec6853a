"""Deciding between two coders in a real page: take either, the mean, redraw, neither, each with a reason; and undo."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Page, expect

from tests.browser.review_world import MOUNT, Reviewing, keys, ready
from tests.webapp.services.library_material import Desk
from webapp.services import adjudication

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_every_choice_has_its_key_and_its_reason_and_can_be_undone(page: Page, world: Reviewing, video: int) -> None:
    made = world.server.defaults
    lead = Desk(world.server.database, made, made.annotator_id)
    anna, berta = lead.colleague("Anna"), lead.colleague("Berta")
    for coder, shift in ((anna, 0), (berta, 4)):
        coder.add(video, type="micro", onset=10, apex=15, offset=20)
        for onset in (30, 60, 90):
            coder.add(video, type="micro", onset=onset + shift, apex=onset + 5, offset=onset + 10)
        coder.reviewed(video)
    anna.add(video, type="macro", onset=130, apex=140, offset=170)
    berta.add(video, type="macro", onset=200, apex=210, offset=240)
    pair = (video, anna.annotator_id, berta.annotator_id)
    adjudication.begin(world.server.database, *pair, made.annotator_id)

    page.goto(f"{world.server.url}/api/assets/review/review.css")
    page.evaluate(MOUNT, {
        "token": world.server.token(), "annotator": made.annotator_id, "video": video, "run": None, "set": None,
        "thresholds": {}, "style": "/api/assets/review/review.css", "adjudicate": list(pair[1:]),
    })  # fmt: skip
    surface = ready(page)
    expect(page.get_by_test_id("count")).to_have_text("5 undecided of 6")
    expect(page.get_by_test_id("sides")).to_contain_text("Anna")
    keys(page, "?")
    expect(page.get_by_test_id("dialog-help")).to_contain_text("What Berta says, also where that is nothing")
    keys(page, "?", "2", "b")  # what Berta says: better boundaries
    keys(page, "3", "d")  # the mean: discussed
    keys(page, "4", "]", "]", "Enter", "o")  # redrawn from Anna, two frames later, for a reason of its own
    page.get_by_test_id("line").fill("seen at half speed")
    page.get_by_test_id("line").press("Enter")
    keys(page, "0", "n")  # nothing there: no expression
    keys(page, "2", "m")  # only Berta saw it: missed by the other
    expect(page.get_by_test_id("covers")).to_have_text("✓ Consensus complete")
    expect(surface).to_have_attribute("data-unconfirmed", "0")

    found = adjudication.view(world.server.database, *pair)
    held = [(i.ruling.choice, i.ruling.reason, i.consensus and (i.consensus.onset, i.consensus.offset))
            for i in found.items]  # fmt: skip
    assert held == [
        ("agreed", "agreed", (10, 20)), ("b", "boundaries", (34, 40)), ("mean", "discussed", (62, 70)),
        ("redraw", "other", (92, 100)), ("neither", "no expression", None), ("b", "missed", (200, 240)),
    ]  # fmt: skip
    assert found.items[3].ruling.note == "seen at half speed"
    assert found.reviewed == ((0, 299),)

    keys(page, "a")  # a key of coding does nothing here
    expect(page.locator(".toast")).to_contain_text("you decide between two codings")
    keys(page, "z")
    expect(page.get_by_test_id("covers")).to_have_text("1 open")
    changed = found.items[5].second
    berta.do("edit", video, interval_id=changed.id, base_version=changed.version, after={"offset": 244})
    keys(page, "2", "m")
    expect(page.locator(".toast")).to_contain_text("Not saved: One of the two changed theirs meanwhile")
    expect(page.get_by_test_id("sides")).to_contain_text("244")
    assert world.state(video).annotations == ()  # the lead's own coding is untouched
