"""The timeline: lanes for what overlaps, intervals dragged as a whole, tiers of others, signals of other programs."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("playwright")
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from db.models import Annotator, Assignment
from spotcore.feature_files import save_traces
from spotcore.intervals import Interval
from spotcore.regions import FEATURE_KIND
from tests.browser.review_world import MOUNT, Reviewing, ready, shown
from tests.spotcore.trace_examples import make_traces
from webapp.services import reviewing, spotting
from webapp.services.reviewing import OperationRequest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ASSETS = Path(__file__).parents[2] / "webapp" / "components" / "assets" / "review"
ORIGIN = "http://modules.test"

Run = Callable[[str], Any]


@pytest.fixture(scope="module")
def run(context: BrowserContext) -> Iterator[Run]:
    """Evaluate a body with the pure modules of the timeline in scope."""

    def serve(route: Route) -> None:
        path = ASSETS / route.request.url.removeprefix(ORIGIN + "/")
        if path.suffix == ".js":
            route.fulfill(path=path, content_type="text/javascript")
        else:
            route.fulfill(body="<title>modules</title>", content_type="text/html")

    names = ("stacking", "timeline_events", "timeline_drawing", "marks", "overview_link", "why", "why_drawing", "queue",
             "imported_signals", "snapping")  # fmt: skip
    page = context.new_page()
    page.route(f"{ORIGIN}/**", serve)
    page.goto(f"{ORIGIN}/page")
    imports = "".join(f'const {n} = await import("/{n}.js");' for n in names)
    yield lambda body: page.evaluate(f"async () => {{ {imports} {SETUP} {body} }}")
    page.close()


SETUP = """
const bar = (onset, offset, type = "micro") =>
  ({ id: `b${onset}`, bounds: { onset, offset, type }, status: "undecided" });
"""


def test_what_overlaps_lies_in_lanes_of_its_own_with_macro_above_micro(run: Run) -> None:
    tier = run("""return stacking.stack("t", "t", [bar(0, 50, "macro"), bar(10, 20, "macro"), bar(21, 30, "macro"),
                                                   bar(5, 9), bar(9, 12), bar(13, 14)]);""")
    assert [(one["bounds"]["onset"], one["lane"]) for one in tier["bars"]] == [
        (0, 0), (5, 2), (9, 3), (10, 1), (13, 2), (21, 1),
    ]  # fmt: skip
    assert (tier["macroLanes"], tier["lanes"]) == (2, 4)


def test_the_bars_in_view_are_found_as_the_obvious_way_finds_them(run: Run) -> None:
    wrong = run("""
      const bars = Array.from({ length: 400 }, (_, i) => bar((i * 7919) % 3000, ((i * 7919) % 3000) + ((i * 31) % 90)));
      const tier = stacking.stack("t", "t", bars);
      let wrong = 0;
      for (let first = 0; first < 3000; first += 37) {
        const [from, to] = stacking.between(tier, first, first + 50);
        const seen = new Set(tier.bars.slice(from, to).map(({ bounds }) => bounds.onset));
        for (const { bounds } of bars) {
          if (bounds.onset <= first + 50 && bounds.offset >= first && !seen.has(bounds.onset)) wrong += 1;
        }
      }
      return wrong;
    """)
    assert wrong == 0


@pytest.mark.parametrize(
    ("by", "expected"),
    [(5, (15, 17, 25)), (-5, (5, 7, 15)), (-50, (0, 2, 10)), (500, (89, 91, 99)), (0, (10, 12, 20))],
)
def test_an_interval_moved_as_a_whole_keeps_its_length_and_stays_in_the_video(
    run: Run, by: int, expected: tuple
) -> None:
    seen = run(f"return timeline_events.shifted({{ onset: 10, apex: 12, offset: 20 }}, {by}, 100);")
    assert (seen["onset"], seen["apex"], seen["offset"]) == expected


def test_many_tiers_leave_room_for_the_curves(run: Run) -> None:
    place = run("""
      const tier = (key, lanes) => ({ key, lanes });
      const tiers = [tier("proposals", 9), tier("mine", 6), tier("coder-2", 5)];
      const { bottom, ruler, minimap, tiers: placed } = timeline_drawing.rows(272, { lanes: [1, 2, 3], tiers });
      return { bottom, ruler, minimap, tops: placed.map(({ top, height }) => [top, height]) };
    """)
    assert place["bottom"] - place["ruler"] > 0.25 * 272
    ends = [top + height for top, height in place["tops"]]
    assert all(end <= top for end, (top, _) in zip(ends, place["tops"][1:], strict=False))
    assert ends[-1] <= place["minimap"]


def test_odd_frames_are_told_in_words(run: Run) -> None:
    marks = {"missing": [[5, 7]], "crowded": [], "repeated": None, "gaps": [[40, 0.53]], "cut": False}
    said = run(
        f"const m = {json.dumps(marks)}; return [[6, 6], [39, 41], [20, 21]].map(([a, b]) => marks.markAt(m, a, b));"
    )
    assert "Frame 6 has no picture" in said[0]
    assert "Frame 40 comes 0.53 s after" in said[1]
    assert said[2] == ""


def test_frames_and_seconds_of_the_overview_are_each_others_inverse(run: Run) -> None:
    assert run("""
      const t = [0, 0.1, 0.2, 0.9, 1.0];
      return t.every((_, frame) => overview_link.frameAt(t, overview_link.timeAt(t, frame)) === frame)
        && overview_link.frameAt(t, 0.5) === 2 && Math.abs(overview_link.timeAt(t, 2.5) - 0.55) < 1e-9;
    """)


SNAP = """
  const x = Array.from({ length: 60 }, (_, i) => i);
  const beside = (i) => 0.02 * Math.abs(i - (i < 10 ? 10 : 40));
  const hill = x.map((i) => (i >= 10 && i <= 40 ? 5 * Math.sin(((i - 10) / 30) * Math.PI) : beside(i)));
  const part = { channels: new Map([["lips", { x, high: hill }], ["left_brow", { x, high: x.map(() => 0) }]]) };
  const course = snapping.courseOf(part, 0, 59);
"""


def test_edges_snap_to_the_feet_and_the_apex_to_the_peak_of_what_moves_most(run: Run) -> None:
    assert run(SNAP + "return snapping.snapped(course, { onset: 13, apex: 22, offset: 38 }, 4);") == {
        "onset": 10, "apex": 25, "offset": 40,
    }  # fmt: skip
    unset = run(SNAP + "return snapping.snapped(course, { onset: 12, apex: null, offset: 39 }, 4).apex;")
    assert unset == 25


def test_an_edge_far_from_any_extreme_stays_and_bins_are_nothing_to_snap_to(run: Run) -> None:
    assert run(SNAP + "return snapping.snapped(course, { onset: 16, apex: 19, offset: 33 }, 4);") == {
        "onset": 16, "apex": 19, "offset": 33,
    }  # fmt: skip
    assert run('return snapping.courseOf({ channels: new Map([["lips", { low: [0], high: [1] }]]) }, 0, 9);') is None
    assert run("return snapping.courseOf(null, 0, 9);") is None


def test_what_snaps_is_said_in_frames(run: Run) -> None:
    said = run("return snapping.changes({ onset: 13, apex: null, offset: 38 }, { onset: 10, apex: 25, offset: 38 });")
    assert said == "Snapped: onset 13 → 10, apex unknown → 25"


def test_the_badge_knows_the_frames_whose_picture_is_shown_again(run: Run) -> None:
    assert run("""
      const found = { repeated: [[7, 7], [20, 22]] };
      return [0, 7, 8, 20, 22, 23].map((frame) => marks.isRepeated(found, frame)).concat(marks.isRepeated(null, 7));
    """) == [False, True, False, True, True, False, False]


def test_a_covered_proposal_is_listed_once_unless_it_is_the_one_in_hand(run: Run) -> None:
    seen = run("""
      const covered = { id: "p", proposal: { decided_by: "d" }, annotation: null };
      const decision = { id: "d", proposal: null, annotation: { verdict: "accepted" } };
      const orphan = { id: "o", proposal: { decided_by: "gone" }, annotation: null };
      const ids = (items, keep) => queue.once(items, keep).map(({ id }) => id);
      return [ids([covered, decision, orphan]), ids([covered, decision], "p")];
    """)
    assert seen == [["d", "o"], ["p", "d"]]


def test_the_sentence_names_every_rival_and_what_moved(run: Run) -> None:
    said = run("""
      const moved = { region: "left_brow_inner", percent: 3.21, noise_floor: 0.4 };
      const rivals = [{ name: "head", words: "head yaw 6.1°" }];
      return [why.sentenceOf({ rivals, moved }), why.sentenceOf({ rivals: [], moved: null, lacks: ["chin"] })];
    """)
    assert said[0] == "head: head yaw 6.1° — moves most: left brow inner, 3.2 % (noise floor 0.40 %)"
    assert said[1] == "no rival explanation found — chin: not measured in this file; spot the video again"


def test_small_movements_are_not_blown_up_to_the_whole_height(run: Run) -> None:
    assert run("return [why_drawing.scaleOf([0, 0.3], 2, null), why_drawing.scaleOf([-6, 1], 4, 0)];") == [
        [0, 2],
        [-6, 6],
    ]


def test_a_flat_signal_lies_in_the_middle_of_its_scale(run: Run) -> None:
    assert run("return imported_signals.reach({ low: [3, NaN], high: [3, NaN] });") == [2.5, 3.5]


def mount(page: Page, world: Reviewing, video: int, run_id: int | None = None) -> Locator:
    page.goto(f"{world.server.url}/api/assets/review/review.css")
    page.evaluate(MOUNT, {
        "token": world.server.token(), "annotator": world.server.defaults.annotator_id, "video": video, "run": run_id,
        "set": None, "thresholds": {}, "style": "/api/assets/review/review.css",
    })  # fmt: skip
    return ready(page)


PLACE = """(root) => {
  const { onset, offset, perFrame } = root.querySelector("[data-testid=timeline]").dataset;
  return { onset: Number(onset), offset: Number(offset), perFrame: Number(perFrame) };
}"""


def grab(page: Page, surface: Locator) -> tuple[float, float, float]:
    """Where the bar of the selected interval can be grabbed, and the width of a frame."""
    box = page.get_by_test_id("timeline").bounding_box()
    place = surface.evaluate(PLACE)
    x = box["x"] + (place["onset"] + place["offset"]) / 2
    for y in np.arange(box["y"] + box["height"] - 30, box["y"] + 30, -3):
        page.mouse.move(x, y)
        if page.get_by_test_id("timeline").evaluate("(canvas) => canvas.style.cursor") == "grab":
            return x, float(y), place["perFrame"]
    raise AssertionError("the bar of the selected interval is nowhere")


def test_a_whole_interval_is_dragged_and_stored_as_one_correction(page: Page, world: Reviewing, video: int) -> None:
    surface = mount(page, world, video)
    x, y, per_frame = grab(page, surface)
    page.mouse.down()
    page.mouse.move(x + 7 * per_frame, y, steps=4)
    assert shown(surface, 37) == 37
    page.mouse.up()
    expect(surface).to_have_attribute("data-unconfirmed", "0")
    [annotation] = world.state(video).annotations
    assert (annotation.verdict, annotation.onset, annotation.apex, annotation.offset) == ("adjusted", 37, 42, 47)


def test_others_are_sent_once_all_is_reviewed_and_not_before(page: Page, world: Reviewing, video: int) -> None:
    database, ids = world.server.database, world.server.defaults
    with database.begin() as session:
        other = Annotator(name=f"Second coder {video}")
        session.add(other)
        session.flush()
        session.add(Assignment(study_id=ids.study_id, annotator_id=other.id))
        session.flush()
        author = other.id
    made = OperationRequest(
        str(uuid.uuid4()), "add", video, author, str(uuid.uuid4()), after={"type": "micro", "onset": 50, "offset": 60}
    )
    assert reviewing.apply_operation(database, made).status == "applied"
    asked: list[str] = []
    page.on("response", lambda answer: asked.append(answer.text()) if answer.url.endswith("/others") else None)
    mount(page, world, video)
    for _ in range(4):
        page.keyboard.press("u")
    with page.expect_response(lambda answer: answer.url.endswith("/others")) as answer:
        page.keyboard.press("v")
        if page.get_by_test_id("yes").count():
            page.get_by_test_id("yes").click()
    [coder] = answer.value.json()["coders"]
    assert (coder["name"], coder["annotations"][0]["onset"]) == (f"Second coder {video}", 50)
    assert not any("Second coder" in text for text in asked[:-1])


def test_a_csv_becomes_a_lane_is_refused_with_a_sentence_when_wrong_and_can_be_deleted(
    page: Page, world: Reviewing, video: int, tmp_path: Path
) -> None:
    good, bad = tmp_path / "pulse.csv", tmp_path / "bad.csv"
    good.write_text("frame,pulse (1/min)\n" + "".join(f"{k},{60 + k % 9}\n" for k in range(300)))
    bad.write_text("a,b\n1,2\n")
    mount(page, world, video)
    page.keyboard.press("Shift+M")
    page.get_by_test_id("signal-file").set_input_files(bad)
    expect(page.get_by_test_id("signal-problem")).to_contain_text("expected a column “frame” or “time”")
    with page.expect_response(lambda answer: "/curves?columns=0" in answer.url):
        page.get_by_test_id("signal-file").set_input_files(good)
    expect(page.get_by_role("checkbox", name="pulse")).to_be_checked()
    page.get_by_test_id("signal-delete").click()
    expect(page.get_by_role("checkbox", name="pulse")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("dialog-signals")).to_have_count(0)


def test_the_rival_explanation_stands_under_the_interval_and_its_curves_are_one_key_away(
    page: Page, world: Reviewing, footage: Path
) -> None:
    video, database = world.video(footage), world.server.database
    traces = make_traces((Interval(30, 50, "macro", 40),), 300, kind=FEATURE_KIND)
    eyes = np.where(np.isin(np.arange(300), range(38, 42)), 0.1, 0.3).astype(np.float32)
    save_traces(replace(traces, eye_openness=eyes), world.server.settings.data_dir / f"features/why{video}.npz")
    number = world.spot(video)
    spotting.finish_run(
        database, number, f"runs/{number}/curves.npz", f"features/why{video}.npz", [Interval(30, 50, "macro", 40, 0.9)]
    )
    mount(page, world, video, number)
    expect(page.get_by_test_id("why")).to_contain_text("blink: eyes close to 33 % of usual for 0.10 s")
    plots = page.locator(".why canvas")
    before = plots.is_visible()
    page.keyboard.press("y")
    expect(plots).to_be_visible(visible=not before)
    if before:
        page.keyboard.press("y")
    expect(plots).to_have_attribute("aria-label", re.compile("eyes at least 33 % open"))


def test_the_overview_shows_the_window_and_every_click_in_it_counts(page: Page, world: Reviewing, video: int) -> None:
    surface = world.open(page, video)
    plot = page.locator(f".st-key-overview-{video} .mark-group.role-frame.root .background").first
    plot.wait_for(state="attached", timeout=60_000)
    window = page.locator(".glint-window")
    expect(window).to_have_count(1)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()

    def click() -> None:
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    click()
    assert shown(surface, 149) in (149, 150)
    first = int(surface.get_attribute("data-frame"))
    page.keyboard.press("q")
    shown(surface, 30)
    click()
    assert shown(surface, first) == first
    wide = window.bounding_box()["width"]
    page.keyboard.press("Shift+ArrowUp")
    page.wait_for_function(f"document.querySelector('.glint-window').offsetWidth < {wide} - 2")
