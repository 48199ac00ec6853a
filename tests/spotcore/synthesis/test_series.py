"""Series of expressions: they follow each other at once, the face does not come to rest between them."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from spotcore.intervals import MICRO_MAX_SECONDS
from spotcore.synthesis.astronaut import astronaut_picture
from spotcore.synthesis.face import Face
from spotcore.synthesis.planning import PlanSettings
from spotcore.synthesis.script import ClipScript
from spotcore.synthesis.series import add_series
from spotcore.synthesis.trace_spiking import synthetic_traces

RATE = 30.0


def scripts(count: int = 20):
    face = Face(astronaut_picture()[1])
    for seed in range(count):
        script = ClipScript(450, RATE)
        taken = np.zeros(450, bool)
        taken[100:130] = True
        added = add_series(script, face, taken, np.random.default_rng(seed))
        yield script, taken, added


def test_each_expression_begins_where_the_one_before_ends():
    for script, _, added in scripts():
        assert 2 <= added == len(script.events)
        assert all(one.offset + 1 == two.onset for one, two in itertools.pairwise(script.events))


def test_the_face_is_at_rest_at_both_ends_and_not_between():
    for script, _, _ in scripts():
        strength = sum(np.abs(course) for course in script.units.values())
        inside = slice(script.events[0].onset + 2, script.events[-1].offset - 1)
        assert strength[: script.events[0].onset].max() == 0
        assert strength[script.events[-1].offset + 2 :].max() == 0
        assert strength[inside].min() > 0


def test_a_series_keeps_away_from_what_is_there():
    for script, taken, _ in scripts():
        assert not any(taken[event.onset : event.offset + 1].any() for event in script.events)


def test_short_expressions_are_micro_and_long_ones_macro():
    events = [event for script, _, _ in scripts() for event in script.events]
    assert {event.type for event in events} == {"micro", "macro"}
    for event in events:
        assert (event.type == "micro") == (event.offset - event.onset <= MICRO_MAX_SECONDS * RATE)


def test_without_room_there_is_no_series():
    script = ClipScript(450, RATE)
    assert add_series(script, Face(astronaut_picture()[1]), np.ones(450, bool), np.random.default_rng(0)) == 0
    assert script.events == []


def test_traces_with_a_series_hold_more_events_and_the_same_others():
    single, with_series = (synthetic_traces(4, PlanSettings(speech_share=0), series=flag)[1] for flag in (False, True))
    assert set(single) < set(with_series)


def test_some_micros_are_as_strong_as_macros_where_that_is_asked_for():
    from spotcore.synthesis.planning import plan_clip

    settings = PlanSettings(micro=(3, 3), macro=(0, 0))
    plain, strong = (
        [e.amplitude for seed in range(20) for e in plan_clip("c", "traces", seed, s).events]
        for s in (settings, replace(settings, strong_micro=0.5))
    )
    assert max(plain) <= 3.0
    assert 0.15 < np.mean(np.array(strong) > 3.0) < 0.6


def test_a_macro_that_is_held_can_bear_a_micro_on_its_plateau():
    from spotcore.synthesis.planning import plan_clip

    settings = PlanSettings(micro=(0, 0), macro=(2, 2), micro_inside=1.0, speech_share=0)
    events = [plan_clip("c", "traces", seed, settings).events for seed in range(20)]
    assert sum(event.type == "micro" for clip in events for event in clip) >= 10
    for clip in events:
        for micro in (event for event in clip if event.type == "micro"):
            assert any(m.type == "macro" and m.apex < micro.onset and micro.offset <= m.apex + m.hold for m in clip)
