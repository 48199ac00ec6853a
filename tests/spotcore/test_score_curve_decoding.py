"""Score curves become intervals: edges from the prominence, shifted to the middle of the compared pair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spotcore.errors import InvalidSettings
from spotcore.score_curve_decoding import CurveSettings, decode_score_curve

# Almost no smoothing, measured edges only, score t belongs to frame t: what comes out can be read off the curve.
PLAIN = CurveSettings(smoothing=0.01, level=0.5, fixed_share=0.0, pair_distance=0.0)


def triangle(length, peak, half_width, height=1.0):
    return height * np.maximum(0.0, 1.0 - np.abs(np.arange(length) - peak) / half_width)


def spans(curve, settings, half_length=10):
    return [(p.onset, p.offset) for p in decode_score_curve(curve, "macro", half_length, settings)]


@pytest.mark.parametrize(("level", "expected"), [(0.5, (90, 110)), (0.25, (95, 105)), (0.75, (85, 115))])
def test_edges_lie_where_the_curve_has_fallen_by_a_share_of_its_prominence(level, expected):
    assert spans(triangle(200, 100, 20), replace(PLAIN, level=level)) == [expected]


def test_fixed_share_mixes_measured_edges_with_the_mean_duration():
    curve = triangle(200, 100, 40)  # measured at half height: 80..120, fixed: 90..110
    shares = (0.0, 0.5, 1.0)
    assert [spans(curve, replace(PLAIN, fixed_share=s))[0] for s in shares] == [(80, 120), (85, 115), (90, 110)]


def test_scores_of_pairs_lie_half_their_distance_later():
    assert spans(triangle(200, 100, 20), replace(PLAIN, pair_distance=1.0)) == [(95, 115)]


def test_a_step_height_above_a_pedestal_is_measured_from_its_foot():
    (found,) = decode_score_curve(0.4 + triangle(200, 100, 20, 0.3), "micro", 10, PLAIN)
    assert (found.onset, found.offset, found.type) == (90, 110, "micro")
    assert found.score == pytest.approx(0.3)


def test_share_ranks_between_the_mean_and_the_maximum_of_the_video():
    curve = triangle(400, 100, 20, 1.0) + triangle(400, 300, 20, 0.5)
    low, high = curve.mean(), curve.max()
    found = decode_score_curve(curve, "macro", 10, replace(PLAIN, ranking="share"))
    assert [p.score for p in found] == pytest.approx([1.0, (0.5 - low) / (high - low)])


def test_smoothing_joins_two_peaks_of_one_movement():
    curve = triangle(200, 95, 6) + triangle(200, 105, 6)
    assert len(spans(curve, PLAIN)) == 2
    assert len(spans(curve, replace(PLAIN, smoothing=1.0))) == 1


def test_intervals_stay_inside_the_video_whose_curve_is_shorter_by_the_pair():
    settings = replace(PLAIN, fixed_share=1.0, pair_distance=1.0)
    curve = triangle(100, 2, 2) + triangle(100, 97, 2)
    assert spans(curve, settings) == [(0, 17), (92, 109)]


@pytest.mark.parametrize("curve", [np.zeros(50), np.linspace(0.0, 1.0, 50), np.zeros(1), np.zeros(0)])
def test_a_curve_without_a_peak_proposes_nothing(curve):
    assert decode_score_curve(curve, "macro", 10) == []


def test_shifting_and_scaling_a_curve_changes_no_interval():
    curve = np.random.default_rng(3).normal(size=600).cumsum() / 20
    assert spans(curve, CurveSettings()) == spans(3.0 * curve - 7.0, CurveSettings())


def test_settings_out_of_range_are_refused_together():
    with pytest.raises(InvalidSettings, match=r"level.*ranking"):
        CurveSettings(level=1.5, ranking="loudest")
