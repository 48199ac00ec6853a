"""The frame store of the player, run in Chromium straight from its file over packs made here."""

from __future__ import annotations

import base64
import io
import json
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("playwright")
from playwright.sync_api import Page, Route, sync_playwright

from tests.browser.review_world import launch

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ASSETS = Path(__file__).parents[2] / "webapp" / "components" / "assets" / "review"
ORIGIN = "http://modules.test"

# load(index) answers from `packs`; `asked` and `aborted` keep what became of the requests.
SETUP = """
const { FrameStore } = await import("/frames.js");
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
const until = async (test) => {
  const end = performance.now() + 10000;
  while (!test() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  return test();
};
const asked = [], aborted = [], problems = [];
const make = (packs, frameCount) => {
  const store = new FrameStore((index, width, ahead, signal) => new Promise((resolve, reject) => {
    asked.push([index, ahead]);
    if (packs[index]) return resolve(bytes(packs[index]));
    signal.addEventListener("abort", () => { aborted.push(index); reject(new DOMException("", "AbortError")); });
  }), { frameCount, packFrames: 4, present: null });
  store.onerror = (error) => problems.push(error.message);
  return store;
};
"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    def serve(route: Route) -> None:
        path = ASSETS / route.request.url.removeprefix(ORIGIN + "/")
        if path.suffix == ".js":
            route.fulfill(path=path, content_type="text/javascript")
        else:
            route.fulfill(body="<title>modules</title>", content_type="text/html")

    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        page.route(f"{ORIGIN}/**", serve)
        page.goto(f"{ORIGIN}/page")
        yield page
        browser.close()


def run(page: Page, packs: dict[int, str], body: str):
    return page.evaluate(f"async (packs) => {{ {SETUP} {body} }}", {str(index): pack for index, pack in packs.items()})


def pack(first: int, pictures: list[bytes]) -> str:
    """A pack in the format of `spotcore.packs`, as base64."""
    frames, offset = [], 0
    for place, picture in enumerate(pictures):
        frames.append({"number": first + place, "present": bool(picture), "offset": offset, "length": len(picture)})
        offset += len(picture)
    header = json.dumps({"first": first, "count": len(pictures), "width": 8, "height": 8, "frames": frames}).encode()
    return base64.b64encode(b"GPK1" + struct.pack("<I", len(header)) + header + b"".join(pictures)).decode()


def jpeg(width: int = 8) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((8, width, 3), 90, np.uint8)).save(out, "JPEG")
    return out.getvalue()


def test_requests_that_no_longer_matter_are_aborted(page: Page) -> None:
    seen = run(page, {}, """
      const store = make(packs, 400);
      store.want(0); store.want(200); store.want(320);
      return [asked.map(([index]) => index), aborted];
    """)  # fmt: skip
    assert seen == [[0, 50, 80], [0, 50]]


def test_the_next_pack_is_fetched_ahead_once_the_playhead_passes_half(page: Page) -> None:
    packs = {index: pack(4 * index, [jpeg()] * 4) for index in range(3)}
    seen = run(page, packs, """
      const store = make(packs, 12);
      store.want(1); await until(() => store.get(1));
      const before = [...asked];
      store.want(2); await until(() => asked.length === 2);
      return [before, asked];
    """)  # fmt: skip
    assert seen == [[[0, False]], [[0, False], [1, True]]]


def test_one_broken_picture_is_reported_once_and_its_neighbours_are_drawn(page: Page) -> None:
    packs = {0: pack(0, [jpeg(), b"no picture", jpeg(), b""])}
    seen = run(page, packs, """
      const store = make(packs, 4);
      store.want(1); await until(() => store.get(0) && store.get(2));
      store.want(1); await until(() => problems.length);
      return [store.get(1), Boolean(store.get(0)), Boolean(store.get(2)), problems];
    """)  # fmt: skip
    assert seen == [None, True, True, ["the picture of frame 1 cannot be decoded"]]


def test_a_pack_of_other_frames_than_asked_is_never_used(page: Page) -> None:
    seen = run(page, {0: pack(4, [jpeg()] * 4)}, """
      const store = make(packs, 4);
      store.want(0); await until(() => problems.length);
      store.close();
      return [store.packs.size, problems[0]];
    """)  # fmt: skip
    assert seen == [0, "asked for the pack of frame 0, got the one of frame 4"]


def test_bitmaps_are_bounded_and_closed_when_they_go(page: Page) -> None:
    # 8 x 65500 pixels are 2.1 MB a bitmap: 200 of them exceed the 300 MB that may be held.
    picture = jpeg(65_500)
    packs = {index: pack(4 * index, [picture] * 4) for index in range(50)}
    seen = run(page, packs, """
      const store = make(packs, 200);
      const first = (store.want(0), await until(() => store.get(0)), store.get(0));
      for (let frame = 0; frame < 200; frame++) { store.want(frame); await until(() => store.get(frame)); }
      let held = 0;
      for (const bitmap of store.bitmaps.values()) held += bitmap.width * bitmap.height * 4;
      const result = [held <= 300e6, first.width, Boolean(store.get(199))];
      store.close();
      return result;
    """)  # fmt: skip
    assert seen == [True, 0, True]
