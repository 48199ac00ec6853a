"""Views beside the picture: the face held still, magnified, onset to offset, neighbours."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("playwright")
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from spotcore.decoding import propose
from spotcore.feature_files import save_traces
from spotcore.probabilities import save_curves
from tests.browser.review_world import MOUNT, Reviewing, bump_curves, goto_frame, ready, shown
from tests.spotcore.standing_faces import standing_traces
from webapp.services import library, neutral_frames, spotting
from webapp.values.library import VideoDetails

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ASSETS = Path(__file__).parents[2] / "webapp" / "components" / "assets" / "review"
ORIGIN = "http://modules.test"
FACELESS = range(110, 120)

Run = Callable[[str], Any]


@pytest.fixture(scope="module")
def run(context: BrowserContext) -> Iterator[Run]:
    """Evaluate a body with the pure modules of the views in scope."""

    def serve(route: Route) -> None:
        path = ASSETS / route.request.url.removeprefix(ORIGIN + "/")
        if path.suffix == ".js":
            route.fulfill(path=path, content_type="text/javascript")
        else:
            route.fulfill(body="<title>modules</title>", content_type="text/html")

    page = context.new_page()
    page.route(f"{ORIGIN}/**", serve)
    page.goto(f"{ORIGIN}/page")
    imports = "".join(f'const {n} = await import("/{n}.js");' for n in ("faces", "arrangement", "heat", "triptych"))
    yield lambda body: page.evaluate(f"async () => {{ {imports} {body} }}")
    page.close()


def test_a_bitmap_is_drawn_with_the_eyes_level_and_where_they_belong(run: Run) -> None:
    """Eyes at (100, 60) and (140, 90) of the video; the bitmap has half its size."""
    scaling = 1 / complex(40, 30)
    shift = -scaling * complex(120, 75)
    similarity = [scaling.real, scaling.imag, shift.real, shift.imag]
    seen = run(f"""
      const [a, b, c, d, e, f] = faces.faceTransform({json.dumps(similarity)}, 0.5, faces.FACE, 280);
      return [[100, 60], [140, 90]].map(([x, y]) => [(x + 0.5) / 2, (y + 0.5) / 2])
        .map(([x, y]) => [a * x + c * y + e, b * x + d * y + f]);
    """)
    np.testing.assert_allclose(seen, [[90, 105], [190, 105]], atol=1e-6)


@pytest.mark.parametrize(
    ("width", "aspect", "squares", "rows"),
    [(920, 1.0, 1, []), (920, 16 / 9, 1, []), (920, 16 / 9, 3, [3, 5]), (1500, 1.0, 2, [3]), (1500, 1.0, 1, [3, 5]),
     (920, 0.6, 4, [5]),
     (920, 16 / 9, 0, [5])],
)  # fmt: skip
def test_views_share_the_stage_and_the_picture_stays_usable(
    run: Run, width: int, aspect: float, squares: int, rows: list
) -> None:
    height = 480
    sizes = run(f"""return arrangement.arrange({width}, {height}, {aspect},
                      {{ squares: {squares}, rows: {json.dumps(rows)} }});""")
    down = -(-squares // sizes["columns"]) if squares else 0
    large = down * sizes["square"] + 4 * max(0, down - 1)
    small = sum(sizes["rows"]) + 4 * max(0, len(rows) - 1)
    assert (max(large, small) if sizes["beside"] else large + small + 4 * bool(squares and rows)) <= height
    assert width - sizes["width"] >= min(height * aspect, 0.42 * width) - 1
    assert all(side >= 60 for side in [*sizes["rows"], *([sizes["square"]] if squares else [])])


def test_without_views_the_picture_has_the_whole_stage(run: Run) -> None:
    assert run("return arrangement.arrange(900, 480, 1.5, { squares: 0, rows: [] }).width;") == 0


def test_the_colours_of_a_map_grow_lighter_and_its_scale_ends_at_a_round_number(run: Run) -> None:
    seen = run("""return [[0, 0.25, 0.5, 0.75, 1].map(heat.colourAt),
                           [[0.2, 0.4], [2.5], [7, 7, 7], [400]].map((v) => heat.topOf(Float32Array.from(v)))];""")
    lightness = [0.3 * r + 0.59 * g + 0.11 * b for r, g, b in seen[0]]
    assert lightness == sorted(lightness)
    assert seen[1] == [1, 3, 8, 50]


def test_what_hardly_moved_is_transparent_on_a_map(run: Run) -> None:
    alphas = run("""
      const picture = heat.heatPicture({ side: 2, values: Float32Array.of(0, 0.3, 5, 10) }, 10);
      return [...picture.getContext("2d").getImageData(0, 0, 2, 2).data].filter((_, at) => at % 4 === 3);
    """)
    assert alphas[:2] == [0, 0]
    assert alphas[2] > 100
    assert alphas[3] < 255


def test_an_unknown_apex_is_shown_in_the_middle(run: Run) -> None:
    assert run("return triptych.shownFrames({ onset: 10, apex: null, offset: 20 }).apex;") == 15


def test_the_lens_stays_on_the_face(run: Run) -> None:
    seen = run("""
      const lens = new faces.Lens();
      lens.zoom(3, 1, 1); const near = [lens.left, lens.top, lens.side];
      lens.move(99, -99); lens.zoom(0.01, 0, 0);
      return [near, [lens.left, lens.top, lens.side], faces.FACE];
    """)
    face = seen[2]
    assert seen[0][2] == pytest.approx(face["side"] / 3)
    assert seen[0][0] + seen[0][2] == pytest.approx(face["left"] + face["side"])
    assert seen[1] == [face["left"], face["top"], face["side"]]


@pytest.fixture
def video(world: Reviewing, footage: Path) -> VideoDetails:
    """Barcodes, a run with the usual proposals, and a face that drifts to the right; it is away in FACELESS."""
    return with_face(world, world.video(footage))


def with_face(world: Reviewing, video_id: int) -> VideoDetails:
    database, settings = world.server.database, world.server.settings
    job = spotting.start_run(database, video_id, world.server.defaults.baseline_version_id, 6.0, {})
    curves = bump_curves(300)
    save_curves(curves, settings.data_dir / f"runs/{job}/curves.npz")
    found = ~np.isin(np.arange(300), FACELESS)
    traces = standing_traces(150 + 90j + 0.2 * np.arange(300), scale=40, found=found)
    save_traces(traces, settings.data_dir / f"features/{job}.npz")
    spotting.finish_run(database, job, f"runs/{job}/curves.npz", f"features/{job}.npz", propose(curves, 6.0))
    return library.get_video(database, video_id)


@pytest.fixture
def surface(page: Page, world: Reviewing, video: VideoDetails) -> Locator:
    """The surface with nothing beside the picture."""
    page.goto(f"{world.server.url}/api/assets/review/review.css")
    page.evaluate("localStorage.clear()")
    return mount(page, world, video)


def mount(page: Page, world: Reviewing, video: VideoDetails) -> Locator:
    page.goto(f"{world.server.url}/api/assets/review/review.css")
    page.evaluate(MOUNT, {
        "token": world.server.token(), "annotator": world.server.defaults.annotator_id, "video": video.id, "run": None,
        "set": None, "thresholds": {}, "style": "/api/assets/review/review.css",
    })  # fmt: skip
    return ready(page)


def tile(page: Page, name: str) -> Locator:
    return page.locator(f'[data-tile="{name}"]')


def shows(page: Page, name: str, frame: int) -> None:
    expect(tile(page, name)).to_have_attribute("data-frame", str(frame))
    expect(tile(page, name)).to_have_attribute("data-waiting", "false")


STEPS = """async (root) => {
  const seen = [];
  for (let step = 0; step < 5; step++) {
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", code: "ArrowRight", bubbles: true }));
    window.dispatchEvent(new KeyboardEvent("keyup", { key: "ArrowRight", code: "ArrowRight", bubbles: true }));
    seen.push([root.dataset.frame, root.querySelector('[data-tile="face"]').dataset.frame]);
  }
  return seen;
}"""


def test_the_face_held_still_follows_the_picture_in_the_same_turn(page: Page, surface: Locator) -> None:
    page.keyboard.press("s")
    shows(page, "face", 30)
    for frame in range(31, 41):  # from here on everything is decoded
        page.keyboard.press("ArrowRight")
        shows(page, "face", frame)
    page.keyboard.press("q")
    shows(page, "face", 30)
    assert surface.evaluate(STEPS) == [[str(frame)] * 2 for frame in range(31, 36)]


def test_a_frame_without_a_face_says_so(page: Page, surface: Locator) -> None:
    page.keyboard.press("s")
    goto_frame(page, 112)
    shows(page, "face", 112)
    expect(tile(page, "face").locator("canvas")).to_have_attribute(
        "aria-description", "No face was measured in frame 112."
    )


def test_a_pinned_neutral_frame_stands_beside_and_is_remembered(
    page: Page, surface: Locator, world: Reviewing, video: VideoDetails
) -> None:
    goto_frame(page, 200)
    assert shown(surface, 200) == 200
    page.keyboard.press("Shift+S")
    shows(page, "neutral", 200)
    goto_frame(page, 31)
    mount(page, world, video)
    shows(page, "neutral", 200)
    expect(tile(page, "face")).to_be_visible()
    page.keyboard.press("b")  # now it blinks against the neutral frame
    expect(tile(page, "blink").locator("figcaption")).to_contain_text("neutral / apex")


def test_a_neutral_frame_stands_beside_in_another_video_of_the_subject(
    page: Page, surface: Locator, world: Reviewing, video: VideoDetails, footage: Path
) -> None:
    neutral_frames.pin(world.server.database, world.server.defaults.annotator_id, video.id, 200)
    other = with_face(world, world.video(footage))
    library.set_subject(world.server.database, other.id, video.subject)
    mount(page, world, other)
    page.keyboard.press("s")
    shows(page, "neutral", 200)
    expect(tile(page, "neutral").locator("figcaption")).to_have_text(f"neutral · {video.title} · 200")
    shows(page, "face", 30)
    page.keyboard.press("Shift+S")  # a frame of this video takes its place
    shows(page, "neutral", 30)


def test_the_interval_magnified_loops_and_says_that_it_is_magnified(page: Page, surface: Locator) -> None:
    page.keyboard.press("d")
    caption = tile(page, "magnified").locator("figcaption")
    expect(caption).to_contain_text("magnified 8×")
    expect(page.locator('[data-action="loop"]')).to_have_attribute("data-on", "true")
    page.keyboard.press(" ")
    page.keyboard.press("w")
    expect(caption).to_have_text(re.compile("^magnified 8×.* 35$"), timeout=60_000)
    page.keyboard.press("Shift+D")
    expect(caption).to_have_text(re.compile("^magnified 12×.* 35$"), timeout=60_000)
    goto_frame(page, 60)
    words = tile(page, "magnified").locator("canvas")
    expect(words).to_have_attribute("aria-description", re.compile("Frame 60 lies outside the magnified stretch"))


def test_onset_apex_and_offset_follow_a_correction_and_the_apex_shows_what_moved(page: Page, surface: Locator) -> None:
    page.keyboard.press("k")
    shows(page, "onset", 30)
    shows(page, "apex", 35)
    shows(page, "offset", 40)
    expect(tile(page, "apex").locator(".scale")).to_contain_text("% of eye distance")
    page.keyboard.press("[")
    shows(page, "onset", 29)
    page.keyboard.press("n")
    shows(page, "onset", 60)
    shows(page, "offset", 100)


def test_neighbours_stand_in_a_strip_and_end_where_the_video_ends(page: Page, surface: Locator) -> None:
    page.keyboard.press("h")
    for step, name in (
        (-2, "neighbour −2"),
        (-1, "neighbour −1"),
        (0, "here"),
        (1, "neighbour +1"),
        (2, "neighbour +2"),
    ):
        shows(page, name, 30 + step)
    goto_frame(page, 299)
    shows(page, "here", 299)
    description = tile(page, "neighbour +1").locator("canvas").get_attribute("aria-description")
    assert description == "after the last frame"


def test_onset_and_apex_take_turns(page: Page, surface: Locator) -> None:
    page.keyboard.press("b")
    for frame in (30, 35, 30):
        expect(tile(page, "blink")).to_have_attribute("data-frame", str(frame))


def test_views_that_were_on_are_on_again_and_another_press_ends_them(
    page: Page, surface: Locator, world: Reviewing, video: VideoDetails
) -> None:
    page.keyboard.press("s")
    page.keyboard.press("k")
    mount(page, world, video)
    shows(page, "face", 30)
    shows(page, "offset", 40)
    page.keyboard.press("s")
    page.keyboard.press("k")
    expect(page.get_by_test_id("look")).to_be_hidden()
