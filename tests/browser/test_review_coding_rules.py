"""The pure parts of coding, redoing and keys of one's own, run in Chromium straight from their files."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("playwright")

from tests.browser.test_review_rules import Run, run
from webapp.values.scheme import DEFAULT_SCHEME

__all__ = ["run"]
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SCHEME = json.dumps(DEFAULT_SCHEME.to_json())


def test_redo_walks_forward_through_what_was_undone_and_ends(run: Run) -> None:
    seen = run("""
      let s = loaded([proposal(1, 10, 20)]);
      s = apply(s, decisions.accept(s.items.i1));
      s = apply(s, decisions.unsure(s.items.i1));
      const seen = [];
      for (const make of [decisions.undo, decisions.undo, decisions.redo, decisions.redo, decisions.undo]) {
        s = apply(s, make(s));
        seen.push(statuses(s)[0]);
      }
      return [...seen, s.items.i1.version, decisions.redo(s) !== null];
    """)
    assert seen == ["accepted", "undecided", "accepted", "unsure", "accepted", 7, True]


def test_a_redo_names_the_undo_it_takes_back_and_builds_on_the_version_on_screen(run: Run) -> None:
    seen = run("""
      let s = loaded([proposal(1, 10, 20)]);
      s = apply(s, decisions.accept(s.items.i1));
      const undo = { id: "the-undo", ...decisions.undo(s) };
      s = state.reduce(s, { kind: "local", operation: undo });
      const { verb, undoes, base_version, after } = decisions.redo(s);
      return [verb, undoes, base_version, after.verdict];
    """)
    assert seen == ["undo", "the-undo", 2, "accepted"]


def test_a_new_decision_ends_redoing(run: Run) -> None:
    seen = run("""
      let s = loaded([proposal(1, 10, 20), proposal(2, 30, 40)]);
      s = apply(s, decisions.accept(s.items.i1));
      s = apply(s, decisions.undo(s));
      s = apply(s, decisions.accept(s.items.i2));
      return decisions.redo(s);
    """)
    assert seen is None


def test_an_undo_that_the_server_refused_can_be_tried_again(run: Run) -> None:
    seen = run("""
      let s = loaded([proposal(1, 10, 20)]);
      s = apply(s, decisions.accept(s.items.i1));
      const operation = { id: "refused", ...decisions.undo(s) };
      s = state.reduce(s, { kind: "local", operation });
      s = state.reduce(s, { kind: "rolled back", operation });
      return [statuses(s)[0], s.undone.length, decisions.undo(s) !== null];
    """)
    assert seen == ["accepted", 0, True]


def test_reviewed_footage_is_undone_and_redone_on_screen(run: Run) -> None:
    seen = run("""
      const span = (verb) => ({ verb, interval_id: null, proposal_id: null, base_version: 0,
                                after: { first: 0, last: 9 } });
      let s = apply(loaded([]), span("review_span"));
      const seen = [s.reviewed];
      s = apply(s, decisions.undo(s)); seen.push(s.reviewed);
      s = apply(s, decisions.redo(s)); seen.push(s.reviewed);
      return seen;
    """)
    assert seen == [[[0, 9]], [], [[0, 9]]]


def test_codes_written_before_a_decision_go_with_it(run: Run) -> None:
    seen = run("""
      let s = loaded([proposal(1, 10, 20)]);
      s = state.reduce(s, { kind: "pending", id: "i1", fields: { action_units: ["AU4"], emotion: "anger" } });
      const before = statuses(s)[0];
      s = apply(s, decisions.accept(s.items.i1));
      return [before, s.items.i1.annotation.action_units, s.items.i1.annotation.emotion, s.items.i1.pending];
    """)
    assert seen == ["undecided", ["AU4"], "anger", None]


def test_codes_are_copied_from_what_was_decided_last_else_from_the_interval_before(run: Run) -> None:
    seen = run("""
      const coded = (id, onset, units) => ({ id, proposal_id: null, ...bounds(onset, onset + 5), verdict: "added",
                                            action_units: units, emotion: "", version: 1 });
      const done = [coded("a", 10, ["AU1"]), coded("b", 30, ["AU2"]), coded("c", 90, ["AU3"])];
      let s = loaded([proposal(1, 50, 60)], done);
      const seen = [state.codesBefore(s, "i1").action_units];
      s = apply(s, decisions.describe(s.items.c, { note: "n" }));
      seen.push(state.codesBefore(s, "i1").action_units);
      return [...seen, state.codesBefore(loaded([proposal(1, 5, 6)]), "i1")];
    """)
    assert seen == [["AU2"], ["AU3"], None]


@pytest.mark.parametrize(
    ("kind", "onset", "offset", "words"),
    [
        ("micro", 0, 15, []), ("micro", 0, 16, ["longer than a micro-expression (0.5 s)"]), ("macro", 0, 16, []),
        ("macro", 0, 15, ["a micro-expression's length"]), ("micro", 45, 50, ["overlaps your micro at 50–55"]),
        ("micro", 44, 49, []), ("macro", 40, 60, []), ("micro", 70, 75, []),
    ],
)  # fmt: skip
def test_an_interval_is_warned_of_by_its_length_and_its_neighbours(run: Run, kind, onset, offset, words) -> None:
    found = run(f"""
      const times = Float64Array.from({{ length: 100 }}, (_, i) => i / 30);
      const at = (id, onset, verdict) => ({{ id, ...bounds(onset, onset + 5), verdict, version: 1 }});
      const s = loaded([proposal(1, 80, 85)], [at("a", 50, "added"), at("b", 70, "rejected")]);
      const here = {{ type: "{kind}", onset: {onset}, apex: null, offset: {offset} }};
      return checks.warningsOf(here, "new", state.listed(s), times);
    """)
    assert len(found) == len(words)
    assert all(word in text for word, text in zip(words, found, strict=True))


def test_units_are_read_out_and_what_the_scheme_lacks_is_refused_unless_it_stands(run: Run) -> None:
    seen = run(f"""
      const full = {SCHEME};
      const plain = {{ ...full, sides: false, intensities: false, action_units: [{{ number: 12, name: "smile" }}] }};
      return [scheme.unitText("RAU12B", full), scheme.unitText("AU99", full), scheme.unitProblem(["AU12"], plain),
              scheme.unitProblem(["AU4"], plain), scheme.unitProblem(["RAU12"], plain),
              scheme.unitProblem(["AU12B"], plain), scheme.unitProblem(["AU4"], plain, ["AU4"])];
    """)
    assert seen[:3] == ["12 lip corner puller, right, B", "99 not in the scheme", None]
    assert [text.split(": ")[1] for text in seen[3:6]] == [
        "this study does not code action unit 4.", "this study codes no sides.", "this study codes no intensities.",
    ]  # fmt: skip
    assert seen[6] is None


def test_a_changed_field_is_told_with_its_unit(run: Run) -> None:
    seen = run("""
      return [history.changeText({ field: "onset", before: 10, after: 9 }),
              history.changeText({ field: "action_units", before: null, after: ["AU4", "RAU12B"] }),
              history.changeText({ field: "confidence", before: 0.4, after: null }),
              history.changeText({ field: "verdict", before: "added", after: null })];
    """)
    assert seen == [
        "onset: frame 10 → frame 9", "action units: 4 R12B", "confidence: 2 of 5 → –", "added → removed",
    ]  # fmt: skip


def test_ones_own_keys_win_over_the_delivered_ones(run: Run) -> None:
    seen = run("""
      const table = keyboard.tableOf({ accept: ["y"], next: ["a"] });
      const press = (key) => keyboard.actionOf({ key, code: `Key${key.toUpperCase()}` }, table);
      return [press("y"), press("a"), press("n"), press("r")];
    """)
    assert seen[:2] == ["accept", "next"]
    assert seen[3] == "reject"


def test_taking_a_key_from_another_action_leaves_that_one_with_a_key(run: Run) -> None:
    seen = run("""
      const one = keymap_editor.assigned({}, "accept", "r");
      const two = keymap_editor.assigned({}, "accept", "n");
      return [one, two.own, keymap_editor.assigned({}, "accept", "F7"), keymap_editor.released(one.own, "accept")];
    """)
    assert seen[0] == {"own": {"accept": ["r"], "reject": ["a"]}, "from": "reject"}
    assert seen[1] == {"accept": ["n"], "next": ["ArrowDown"]}
    assert seen[2] == {"own": {"accept": ["F7"]}, "from": None}
    assert seen[3] == {}


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ({"key": "a", "code": "KeyA"}, "a"), ({"key": "A", "code": "KeyA", "shiftKey": True}, "Shift+A"),
        ({"key": "ф", "code": "KeyA"}, "a"), ({"key": "ö", "code": "Semicolon"}, "ö"),
        ({"key": " ", "code": "Space"}, " "), ({"key": "F2", "code": "F2"}, "F2"),
        ({"key": "ArrowUp", "code": "ArrowUp", "ctrlKey": True}, "Control+ArrowUp"),
        ({"key": "Shift", "code": "ShiftLeft", "shiftKey": True}, None), ({"key": "Dead", "code": "Quote"}, None),
    ],
)  # fmt: skip
def test_a_pressed_key_is_named_as_it_will_be_found_again(run: Run, event: dict, name: str | None) -> None:
    assert run(f"return keyboard.keyName({json.dumps(event)});") == name


def test_the_server_reads_the_same_keys_as_the_surface(run: Run) -> None:
    from webapp import keymap

    rows = run("return keymap.KEYMAP.filter(([, action]) => action);")
    assert [(tuple(keys), action, text) for keys, action, text in rows] == [
        (one.keys, one.action, one.text) for one in keymap.bindings()
    ]
