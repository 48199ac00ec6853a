"""The pure parts of the reviewing surface, run in Chromium straight from their files: no server, no page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import Route, sync_playwright

from tests.browser.review_world import launch

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ASSETS = Path(__file__).parents[2] / "webapp" / "components" / "assets" / "review"
ORIGIN = "http://modules.test"

Run = Callable[[str], Any]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Evaluate a body with the modules of `names` in scope, and the little builders of SETUP."""

    def serve(route: Route) -> None:
        path = ASSETS / route.request.url.removeprefix(ORIGIN + "/")
        if path.suffix == ".js":
            route.fulfill(path=path, content_type="text/javascript")
        else:
            route.fulfill(body="<title>modules</title>", content_type="text/html")

    names = ("state", "decisions", "clock", "formats", "keyboard", "keymap", "outbox", "curves", "scheme", "checks",
             "history", "keymap_editor")  # fmt: skip
    imports = "".join(f'const {name} = await import("/{name}.js");' for name in names)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        page.route(f"{ORIGIN}/**", serve)
        page.goto(f"{ORIGIN}/page")
        yield lambda body: page.evaluate(f"async () => {{ {imports} {SETUP} {body} }}")
        browser.close()


SETUP = """
const proposal = (id, onset, offset, more = {}) => ({
  id, interval_id: `i${id}`, type: "micro", onset, apex: null, offset, score: 0.5,
  decided_by: null, decided_verdict: null, ...more,
});
const loaded = (proposals, annotations = []) =>
  state.reduce(state.emptyState(), { kind: "loaded", review: { proposals, annotations, reviewed: [] } });
const bounds = (onset, offset) => ({ type: "micro", onset, apex: null, offset });
let serial = 0;
const apply = (s, operation) => state.reduce(s, { kind: "local", operation: { id: `o${serial++}`, ...operation } });
const statuses = (s) => state.listed(s).map(state.statusOf);
"""


def test_undo_walks_back_through_decisions_and_ends(run: Run) -> None:
    seen = run("""
      let s = loaded([proposal(1, 10, 20)]);
      const seen = [statuses(s)[0]];
      s = apply(s, decisions.accept(s.items.i1)); seen.push(statuses(s)[0]);
      s = apply(s, decisions.reject(s.items.i1, "blink")); seen.push(statuses(s)[0]);
      while (decisions.undo(s)) { s = apply(s, decisions.undo(s)); seen.push(statuses(s)[0]); }
      return [...seen, s.items.i1.version];
    """)
    assert seen == ["undecided", "accepted", "rejected", "accepted", "undecided", 4]


def test_a_refused_decision_is_rolled_back_to_what_stood_before(run: Run) -> None:
    seen = run("""
      let s = loaded([proposal(1, 10, 20)]);
      s = apply(s, decisions.accept(s.items.i1));
      const operation = { id: "second", ...decisions.unsure(s.items.i1) };
      s = state.reduce(s, { kind: "local", operation });
      s = state.reduce(s, { kind: "rolled back", operation });
      return [statuses(s)[0], s.items.i1.version, s.history.length];
    """)
    assert seen == ["accepted", 1, 1]


def test_a_confirmation_does_not_overwrite_a_later_change_that_still_waits(run: Run) -> None:
    seen = run("""
      let s = loaded([proposal(1, 10, 20)]);
      const first = { id: "a", ...decisions.accept(s.items.i1) };
      s = state.reduce(s, { kind: "local", operation: first });
      s = apply(s, decisions.change(s.items.i1, bounds(8, 20)));
      const annotation = { id: "i1", ...first.after, version: 3 };
      s = state.reduce(s, { kind: "confirmed", operation: first, annotation, version: 3, newerWaiting: true,
                               shift: 2 });
      return [s.items.i1.annotation.onset, s.items.i1.version];
    """)
    assert seen == [8, 4]


@pytest.mark.parametrize(
    ("edge", "frame", "expected"),
    [
        ("onset", 5, (5, 15, 20)), ("onset", 17, (17, 17, 20)), ("onset", 25, (25, 25, 25)), ("onset", -3, (0, 15, 20)),
        ("offset", 12, (10, 12, 12)), ("offset", 4, (4, 4, 4)), ("offset", 999, (10, 15, 99)),
        ("apex", 7, (7, 7, 20)), ("apex", 30, (10, 30, 30)),
    ],
)  # fmt: skip
def test_a_moved_edge_wins_and_the_interval_stays_valid(run: Run, edge: str, frame: int, expected: tuple) -> None:
    moved = run(f"return decisions.moved({{ onset: 10, apex: 15, offset: 20 }}, '{edge}', {frame}, 100);")
    assert (moved["onset"], moved["apex"], moved["offset"]) == expected


def test_accepting_a_corrected_proposal_keeps_the_correction(run: Run) -> None:
    seen = run("""
      let s = loaded([proposal(1, 10, 20)]);
      s = apply(s, decisions.change(s.items.i1, bounds(9, 20)));
      return [s.items.i1.annotation.verdict, decisions.accept(s.items.i1)];
    """)
    assert seen == ["adjusted", None]


def test_a_rejection_names_the_frames_of_the_proposal_not_of_a_correction(run: Run) -> None:
    after = run("""
      let s = loaded([proposal(1, 10, 20)]);
      s = apply(s, decisions.change(s.items.i1, bounds(9, 25)));
      return decisions.reject(s.items.i1, "speech").after;
    """)
    assert (after["onset"], after["offset"], after["reason"]) == (10, 20, "speech")


def test_the_next_undecided_item_is_searched_forward_and_then_from_the_start(run: Run) -> None:
    seen = run("""
      let s = loaded([proposal(1, 10, 20), proposal(2, 30, 40), proposal(3, 50, 60)]);
      s = apply(s, decisions.accept(s.items.i2));
      const list = state.listed(s);
      return ["i1", "i3", null].map((id) => state.nextUndecided(list, id).id);
    """)
    assert seen == ["i3", "i1", "i1"]


def test_a_proposal_covered_by_an_earlier_decision_is_open_again_when_that_is_undone(run: Run) -> None:
    seen = run("""
      const older = { id: "old", proposal_id: 7, ...bounds(10, 20), verdict: "rejected", reason: "blink", version: 1 };
      let s = loaded([proposal(1, 11, 20, { decided_by: "old", decided_verdict: "rejected" })], [older]);
      const before = state.statusOf(s.items.i1);
      s = state.reduce(s, { kind: "theirs", intervalId: "old", annotation: null, version: 2 });
      return [before, state.statusOf(s.items.i1)];
    """)
    assert seen == ["already", "undecided"]


def test_reviewed_spans_merge_and_split(run: Run) -> None:
    assert run("return state.merged([[5, 9], [0, 4], [20, 30]]);") == [[0, 9], [20, 30]]
    assert run("return state.removed([[0, 30]], [10, 12]);") == [[0, 9], [13, 30]]
    assert run("return state.removed([[0, 5]], [0, 9]);") == []


def test_the_clock_shows_a_frame_from_its_timestamp_until_the_next(run: Run) -> None:
    seen = run("""
      const times = Float64Array.of(0, 0.02, 0.1, 0.5);
      return [-1, 0, 0.0199, 0.02, 0.0999, 0.3, 0.5, 9].map((seconds) => clock.frameAt(times, seconds));
    """)
    assert seen == [0, 0, 0, 1, 1, 2, 3, 3]


def test_a_loop_shows_its_last_frame_as_long_as_it_lasts_and_begins_again(run: Run) -> None:
    seen = run("""
      const one = new clock.Clock(Float64Array.of(0, 0.1, 0.2, 0.3, 0.4), null);
      one.range = [1, 2];
      one.play(1, 1000);
      return [1000, 1099, 1101, 1199, 1201, 1290].map((now) => one.tick(now).frame);
    """)
    assert seen == [1, 1, 2, 2, 1, 1]


def test_half_speed_takes_twice_as_long(run: Run) -> None:
    seen = run("""
      const one = new clock.Clock(Float64Array.of(0, 0.1, 0.2, 0.3), null);
      one.speed = 0.5;
      one.play(0, 0);
      return [190, 210, 410].map((now) => one.tick(now).frame);
    """)
    assert seen == [0, 1, 2]


@pytest.mark.parametrize(
    ("event", "action"),
    [
        ({"key": "a", "code": "KeyA"}, "accept"), ({"key": "A", "code": "KeyA", "shiftKey": True}, "accept"),
        ({"key": "ф", "code": "KeyA"}, "accept"), ({"key": "z", "code": "KeyY"}, "undo"),
        ({"key": "z", "code": "KeyZ", "ctrlKey": True}, "undo"), ({"key": "r", "code": "KeyR", "ctrlKey": True}, None),
        ({"key": "ü", "code": "BracketLeft"}, "onset-"), ({"key": "[", "code": "Digit8"}, "onset-"),
        ({"key": "ö", "code": "Semicolon"}, "apex-"), ({"key": "?", "code": "Minus", "shiftKey": True}, "help"),
        ({"key": "ArrowRight", "code": "ArrowRight", "shiftKey": True}, "step+10"), ({"key": "F5", "code": "F5"}, None),
        ({"key": "[", "code": "Digit8", "ctrlKey": True, "altKey": True}, "onset-"),
        ({"key": "[", "code": "Digit5", "altKey": True}, "onset-"),
        ({"key": "å", "code": "KeyA", "altKey": True}, None), ({"key": "Z", "code": "KeyZ", "shiftKey": True}, "redo"),
        ({"key": "Я", "code": "KeyZ", "shiftKey": True}, "redo"),
        ({"key": "z", "code": "KeyZ", "shiftKey": True}, "redo"),
        ({"key": "н", "code": "KeyY", "ctrlKey": True}, "redo"),
        ({"key": "Z", "code": "KeyZ", "shiftKey": True, "ctrlKey": True}, "redo"),
        ({"key": "Dead", "code": "Quote"}, "apex+"), ({"key": "Enter", "code": "NumpadEnter"}, "code"),
    ],
)  # fmt: skip
def test_keys_mean_what_is_printed_on_them_else_their_place(run: Run, event: dict, action: str | None) -> None:
    assert run(f"return keyboard.actionOf({json.dumps(event)});") == action


def test_no_key_has_two_meanings(run: Run) -> None:
    keys = run("return keymap.KEYMAP.flatMap(([keys, action]) => (action ? keys : []));")
    assert len(keys) == len(set(keys))


def test_action_units_are_read_as_coders_write_them(run: Run) -> None:
    assert run('return scheme.parseUnits("4 au12, R14b+4");') == {"units": ["AU4", "AU12", "RAU14B"], "wrong": None}
    assert run('return scheme.parseUnits("4 smile").wrong;') == "smile"


def test_an_outbox_of_another_person_is_kept_but_never_sent(run: Run) -> None:
    seen = run("""
      localStorage.clear();
      const operation = { id: "x", annotator_id: 2, video_id: 1, interval_id: "i" };
      const entry = { operation, session: "gone", sequence: 1, problem: null };
      localStorage.setItem("glint.outbox.x", JSON.stringify(entry));
      const posted = [];
      const make = (author) => new outbox.Outbox({
        post: async (o) => posted.push(o.id), storage: localStorage, session: `s${author}`, previous: null,
        author, videoId: 1, on: () => {},
      });
      const mine = make(1);
      await mine.flush();
      const before = [posted.length, mine.foreign(), localStorage.getItem("glint.outbox.x") !== null];
      mine.close();
      const theirs = make(2);
      await theirs.flush();
      theirs.close();
      return [...before, posted];
    """)
    assert seen == [0, 1, True, ["x"]]


def test_curves_break_where_nothing_was_measured_and_give_the_nearest_value(run: Run) -> None:
    seen = run("""
      const values = Float32Array.of(0.5, NaN, 0.25);
      const channel = { x: Float64Array.of(0, 3, 6), low: values, high: values };
      const part = { first: 0, last: 9, channels: new Map([["a", channel]]) };
      return [0, 1, 3, 5, 9].map((frame) => curves.valueAt(part, "a", frame));
    """)
    assert seen == [0.5, 0.5, None, 0.25, 0.25]


def test_a_timecode_has_milliseconds_and_hours_only_when_needed(run: Run) -> None:
    seen = run("return [0, 1.2345, 61, 3725.5].map(formats.timecode);")
    assert seen == ["00:00.000", "00:01.235", "01:01.000", "1:02:05.500"]
