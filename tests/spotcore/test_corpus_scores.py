"""Counting over a synthetic corpus: what was found, how strong it was, and what chance alone would find."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spotcore.corpus_scores import count_controls, score_corpus, table
from spotcore.intervals import Interval
from spotcore.synthesis.planning import PlanSettings, plan_clip
from spotcore.synthesis.plans import PlannedEvent, PlannedShift

FRAMES = 900  # half a minute at 30 frames a second


def clip(name, identity, *events):
    empty = PlanSettings(micro=(0, 0), macro=(0, 0))
    planned = tuple(PlannedEvent(kind, first, first + 3, last, 0, size, {"AU1/left": 1.0})
                    for kind, first, last, size in events)  # fmt: skip
    return replace(plan_clip(name, identity, 1, empty), frames=FRAMES, events=planned)


def control(name, *spans):
    shifts = tuple(PlannedShift("micro", first, first + 3, last, 0, 0.5, 0.0) for first, last in spans)
    return replace(clip(name, "a"), shifts=shifts)


CLIPS = [
    clip("one", "a", ("micro", 100, 111, 0.4), ("micro", 200, 211, 1.0), ("macro", 300, 340, 60.0)),
    clip("two", "b", ("micro", 100, 111, 3.0), ("macro", 300, 340, 2.0)),
]
FOUND = {
    "one": [Interval(200, 211, "micro", score=0.9), Interval(300, 340, "micro", score=0.8)],
    "two": [Interval(101, 111, "micro", score=0.9), Interval(300, 340, "macro", score=0.8)],
}


def bins(scores):
    return {(r.type, r.low): (r.found, r.true) for r in scores.recall if r.true}


def test_hits_need_the_type_and_misses_are_sorted_by_amplitude():
    scores = score_corpus(CLIPS, [], FOUND)
    assert (scores.scores.overall.tp, scores.scores.overall.fp, scores.scores.overall.fn) == (3, 1, 2)
    assert bins(scores) == {
        ("micro", 0.3): (0, 1), ("micro", 1.0): (1, 1), ("micro", 2.0): (1, 1),
        ("macro", 1.5): (1, 1), ("macro", 24.0): (0, 1),
    }  # fmt: skip
    assert (scores.micro_promised.found, scores.micro_promised.true) == (2, 2)


def test_false_proposals_are_counted_per_minute_of_the_clips():
    assert score_corpus(CLIPS, [], FOUND).false_per_minute == pytest.approx(1.0)


def test_the_range_is_drawn_over_identities_not_over_clips():
    one_person = [replace(plan, identity="a") for plan in CLIPS]
    several, one = (score_corpus(clips, [], FOUND).ranges["overall"] for clips in (CLIPS, one_person))
    assert one.low == one.high
    assert several.low < one.low < several.high


def test_clips_without_any_proposal_count_as_missed():
    assert score_corpus(CLIPS, [], {}).scores.overall.fn == 5


def test_controls_that_are_proposed_stand_out_from_chance():
    spans = [(100, 111), (300, 311), (500, 511), (700, 711)]
    plan = control("control", *spans)
    hit = count_controls([plan], {"control": [Interval(a, b, "micro", score=0.5) for a, b in spans]})
    assert (hit.found, hit.shifts) == (4, 4)
    assert hit.chance < 1
    assert hit.at_least < 0.05


def test_a_model_that_proposes_everywhere_finds_controls_by_chance_too():
    everywhere = [Interval(first, first + 11, "micro", score=0.5) for first in range(0, FRAMES - 11, 12)]
    counted = count_controls([control("control", (100, 111), (300, 311))], {"control": everywhere})
    assert counted.chance > 1.5
    assert counted.at_least > 0.5


def test_proposals_in_control_clips_give_the_rate_of_quiet_footage():
    scores = score_corpus(CLIPS, [control("control", (100, 111))], {"control": [Interval(5, 15, "micro", score=1.0)]})
    assert scores.quiet_per_minute == pytest.approx(2.0)
    assert scores.controls.found == 0


def test_the_table_has_a_column_for_each_setting():
    scores = score_corpus(CLIPS, [], FOUND)
    lines = table([("baseline", 6.0, scores), ("baseline", 1.0, scores)]).splitlines()
    assert lines[1].split()[-2:] == ["6", "1"]
    assert any(line.startswith("F1 at IoU 0.5, overall") and line.count("0.667") == 2 for line in lines)
    assert any("recall micro from 1 %" in line and line.count("1.00 (2/2)") == 2 for line in lines)


def test_scores_become_plain_values():
    stored = score_corpus(CLIPS, [control("control", (100, 111))], FOUND).as_dict()
    assert stored["scores"]["overall"]["tp"] == 3
    assert stored["recall_by_amplitude"][-1] == {"type": "micro", "low": 2.0, "high": 3.0, "found": 1, "true": 1}
    assert stored["controls"]["shifts"] == 1
