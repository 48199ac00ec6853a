"""Seeded recall without pictures: plans, counting, files and the page."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from spotcore.errors import InvalidFile, InvalidSettings
from spotcore.intervals import Interval
from spotcore.seeded_page import as_html, as_table, chart_rows
from spotcore.seeded_recall import Footage, LadderPlan, LadderSettings, PassAnswers, count_found
from spotcore.synthesis.ladder import plan_passes

FOOTAGE = Footage("clip <1>.mp4", "0" * 64, 900, 30.0, 320, 240)
SETTINGS = LadderSettings(events=60)


def plan_of(settings: LadderSettings = SETTINGS) -> LadderPlan:
    passes = plan_passes(settings.events, np.ones(900, bool), 30.0, settings.seed, settings.amplitudes, settings.type)
    return LadderPlan(FOOTAGE, settings, (Interval(5, 9, "micro"),), tuple(map(tuple, passes)))


def answers_above(plan: LadderPlan, amplitude: float, unspiked: list[Interval] | None = None) -> list[PassAnswers]:
    """What somebody gives who sees exactly the events of at least this amplitude."""
    return [
        PassAnswers({
            "spiked": [e.interval for e in events if e.amplitude >= amplitude],
            "unspiked": list(unspiked or ()), "control": [],
        })
        for events in plan.passes
    ]  # fmt: skip


def test_events_and_settings_survive_their_file(tmp_path):
    plan = plan_of()
    plan.save(tmp_path / "plan.json")
    assert LadderPlan.load(tmp_path / "plan.json") == plan
    assert json.loads((tmp_path / "plan.json").read_text())["format"] == "glint-ladder/1"


def test_a_file_that_is_no_plan_is_refused(tmp_path):
    path = tmp_path / "plan.json"
    for text in ("no json", '{"format": "glint-ladder/2"}', '{"format": "glint-ladder/1"}'):
        path.write_text(text)
        with pytest.raises(InvalidFile, match=r"plan\.json"):
            LadderPlan.load(path)


def test_the_limit_lies_between_the_last_missed_and_the_first_found_amplitude():
    plan = plan_of()
    result = count_found(plan, answers_above(plan, 2.0))
    assert [rung.net[0] for rung in result.rungs] == [0, 0, 1, 1, 1]
    assert [rung.versions["spiked"].trials for rung in result.rungs] == [12] * 5
    assert result.limit.place == pytest.approx(2**0.5)
    assert result.limit_low.place < result.limit.place < result.limit_high.place
    assert result.sentence == "this footage can show movements above 1.4 %"
    assert result.control_passed


def test_one_unlucky_rung_does_not_take_the_limit_of_the_others_away():
    plan = plan_of()
    answers = answers_above(plan, 2.0)
    unlucky = [e.interval for events in plan.passes for e in events if e.amplitude == 8.0][:4]
    answers = [replace(a, proposals={**a.proposals, "spiked": [p for p in a.proposals["spiked"] if p not in unlucky]})
               for a in answers]  # fmt: skip
    result = count_found(plan, answers)
    assert result.rungs[-1].net[0] < result.rungs[-2].net[0] == 1
    assert result.limit_high.relation == "at"
    assert result.limit_high.place < 2


def test_who_sees_all_or_nothing_has_a_limit_beyond_the_ladder():
    plan = plan_of()
    assert "below 0.5 %" in count_found(plan, answers_above(plan, 0.0)).sentence
    assert "fewer than half of the movements of 8 %" in count_found(plan, answers_above(plan, 99.0)).sentence


def test_what_is_found_without_events_too_does_not_count():
    plan = plan_of()
    everywhere = [event.interval for events in plan.passes for event in events]
    result = count_found(plan, answers_above(plan, 0.0, everywhere))
    assert all(rung.versions["spiked"].rate == 1 and rung.net[0] < 0.1 for rung in result.rungs)
    assert result.limit.relation == "above"


def test_found_control_shifts_are_called_out():
    plan = plan_of()
    seen = [replace(a, proposals={**a.proposals, "control": [e.interval for e in events]})
            for a, events in zip(answers_above(plan, 2.0), plan.passes, strict=True)]  # fmt: skip
    result = count_found(plan, seen)
    assert result.control.rate == 1
    assert not result.control_passed
    assert "MORE OFTEN" in as_table(result)


def test_events_that_were_not_rendered_are_not_counted_as_missed():
    plan = plan_of()
    answers = answers_above(plan, 0.0)
    answers[0] = replace(answers[0], left_out=frozenset({0, 2}))
    result = count_found(plan, answers)
    assert len(result.events) == 58
    assert result.left_out == 2
    assert all(rung.versions["spiked"].rate == 1 for rung in result.rungs)
    assert "2 planned events were not rendered" in as_table(result)


def test_another_type_in_the_same_place_is_no_hit():
    plan = plan_of()
    macro = [PassAnswers({name: [Interval(e.onset, e.offset, "macro") for e in events]
                          for name in ("spiked", "unspiked", "control")}) for events in plan.passes]  # fmt: skip
    assert sum(any(entry.found.values()) for entry in count_found(plan, macro).events) == 0


def test_too_few_events_are_named_as_such():
    plan = plan_of(LadderSettings(events=5))
    assert "fewer than the 60" in as_table(count_found(plan, answers_above(plan, 1.0)))


def test_the_page_holds_the_table_the_sentence_and_a_readable_specification():
    plan = plan_of()
    result = count_found(plan, answers_above(plan, 2.0))
    page = as_html(plan, result, {"model": "the <model>"})
    assert "This footage can show movements above 1.4 %." in page
    assert "clip &lt;1&gt;.mp4" in page
    assert "the &lt;model&gt;" in page
    specification = json.loads(page.split('vegalite+json">')[1].split("</script>")[0])
    assert specification["data"]["values"] == chart_rows(result)
    assert page.count("<tr>") == 6


@pytest.mark.parametrize(("wrong", "said"), [
    ({"events": 4}, "events"), ({"type": "blink"}, "micro"), ({"amplitudes": (2.0, 1.0)}, "ascending"),
    ({"amplitudes": ()}, "ascending"), ({"seed": -1}, "seed"),
])  # fmt: skip
def test_settings_out_of_range_are_refused(wrong, said):
    with pytest.raises(InvalidSettings, match=said):
        LadderSettings(**wrong)
