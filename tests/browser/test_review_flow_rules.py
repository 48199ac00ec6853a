"""The pure parts of sweep, pace, session card, opening place and the queue by disagreement, run straight from files."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright")

from tests.browser.test_review_rules import Run, run

__all__ = ["run"]
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize(
    ("undecided", "median", "text"),
    [
        (0, "4", ""), (5, "null", ""), (5, "4", "≈ 20 s left"), (60, "4.2", "≈ 4 min left"), (900, "9", "≈ 2.3 h left"),
        (1, "0.1", "≈ 1 s left"),
    ],
)  # fmt: skip
def test_the_remaining_time_is_undecided_items_times_ones_own_median(run: Run, undecided, median, text) -> None:
    body = 'const { remainingText } = await import("/pace.js");'
    assert run(f"{body} return remainingText({undecided}, {median});") == text


@pytest.mark.parametrize(
    ("open_intervals", "judged"),
    [("[]", [10, 50]), ("[[45, 60]]", [10, 44]), ("[[12, 14]]", [15, 50]), ("[[0, 100]]", [25, 35])],
)
def test_nothing_here_never_judges_the_frames_of_an_undecided_proposal(run: Run, open_intervals, judged) -> None:
    seen = run(f"""
      const {{ judged }} = await import("/sweep.js");
      const open = {open_intervals}.map(([onset, offset]) => ({{ onset, offset }}));
      return judged({{ first: 10, last: 50, onset: 25, offset: 35 }}, open);
    """)
    assert seen == judged


def test_the_card_names_every_unit_and_what_has_not_arrived(run: Run) -> None:
    rows = run("""
      const { cardRows } = await import("/session_card.js");
      const facts = { intervals: 20, videos: 1, pace: { median_seconds: 6.25 },
        started: "2024-01-01T12:00:00Z", ended: "2024-01-01T12:10:00Z" };
      return [cardRows(facts, 56, 0), cardRows(null, 3, 2)];
    """)
    assert rows[0] == [
        ["Intervals", "20 in 1 video"], ["Median", "6.3 s per interval"], ["Keys", "56, 2.8 per interval"],
        ["Time", "10 min"], ["Unsynced", "0, everything is saved"],
    ]  # fmt: skip
    assert rows[1] == [["Keys", "3"], ["Unsynced", "2: keep this page open"]]


def test_keys_are_counted_until_a_break_of_half_an_hour(run: Run) -> None:
    seen = run("""
      const { keysAfter } = await import("/session_card.js");
      const first = keysAfter({}, 1e12), second = keysAfter(first, 1e12 + 1000);
      return [first.count, second.count, keysAfter(second, 1e12 + 1000 + 31 * 60000).count];
    """)
    assert seen == [1, 2, 1]


@pytest.mark.parametrize(
    ("address", "stored", "opens"),
    [
        ("null, NaN", "null", ["first", None]),
        ("null, NaN", '{ interval: "b", frame: 9 }', ["b", 9]),
        ("null, 3", '{ interval: "b", frame: 9 }', ["first", 3]),
        ('"a", 4', '{ interval: "b", frame: 9 }', ["a", 4]),
        ("null, NaN", '{ interval: "gone", frame: 9 }', ["first", None]),
        ("null, NaN", "{ interval: null, frame: 9 }", ["first", 9]),
    ],
)
def test_a_video_opens_at_the_address_else_where_one_stopped(run: Run, address, stored, opens) -> None:
    seen = run(f"""
      const {{ openingPlace }} = await import("/resume.js");
      const [interval, frame] = [{address}];
      const place = openingPlace({{ interval, frame }}, {stored}, {{ a: {{}}, b: {{}} }}, {{ id: "first" }});
      return [place.id, place.frame];
    """)
    assert seen == opens


def test_what_two_runs_do_not_share_comes_first_and_says_why(run: Run) -> None:
    seen = run("""
      const { agreementText } = await import("/queue.js");
      const s = loaded([proposal(1, 10, 20, { agreement: 0.9 }), proposal(2, 30, 40, { agreement: 0, score: 0.2 }),
        proposal(3, 50, 60, { agreement: 0, score: 0.7, run: 4 }), proposal(4, 70, 80, { agreement: 0.55 })]);
      const list = state.listed(s, { sort: "disagreement" });
      return list.map((item) => [item.id, agreementText(item.proposal)]);
    """)
    assert seen == [["i3", "only run 4"], ["i2", "only this run"], ["i4", "IoU 0.55"], ["i1", "IoU 0.90"]]


def test_the_second_run_is_the_newest_of_another_model(run: Run) -> None:
    seen = run("""
      const { secondRun } = await import("/disagreement.js");
      const others = [{ id: 3, model: "a" }, { id: 2, model: "b" }];
      return [secondRun(others, { model: "a" }), secondRun(others, { model: "c" }), secondRun([], { model: "a" }),
        secondRun(others.slice(0, 1), { model: "a" })];
    """)
    assert seen == [2, 3, None, 3]


def test_entries_of_a_tab_that_died_are_taken_over_without_a_reload(run: Run) -> None:
    seen = run("""
      const kept = new Map();
      const storage = { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v),
        removeItem: (k) => kept.delete(k), key: (i) => [...kept.keys()][i], get length() { return kept.size; } };
      const rest = { storage, previous: null, author: 1, videoId: 1, on: () => {} };
      const made = (session, post) => new outbox.Outbox({ post, session, ...rest });
      const dead = made("dead", async () => { throw Object.assign(new Error("cut"), { status: 0 }); });
      dead.add({ id: "o1", interval_id: "i1", video_id: 1, annotator_id: 1, base_version: 0 });
      const sent = [];
      const living = made("living", async (operation) => { sent.push(operation.id); return {}; });
      living.adopt();
      const while_alive = living.unconfirmed;
      dead.leave();
      living.adopt();
      await new Promise((resolve) => setTimeout(resolve));
      const left = [...kept.keys()].filter((k) => k.startsWith("glint.outbox."));
      const seen = [while_alive, sent, living.unconfirmed, left];
      clearInterval(dead.heart); clearTimeout(dead.timer); living.close();
      return seen;
    """)
    assert seen == [0, ["o1"], 0, []]


def test_a_blind_coder_is_asked_only_where_the_blindness_would_end(run: Run) -> None:
    asked = run("""
      const { lastQuestion } = await import("/blind.js");
      return [lastQuestion(false, [], [0, 99], 100, 3), lastQuestion(true, [], [0, 98], 100, 3),
        lastQuestion(true, [[0, 49]], [50, 99], 100, 1)?.[1].slice(0, 37)];
    """)
    assert asked == [None, None, "You coded 1 interval without the mode"]


def test_a_blind_coder_learns_how_much_both_found(run: Run) -> None:
    said = run("""
      const { endWords } = await import("/blind.js");
      return [endWords([]), endWords([{ decided_by: null }, { decided_by: "x" }])];
    """)
    assert said[0].endswith("The model proposes nothing here.")
    assert said[1].endswith("The model proposes 2; 1 of them you have found.")
