"""Every word on the surface, as the browser paints it, can be read: contrast measured in both themes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page

from tests.browser.review_world import Reviewing

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# Words whose contrast with what lies behind them is under 4.5 to 1; what is disabled is exempt. Backgrounds are laid
# over each other from the word outwards until one is opaque; over the picture they are taken to lie on black.
WEAK = """(root) => {
  const parse = (text) => {
    const parts = text.match(/[\\d.]+/g).map(Number);
    const scale = text.startsWith("color(") ? 1 : 255;
    return [...parts.slice(0, 3).map((part) => part / scale), parts[3] ?? 1];
  };
  const over = ([r, g, b, a], [x, y, z, w]) => {
    const alpha = a + w * (1 - a);
    const mix = (one, other) => (alpha ? (one * a + other * w * (1 - a)) / alpha : 0);
    return [mix(r, x), mix(g, y), mix(b, z), alpha];
  };
  const parent = (node) => node.parentElement ?? node.getRootNode().host ?? null;
  const ground = (node) => {
    let laid = [0, 0, 0, 0];
    for (let at = node; at && laid[3] < 0.999; at = parent(at)) laid = over(laid, parse(getComputedStyle(at).backgroundColor));
    return laid[3] < 0.999 ? over(laid, [1, 1, 1, 1]) : laid;
  };
  const light = (colour) => colour.slice(0, 3).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const found = [];
  for (const one of root.querySelectorAll("*")) {
    const words = [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join(" ").trim();
    if (!words || one.disabled || !one.checkVisibility({ opacityProperty: true }) || one.closest(".unseen, .toast, option")) continue;
    const back = ground(one);
    const ink = over(parse(getComputedStyle(one).color), back);
    const [a, b] = [light(ink), light(back)].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) found.push(`${words.slice(0, 30)}: ${contrast.toFixed(2)}`);
  }
  return [...new Set(found)];
}"""  # noqa: E501 - a program of another language


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=request.param)
    yield context.new_page()
    context.close()


def test_every_word_can_be_read_in_both_themes(page: Page, world: Reviewing, footage: Path) -> None:
    surface = world.open(page, world.spotted(footage))
    states = {
        "undecided": [], "decided": ["a", "r", "b", "u"], "warned": ["p", *["."] * 9], "asked why": ["r"],
        "help": ["Escape", "?"], "keys": ["Escape", "Shift+K"], "history": ["Escape", "Shift+I"],
    }  # fmt: skip
    weak = {}
    for name, pressed in states.items():
        for key in pressed:
            page.keyboard.press(key)
        if name == "history":
            page.get_by_test_id("dialog-history").wait_for()
        weak[name] = surface.evaluate(WEAK)
    assert {name: words for name, words in weak.items() if words} == {}
