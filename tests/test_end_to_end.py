"""The whole loop in a browser, on real footage: load, spot, review, freeze, retrain, promote, spot again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Locator, Page, expect, sync_playwright

from spotcore.intervals import iou
from spotcore.probabilities import load_curves
from tests.browser.review_world import goto_frame, launch, ready
from tests.servers import LiveServer, wait_for
from webapp.mapping import proposal_interval
from webapp.services import label_sets, library, registry, reviewing, spotting, training
from webapp.services.defaults import ensure_shipped_model

CLIPS = {"liveportrait_d18.mp4": "ann", "liveportrait_d0.mp4": "ben", "pyfeat_single_face.mp4": "cem"}
MAIN = "liveportrait_d18.mp4"

pytestmark = [pytest.mark.browser, pytest.mark.shared, pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path_factory.mktemp("loop") / "data").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def page(server: LiveServer) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(30_000)
        yield page
        browser.close()


def videos(server: LiveServer) -> dict[str, library.VideoRow]:
    rows = library.list_videos(server.database, server.defaults.study_id, per_page=50).rows
    return {row.title: row for row in rows}


def review_state(server: LiveServer, title: str) -> reviewing.ReviewState:
    return reviewing.review_state(server.database, videos(server)[title].id, server.defaults.annotator_id)


def saved(surface: Locator) -> None:
    expect(surface).to_have_attribute("data-unconfirmed", "0")


def mark_reviewed(page: Page, surface: Locator) -> None:
    page.keyboard.press("v")
    question = page.get_by_test_id("yes")
    if question.is_visible():
        question.click()
    saved(surface)


def upload(page: Page, server: LiveServer, media: Path) -> None:
    page.goto(server.url)
    page.get_by_text("Choose videos").wait_for()
    page.locator("input[type=file][multiple]").set_input_files([str(media / name) for name in CLIPS])
    for name, subject in CLIPS.items():
        page.locator("li", has_text=name).get_by_label("Subject of").fill(subject)
    page.get_by_role("button", name="Upload 3 files").click()
    for name in CLIPS:
        expect(page.locator("li", has_text=name)).to_have_attribute("data-state", "done")


def spotted(server: LiveServer) -> bool:
    rows = videos(server)
    assert not [row.message for row in rows.values() if "failed" in (row.state, row.run_state)]
    return len(rows) == len(CLIPS) and all(row.run_state == "done" for row in rows.values())


def review_the_main_clip(page: Page, server: LiveServer) -> dict[str, tuple[str, int, int]]:
    """Accept one, drag an onset, reject one with a reason, accept the rest, add one; returns what was decided."""
    video = videos(server)[MAIN]
    assert video.proposals >= 3, "the clip has five clear expressions; the detector must offer some of them"
    page.goto(f"{server.url}/review?video={video.id}")
    surface = ready(page)
    page.keyboard.press("a")
    drag_the_onset(page, surface, frames=-2)
    page.keyboard.press("n")
    page.keyboard.press("r")
    page.keyboard.press("b")
    for _ in range(video.proposals - 3):
        page.keyboard.press("a")
    add_one(page)
    mark_reviewed(page, surface)
    found = review_state(server, MAIN).annotations
    return {a.id: (a.verdict, a.onset, a.offset) for a in found}


def drag_the_onset(page: Page, surface: Locator, frames: int) -> None:
    box = page.get_by_test_id("timeline").bounding_box()
    lanes = "root => ({...root.querySelector('[data-testid=timeline]').dataset})"
    expect(surface).to_have_attribute("data-loading", "false", timeout=15_000)
    place = surface.evaluate(lanes)
    x, width = float(place["onset"]), float(place["perFrame"])
    page.mouse.move(box["x"] + x, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + x + frames * width, box["y"] + 60, steps=4)
    page.mouse.up()


def add_one(page: Page) -> None:
    """A micro-expression nobody proposed, at a quiet place near the end of the clip."""
    goto_frame(page, 205)
    for key in ("i", ".", ".", "p"):
        page.keyboard.press(key)


def review_in_short(page: Page, server: LiveServer, title: str) -> None:
    video = videos(server)[title]
    page.goto(f"{server.url}/review?video={video.id}")
    surface = ready(page)
    for _ in range(video.proposals):
        page.keyboard.press("a")
    mark_reviewed(page, surface)


def test_a_newcomer_goes_once_round_the_loop(page: Page, server: LiveServer, shared_media: Path) -> None:
    upload(page, server, shared_media)
    wait_for("three videos to be imported and spotted", lambda: spotted(server), 120)

    decided = review_the_main_clip(page, server)
    page.reload()
    ready(page)
    found = {a.id: (a.verdict, a.onset, a.offset) for a in review_state(server, MAIN).annotations}
    assert found == decided
    verdicts = [verdict for verdict, _, _ in decided.values()]
    assert {"accepted", "adjusted", "rejected", "added"} <= set(verdicts)
    [rejected] = [a for a in review_state(server, MAIN).annotations if a.verdict == "rejected"]
    assert rejected.reason == "blink"
    for title in CLIPS:
        if title != MAIN:
            review_in_short(page, server, title)

    freeze(page, server)
    version = retrain(page, server)
    assert version.architecture == "ensemble"  # learning goes on from the champion, the model that comes with Glint
    assert version.parent_id == ensure_shipped_model(server.database)
    promote_and_spot_again(page, server)

    runs = {t: spotting.list_runs(server.database, row.id) for t, row in videos(server).items()}
    newest = {title: max(found, key=lambda run: run.id) for title, found in runs.items()}
    assert {run.model_version_id for run in newest.values()} == {version.id}
    curves = load_curves(server.data / newest[MAIN].curves_path)
    assert np.ptp(curves.channels["macro_apex"]) > 0.05
    [chosen] = label_sets.list_label_sets(server.database, server.defaults.study_id)
    roles = {s.code: s.role for s in label_sets.get_label_set(server.database, chosen.id).subjects}
    assert roles[CLIPS[MAIN]] == "train"
    state = review_state(server, MAIN)
    assert state.proposals, "the new champion must propose something on a clip it was trained on"
    check_what_was_decided_is_shown_as_decided(state)


def freeze(page: Page, server: LiveServer) -> None:
    page.goto(f"{server.url}/label_sets")
    page.get_by_label("Name of the set").fill("Round 1")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Freeze", exact=True).click()
    page.get_by_role("button", name="Train on it").wait_for()


def retrain(page: Page, server: LiveServer) -> registry.ModelVersion:
    page.get_by_role("button", name="Train on it").click()
    page.get_by_role("button", name="Start training").click()

    def finished() -> bool:
        jobs = training.list_jobs(server.database)
        assert not [job.message for job in jobs if job.state in ("failed", "cancelled")]
        return bool(jobs) and jobs[0].state == "done"

    wait_for("the training job", finished, 240)
    page.get_by_role("button", name="See the model").click()
    page.get_by_role("button", name="Promote", exact=True).wait_for()
    return max(registry.list_versions(server.database), key=lambda version: version.id)


def promote_and_spot_again(page: Page, server: LiveServer) -> None:
    page.get_by_role("button", name="Promote", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Promote", exact=True).click()
    page.get_by_role("dialog").wait_for(state="hidden")
    page.get_by_role("button", name="Spot again with the champion").click()
    page.get_by_role("dialog").get_by_role("button", name="Spot 3 videos").click()
    count = lambda: [len(spotting.list_runs(server.database, row.id)) for row in videos(server).values()]  # noqa: E731
    wait_for("new runs", lambda: count() == [2, 2, 2], 30)
    wait_for("the new runs to finish", lambda: spotted(server), 120)


def check_what_was_decided_is_shown_as_decided(state: reviewing.ReviewState) -> None:
    """Exactly the proposals that match a decided interval of the same type carry the link to it."""
    decided = [a for a in state.annotations if a.verdict != "unsure"]
    for proposal in state.proposals:
        mine = proposal_interval(proposal)
        same = [a.id for a in decided if a.type == mine.type and iou(proposal_interval(a), mine) >= 0.5]
        assert (proposal.decided_by in same) if same else (proposal.decided_by is None)
