"""Agreement between coders against published answers and slow obvious versions."""

from __future__ import annotations

import numpy as np
import pytest

from spotcore import agreement
from spotcore.agreement import (
    both,
    boundary_differences,
    event_agreement,
    frame_agreement,
    frame_codes,
    kappa_without_corner,
    krippendorff_alpha,
    pair_up,
    within,
)
from spotcore.intervals import Interval, iou


def micro(onset: int, offset: int, apex: int | None = None) -> Interval:
    return Interval(onset, offset, "micro", apex)


def macro(onset: int, offset: int, apex: int | None = None) -> Interval:
    return Interval(onset, offset, "macro", apex)


def test_cohens_kappa_is_the_one_of_cohens_own_example():
    # Cohen 1960 (Educational and Psychological Measurement 20, 37-46), table 1: observed .29, by chance .35.
    table = np.array([[25, 13, 12], [12, 2, 16], [3, 15, 2]])
    assert agreement._table_kappa(table) == pytest.approx(-0.0923, abs=5e-5)


def test_krippendorffs_alpha_is_that_of_his_four_observers():
    # Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), example C: nominal alpha .743, codes 1 to 5.
    rows = ["1 2 3 3 2 1 4 1 2 * * *", "1 2 3 3 2 2 4 1 2 5 * 3", "* 3 3 3 2 3 4 2 2 5 1 *", "1 2 3 3 2 4 4 1 2 5 1 *"]
    ratings = [[np.array([-1 if code == "*" else int(code) for code in row.split()])] for row in rows]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agreement, "CODES", {str(code): code for code in range(1, 6)})
        assert krippendorff_alpha(ratings) == pytest.approx(0.743, abs=5e-4)


def test_alpha_is_unknown_without_footage_that_two_people_judged_or_without_two_codes():
    alone = [[np.array([0, 1, -1, -1])], [np.array([-1, -1, 2, 0])]]
    assert krippendorff_alpha(alone) is None
    assert krippendorff_alpha([[np.zeros(5, int)], [np.zeros(5, int)]]) is None


def test_chance_without_the_corner_has_the_observed_margins():
    table = np.array([[0, 4, 9], [6, 30, 3], [8, 2, 20.0]])
    # Slow and obvious: minimise the distance to independence with free row and column factors by alternating scaling.
    a, b = np.ones(3), np.ones(3)
    mask = np.ones((3, 3))
    mask[0, 0] = 0
    for _ in range(5000):
        a = table.sum(1) / (mask * b).sum(1)
        b = table.sum(0) / (mask * a[:, None]).sum(0)
    chance = np.trace(mask * np.outer(a, b)) / table.sum()
    observed = np.trace(table) / table.sum()
    assert kappa_without_corner(table) == pytest.approx((observed - chance) / (1 - chance), abs=1e-6)
    assert kappa_without_corner(np.zeros((3, 3))) is None
    assert kappa_without_corner(np.diag([0.0, 5, 5])) == pytest.approx(1.0)


def test_pairing_takes_the_largest_sum_of_overlaps_not_the_first_best():
    first, second = [micro(0, 9), micro(8, 17)], [micro(4, 13), micro(12, 21)]
    assert [(i, j) for i, j, _ in pair_up(first, second, 0.2)] == [(0, 0), (1, 1)]
    assert pair_up(first, second, 0.2)[0][2] == pytest.approx(iou(first[0], second[0]))
    assert pair_up(first, second, 0.9) == []
    assert pair_up([], second, 0.5) == []


def test_pairing_is_the_same_from_either_side():
    rng = np.random.default_rng(3)
    for _ in range(20):
        sides = [[micro(int(o), int(o + n)) for o, n in rng.integers([0, 1], [60, 12], (6, 2))] for _ in range(2)]
        there = sum(value for *_, value in pair_up(sides[0], sides[1], 0.3))
        back = sum(value for *_, value in pair_up(sides[1], sides[0], 0.3))
        assert there == pytest.approx(back)


def test_events_are_counted_with_types_and_those_seen_once():
    first = {"a": [micro(0, 9, 5), macro(20, 59), micro(80, 89)], "b": [macro(0, 30)]}
    second = {"a": [micro(1, 9, 6), micro(20, 57)], "b": [macro(0, 30), micro(40, 45)]}
    found = event_agreement(first, second, 0.5)
    assert [(p.video, p.first.onset, p.second.type) for p in found.pairs] == [
        ("a", 0, "micro"), ("a", 20, "micro"), ("b", 0, "macro"),
    ]  # fmt: skip
    assert found.only_first == (("a", micro(80, 89)),)
    assert found.only_second == (("b", micro(40, 45)),)
    assert found.f1 == pytest.approx(6 / 8)
    assert found.kappa_types == pytest.approx((2 / 3 - 4 / 9) / (1 - 4 / 9))
    assert found.kappa_events is not None


def test_without_events_nothing_is_claimed():
    found = event_agreement({"a": []}, {})
    assert (found.f1, found.kappa_types, found.kappa_events) == (None, None, None)


def test_frames_count_only_where_both_have_judged():
    first = frame_codes([macro(2, 7), micro(4, 5)], [(0, 9)], 12)
    assert first.tolist() == [0, 0, 1, 1, 2, 2, 1, 1, 0, 0, -1, -1]
    second = frame_codes([macro(2, 6)], [(0, 6), (8, 11)], 12)
    found = frame_agreement([first], [second])
    assert found.table.tolist() == [[4, 0, 0], [0, 3, 0], [0, 2, 0]]
    assert found.frames == 9
    assert found.agreement == pytest.approx(7 / 9)
    assert found.kappa == pytest.approx((7 / 9 - (4 * 4 + 3 * 5) / 81) / (1 - (4 * 4 + 3 * 5) / 81))
    assert found.kappa_by_type["micro"] == pytest.approx(0.0)


def test_an_event_in_footage_that_was_not_judged_gives_no_code():
    assert frame_codes([micro(3, 6)], [(0, 4)], 8).tolist() == [0, 0, 0, 2, 2, -1, -1, -1]


def test_kappa_is_unknown_where_both_say_one_thing_only():
    silent = frame_codes([], [(0, 9)], 10)
    assert frame_agreement([silent], [silent]).kappa is None
    assert frame_agreement([], []).kappa is None


def test_shared_footage_and_the_events_inside():
    assert both([(0, 9), (20, 29)], [(5, 24), (28, 40)]) == ((5, 9), (20, 24), (28, 29))
    assert within([micro(5, 9), micro(4, 9), micro(23, 28)], [(5, 9), (20, 24)]) == (micro(5, 9),)


def test_boundaries_differ_with_sign_and_limits_of_agreement():
    first = {"a": [micro(10 * k, 10 * k + 6, 10 * k + 3 if k else None) for k in range(1, 6)]}
    shifts = [1, -1, 2, 0, 3]
    second = {"a": [micro(10 * k + s, 10 * k + 6, 10 * k + 4) for k, s in zip(range(1, 6), shifts, strict=True)]}
    found = boundary_differences(event_agreement(first, second, 0.3).pairs)
    onset = found["onset"]
    assert onset.differences.tolist() == [1, -1, 2, 0, 3]
    assert (onset.median, onset.bias) == (1.0, 1.0)
    spread = 1.96 * np.std(shifts, ddof=1)
    assert (onset.lower, onset.upper) == pytest.approx((1 - spread, 1 + spread))
    assert onset.means[0] == 10.5
    assert found["offset"].high == 0.0
    assert np.isnan(boundary_differences([])["apex"].median)
