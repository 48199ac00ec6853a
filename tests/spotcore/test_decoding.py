"""Targets and decoding are inverse functions; the calibration decides how much is shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotcore.boundary_apex import BoundaryApexSettings, decode_boundary_apex
from spotcore.decoding import propose
from spotcore.errors import InvalidSettings
from spotcore.intervals import Interval
from spotcore.nms import suppress
from spotcore.probabilities import Calibration, Curves
from spotcore.targets import make_targets, nearest_sample, target_channels, to_samples


def perfect_curves(intervals, count, rate=30.0, frames=None, calibration=None, **changes):
    return Curves(
        frames=np.arange(count) if frames is None else frames,
        timestamps=np.arange(count) / rate,
        channels=target_channels(make_targets(intervals, count)),
        decoder="boundary_apex",
        settings=changes,
        calibration=calibration,
    )


def places(intervals):
    return [(i.type, i.onset, i.apex, i.offset) for i in intervals]


@st.composite
def events(draw):
    """Up to three events of each type, apart from each other and inside the ranges, often at the very borders."""
    found, count = [], draw(st.integers(60, 400))
    for kind, least, most in (("micro", 2, 7), ("macro", 4, 60)):
        start = draw(st.sampled_from([0, 1, 2, 5]))
        for _ in range(draw(st.integers(0, 3))):
            before, after = draw(st.integers(least, most)), draw(st.integers(least, most))
            onset = start + draw(st.integers(0, 3))
            if onset + before + after >= count:
                break
            found.append(Interval(onset, onset + before + after, kind, onset + before))
            start = onset + before + after + 2 * most + 10
    return found, count


@settings(max_examples=200, deadline=None)
@given(events())
def test_separate_events_inside_the_ranges_come_back_exactly(drawn):
    intervals, count = drawn
    expected = sorted(places(intervals), key=lambda p: (p[1], p[0]))
    assert places(decode_boundary_apex(perfect_curves(intervals, count))) == expected


@pytest.mark.parametrize(("kind", "apex", "length"), [("micro", 4, 10), ("macro", 20, 50)])
def test_an_event_that_fills_the_video_comes_back_with_its_first_and_last_frame(kind, apex, length):
    event = Interval(0, length, kind, apex)
    assert places(propose(perfect_curves([event], length + 1))) == places([event])


@pytest.mark.parametrize("late", [0, 1, 2, 3, 4])
def test_a_macro_near_the_last_frame_comes_back_exactly(late):
    event = Interval(100, 199 - late, "macro", 150)
    assert places(propose(perfect_curves([event], 200))) == places([event])


def test_proposals_speak_of_original_frames_of_a_fast_camera():
    frames = np.arange(0, 1400, 7)
    event = Interval(70, 140, "micro", 105)  # at 200 fps
    curves = perfect_curves(to_samples([event], frames), len(frames), rate=200 / 7, frames=frames)
    assert places(propose(curves)) == places([event])


def test_the_nearest_sample_is_the_earlier_of_two_equally_near_ones():
    frames = np.array([0, 10, 20])
    assert [nearest_sample(frames, f) for f in (-3, 4, 5, 6, 14, 99)] == [0, 0, 0, 1, 1, 2]


def test_a_perfect_answer_scores_one():
    assert propose(perfect_curves([Interval(40, 80, "macro", 60)], 200))[0].score == pytest.approx(1.0)


def test_an_apex_below_the_threshold_is_no_candidate():
    curves = perfect_curves([Interval(40, 80, "macro", 60)], 200, apex_threshold=1.0)
    assert decode_boundary_apex(curves) == []


def test_a_suppressed_type_is_never_proposed():
    curves = perfect_curves([Interval(40, 80, "macro", 60), Interval(100, 110, "micro", 105)], 200, suppressed="macro")
    assert [p.type for p in propose(curves)] == ["micro"]


def test_offset_wins_where_onset_and_offset_claim_one_frame():
    targets = make_targets([Interval(10, 12, "macro", 11)], 30)
    assert targets.boundary[0].tolist()[6:17] == [2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2]


def test_an_unknown_apex_takes_the_middle_frame():
    assert make_targets([Interval(10, 21, "macro")], 30).apex[0].argmax() == 15


def test_macro_overwrites_micro_in_the_contrastive_groups():
    group = make_targets([Interval(2, 9, "micro"), Interval(5, 20, "macro")], 30).group
    assert group[[0, 2, 4, 5, 9, 20, 21]].tolist() == [0, 2, 2, 1, 1, 1, 0]


def calibrated(false_alarms):
    calibration = Calibration(
        scores={"macro": (0.2, 0.6, 0.9), "micro": (0.2, 0.6, 0.9)},
        false_alarms={"macro": (10.0, 3.0, 0.5), "micro": (10.0, 3.0, 0.5)},
        source="literals",
    )
    events = [Interval(100 * n + 20, 100 * n + 60, "macro", 100 * n + 40) for n in range(3)]
    curves = perfect_curves(events, 400, calibration=calibration)
    heights = np.repeat([0.3, 0.7, 0.95, 0.0], 100).astype(np.float32)
    channels = dict(curves.channels) | {"macro_onset": curves.channels["macro_onset"] * heights}
    curves = Curves(curves.frames, curves.timestamps, channels, "boundary_apex", {}, calibration)
    return [p.onset for p in propose(curves, false_alarms)]


def test_a_stricter_rate_shows_fewer_proposals():
    assert [calibrated(rate) for rate in (None, 20, 6, 1)] == [[20, 120, 220]] * 2 + [[120, 220], [220]]


def test_each_type_is_granted_half_of_the_false_alarms():
    assert calibrated(6.0) == [120, 220]  # 3 a minute of macro at score 0.6, where all 6 would reach down to 0.43
    assert calibrated(20.0) == [20, 120, 220]


def test_of_two_overlapping_proposals_of_one_type_the_surer_stays():
    weak, sure = Interval(10, 20, "macro", score=0.2), Interval(11, 21, "macro", score=0.9)
    other = Interval(10, 20, "micro", score=0.1)
    assert suppress([weak, other, sure]) == [sure, other]


@pytest.mark.parametrize("rate", [-1.0, float("nan")])
def test_an_impossible_rate_is_refused(rate):
    with pytest.raises(InvalidSettings, match="false alarms"):
        propose(perfect_curves([], 10), rate)


def test_an_unknown_decoder_is_refused():
    curves = perfect_curves([], 10)
    with pytest.raises(InvalidSettings, match="boundary_apex"):
        propose(Curves(curves.frames, curves.timestamps, curves.channels, "guess"))


def test_contradicting_ranges_are_reported_together():
    with pytest.raises(InvalidSettings, match=r"macro_lo .* micro_lo "):
        BoundaryApexSettings(micro_lo=0.3, micro_hi=0.2, macro_lo=3.0, macro_hi=2.0)


@pytest.mark.parametrize("count", [0, 1])
def test_a_video_of_hardly_any_frames_gives_no_proposals(count):
    assert propose(perfect_curves([], count)) == []
