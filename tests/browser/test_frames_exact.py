"""The frame drawn on the canvas is the frame asked for, for every kind of container and by random access."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Page, Route, expect, sync_playwright

from tests import barcode
from tests.browser.review_world import READ, Reviewing, goto_frame, launch, number_of, read_canvas, shown

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
FRAMES = 70
ASKED = 12


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser.new_page(viewport={"width": 1280, "height": 800})
        browser.close()


@pytest.fixture(scope="module")
def long_video(world: Reviewing, tmp_path_factory: pytest.TempPathFactory) -> int:
    """640 frames in 20 packs."""
    return world.video(barcode.write_video(tmp_path_factory.mktemp("long") / "long.mp4", range(640)))


@pytest.mark.parametrize("name", barcode.FIXTURES)
def test_the_frame_drawn_is_the_frame_asked_for(name: str, page: Page, world: Reviewing, tmp_path) -> None:
    made = barcode.make(name, tmp_path, FRAMES)
    surface = world.mount(page, world.video(made.path, made.rate))
    asked = [0, len(made.numbers) - 1, *np.random.default_rng(5).integers(0, len(made.numbers), ASKED).tolist()]
    asked += [frame for frame, number in enumerate(made.numbers) if number is None][:2]
    for frame in asked:
        goto_frame(page, frame)
        assert shown(surface, frame) == frame
        seen = read_canvas(page)
        assert seen["readout"] == str(frame)
        if made.numbers[frame] is None:
            assert seen["badge"] == "missing image"
        else:
            assert number_of(seen["means"]) == made.numbers[frame], f"frame {frame}"


def test_steps_and_jumps_over_pack_borders_are_exact(page: Page, world: Reviewing, long_video: int) -> None:
    surface = world.mount(page, long_video)
    for frame in (31, 32, 63, 64, 608, 607):
        goto_frame(page, frame)
        for key, expected in (("ArrowRight", frame + 1), ("ArrowLeft", frame), ("Shift+ArrowLeft", frame - 10)):
            page.keyboard.press(key)
            assert shown(surface, expected) == expected
            assert number_of(read_canvas(page)["means"]) == expected


SAMPLED = """async (canvas) => {
  const read = READ;
  const seen = [];
  const end = performance.now() + 1500;
  while (performance.now() < end) {
    await new Promise(requestAnimationFrame);
    seen.push(read(canvas));
  }
  return seen;
}""".replace("READ", READ)


def test_while_playing_the_readout_always_names_the_frame_on_the_canvas(
    page: Page, world: Reviewing, long_video: int
) -> None:
    world.mount(page, long_video)
    page.keyboard.press(" ")
    seen = page.locator("[data-testid=picture]").evaluate(SAMPLED)
    page.keyboard.press(" ")
    assert len({one["drawn"] for one in seen}) > 5
    assert all(number_of(one["means"]) == one["drawn"] == int(one["readout"]) for one in seen)


def test_on_a_slow_line_an_old_frame_keeps_its_own_number_and_the_last_wish_wins(
    page: Page, world: Reviewing, long_video: int
) -> None:
    surface = world.mount(page, long_video)
    goto_frame(page, 0)  # the place where somebody stopped is where the surface opens
    assert shown(surface, 0) == 0
    held: list[Route] = []
    slow = True

    def hold(route: Route) -> None:
        if slow:
            held.append(route)
        else:
            route.continue_()

    page.route("**/packs/*", hold)
    for frame in (100, 300, 500):
        goto_frame(page, frame)
    expect(surface).to_have_attribute("data-loading", "true")
    waiting = read_canvas(page)
    assert number_of(waiting["means"]) == waiting["drawn"] == 0
    slow = False
    for route in held:
        route.continue_()
    assert shown(surface, 500) == 500
    assert number_of(read_canvas(page)["means"]) == 500
    page.unroute_all()
