"""Time courses and mixes: where an event starts and ends, how large it may be."""

from __future__ import annotations

import numpy as np
import pytest

from spotcore.intervals import Interval
from spotcore.synthesis.mixes import draw_amplitude, draw_mix, largest_percent
from spotcore.synthesis.profiles import BOUNDARY_STRENGTH, draw_event, profile


def test_an_event_is_visible_exactly_between_its_labelled_ends():
    event = Interval(20, 60, "macro", 30)
    course = profile(90, event, hold=5)
    assert course[[20, 60]] == pytest.approx(BOUNDARY_STRENGTH, abs=1e-3)
    assert course[30:36] == pytest.approx(1.0)
    visible = np.flatnonzero(course > BOUNDARY_STRENGTH + 1e-3)
    assert (visible[0], visible[-1]) == (21, 59)
    assert course[:17].max() == course[67:].max() == 0
    assert np.all(np.diff(course[18:31]) > 0), "rises without stopping"


def test_an_event_may_touch_the_first_and_the_last_frame():
    course = profile(10, Interval(0, 9, "micro", 4))
    assert course[[0, 9]] == pytest.approx(BOUNDARY_STRENGTH, abs=1e-3)


@pytest.mark.parametrize(("event", "hold"), [
    (Interval(5, 9, "micro", 5), 0), (Interval(5, 9, "micro"), 0), (Interval(5, 9, "micro", 7), 2),
])  # fmt: skip
def test_an_event_without_rise_or_fall_is_refused(event, hold):
    with pytest.raises(ValueError, match="onset < apex"):
        profile(20, event, hold)


@pytest.mark.parametrize("fps", [25.0, 30.0, 50.0])
def test_drawn_durations_fit_their_type_and_rise_faster_than_they_fall(fps):
    rng = np.random.default_rng(0)
    for kind in ("micro", "macro"):
        drawn = [draw_event(kind, 7, fps, rng) for _ in range(300)]
        seconds = np.array([event.offset - event.onset for event, _ in drawn]) / fps
        assert (seconds <= 0.5).all() if kind == "micro" else (seconds > 0.5).all()
        rise = np.array([event.apex - event.onset for event, _ in drawn])
        fall = np.array([event.offset - event.apex - hold for event, hold in drawn])
        assert np.median(rise / (rise + fall)) < 0.5
        assert all(profile(300, event, hold)[event.apex] == 1 for event, hold in drawn)
        assert any(hold > 0 for _, hold in drawn)


def test_drawn_expressions_are_mixed_uneven_and_stay_within_what_a_face_can_do():
    rng = np.random.default_rng(1)
    mixes = [draw_mix(rng) for _ in range(400)]
    units = [{unit for unit, _ in mix} for mix in mixes]
    assert len(set().union(*units)) >= 14
    one_sided = np.mean([len({side for _, side in mix}) == 1 for mix in mixes])
    assert 0.05 < one_sided < 0.3
    assert np.mean([len(u) > 1 for u in units]) > 0.3
    for mix in mixes:
        assert 0.3 <= draw_amplitude("micro", mix, rng) <= 3.0
        assert 1.5 <= draw_amplitude("macro", mix, rng) <= min(60, largest_percent(mix))
