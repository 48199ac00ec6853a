"""Wilson intervals against published values, and where a rising share crosses a level."""

from __future__ import annotations

import pytest

from spotcore.proportions import Crossing, Share, crossing, difference, rising, wilson


@pytest.mark.parametrize(("hits", "trials", "low", "high"), [
    # Newcombe 1998 (Statistics in Medicine 17, 857-872), table I, method 3.
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718),
])  # fmt: skip
def test_wilson_gives_the_published_intervals(hits, trials, low, high):
    assert wilson(hits, trials) == pytest.approx((low, high), abs=5e-5)


def test_wilson_is_symmetric_and_knows_nothing_without_trials():
    low, high = wilson(3, 12)
    assert wilson(9, 12) == pytest.approx((1 - high, 1 - low))
    assert wilson(0, 0) == (0.0, 1.0)
    assert Share(0, 0).rate is None
    with pytest.raises(ValueError, match="5 of 4"):
        wilson(5, 4)


def test_the_range_of_a_difference_is_the_published_one():
    # Newcombe 1998 (Statistics in Medicine 17, 873-890), table II: 56/70 - 48/80 and 10/10 - 0/10, method 10.
    assert difference(Share(56, 70), Share(48, 80)) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert difference(Share(10, 10), Share(0, 10)) == pytest.approx((1.0, 0.6075, 1.0), abs=5e-5)


def test_neighbours_out_of_order_are_pooled_by_their_weights():
    assert rising([0.1, 0.2, 0.3]).tolist() == [0.1, 0.2, 0.3]
    assert rising([0.4, 0.1, 0.7], [1, 2, 1]) == pytest.approx([0.2, 0.2, 0.7])
    assert rising([1.0, 0.5, 0.0]) == pytest.approx([0.5, 0.5, 0.5])


@pytest.mark.parametrize(("values", "expected"), [
    ([0.0, 0.0, 0.25, 0.75, 1.0], Crossing("at", 8**0.5)),
    ([0.0, 0.5, 0.6, 0.8, 1.0], Crossing("at", 1.0)),
    ([0.6, 0.7, 0.8, 0.9, 1.0], Crossing("below", 0.5)),
    ([0.0, 0.0, 0.1, 0.3, 0.45], Crossing("above", 8.0)),
    ([0.0, 0.3, 0.2, 0.75, 0.7], Crossing("at", 2 * 2 ** (0.25 / 0.475))),  # pooled to 0.25 and 0.725
])  # fmt: skip
def test_the_crossing_lies_between_measured_places_or_beyond_them(values, expected):
    found = crossing([0.5, 1.0, 2.0, 4.0, 8.0], values)
    assert found.relation == expected.relation
    assert found.place == pytest.approx(expected.place)


def test_a_crossing_reads_as_words():
    assert [str(Crossing(*given)) for given in (("at", 2.828), ("above", 8.0), ("below", 0.5))] == [
        "2.8", "above 8", "below 0.5",
    ]  # fmt: skip
