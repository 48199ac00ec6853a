"""Stored curves are decoded without traces."""

import numpy as np

from spotcore.bumps import decode_bumps, one_per_event, peaks, shape_channel
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.probabilities import Curves

Bump = tuple[str, int, float, float, float, float]


def curves_with(bumps: list[Bump], count: int = 100, rate: float = 30.0) -> Curves:
    """Bumps as (type, sample, score, seconds from onset to sample, to apex, to offset)."""
    channels = {f"{kind}_apex": np.zeros(count, np.float32) for kind in EXPRESSION_TYPES}
    for kind in EXPRESSION_TYPES:
        channels |= {shape_channel(kind, name): np.zeros(count, np.float32) for name in ("before", "rise", "length")}
    for kind, sample, score, before, rise, length in bumps:
        channels[f"{kind}_apex"][sample] = score
        for name, value in (("before", before), ("rise", rise), ("length", length)):
            channels[shape_channel(kind, name)][sample] = value / 10
    return Curves(np.arange(count) * 2, np.arange(count) / rate, channels, "bumps")


def test_a_bump_comes_back_as_it_was_stored_in_original_frames():
    found = decode_bumps(curves_with([("macro", 40, 0.5, 0.5, 0.4, 1.0)]))
    assert found == [Interval(50, 110, "macro", apex=74, score=0.5)]


def test_bumps_at_both_ends_of_the_video_stay_inside_it():
    found = decode_bumps(curves_with([("micro", 0, 0.4, 0.0, 0.1, 0.2), ("macro", 99, 0.3, 1.0, 0.5, 1.0)]))
    assert {(p.type, p.onset, p.offset) for p in found} == {("micro", 0, 12), ("macro", 138, 198)}


def test_of_two_overlapping_bumps_of_one_type_the_surer_stays():
    found = decode_bumps(curves_with([("macro", 40, 0.5, 0.5, 0.4, 1.0), ("macro", 44, 0.6, 0.5, 0.4, 1.0)]))
    assert [round(p.score, 2) for p in found] == [0.6]


def test_one_movement_is_not_proposed_twice_but_a_micro_inside_a_macro_stays():
    macro = Interval(10, 26, "macro", score=0.5)
    assert one_per_event([macro, Interval(11, 25, "micro", score=0.4)]) == [macro]
    assert one_per_event([macro, Interval(11, 25, "micro", score=0.51)]) == [macro]
    inside = Interval(12, 18, "micro", score=0.3)
    assert one_per_event([macro, inside]) == [macro, inside]


def test_peaks_are_local_maxima_and_a_plateau_counts_once():
    assert peaks(np.array([1.0, 0.5, 0.5, 2.0, 2.0, 0.0, 0.3])).tolist() == [0, 3, 6]
    assert peaks(np.zeros(5)).tolist() == []
    assert peaks(np.zeros(0)).tolist() == []
