"""A table says how often a score is wrong, and is honest beyond what was counted."""

import numpy as np
import pytest

from spotcore.calibration import (
    average,
    load_calibration,
    measure_calibration,
    one_scale,
    pessimistic,
    save_calibration,
    shipped_calibration,
)
from spotcore.errors import InvalidFile
from spotcore.intervals import Interval
from spotcore.probabilities import Calibration


def false_proposals(scores, kind: str = "macro") -> list[Interval]:
    return [Interval(n, n + 10, kind, score=float(s)) for n, s in enumerate(scores)]


def test_counted_rates_are_counts_over_minutes():
    scores = np.linspace(0.01, 1.0, 100)
    table = measure_calibration(false_proposals(scores), 10.0, "test")
    for score in (0.2, 0.5, 0.8):
        assert table.rate("macro", score) == pytest.approx((scores >= score).sum() / 10, abs=0.11)


def test_the_tail_of_exponential_scores_goes_on_where_counting_ends():
    rng = np.random.default_rng(0)
    table = measure_calibration(false_proposals(rng.exponential(0.1, 300)), 5.0, "test")
    true_rate = 60 * np.exp(-7)  # at a score of 0.7: 0.055 a minute, a quarter of an alarm in the footage
    assert 0.2 < table.rate("macro", 0.7) / true_rate < 5


def test_threshold_and_rate_are_inverse():
    table = measure_calibration(false_proposals(np.random.default_rng(1).uniform(0, 1, 200)), 4.0, "test")
    for rate in (10.0, 3.0, 0.5):
        assert table.rate("macro", table.threshold("macro", rate)) == pytest.approx(rate, rel=0.05)


def test_footage_in_which_nothing_was_found_promises_half_an_alarm_at_most():
    assert measure_calibration([], 2.0, "silence").false_alarms["micro"] == (0.25,)


def test_no_footage_is_refused():
    with pytest.raises(ValueError, match="0 minutes"):
        measure_calibration([], 0.0, "nothing")


def test_the_worse_footage_counts_at_every_score():
    rng = np.random.default_rng(2)
    calm = measure_calibration(false_proposals(rng.exponential(0.05, 200)), 5.0, "calm")
    talk = measure_calibration(false_proposals(rng.exponential(0.1, 100)), 5.0, "talk")
    worse = pessimistic([calm, talk], points=200)
    for score in (0.02, 0.1, 0.3):
        expected = max(calm.rate("macro", score), talk.rate("macro", score))
        assert worse.rate("macro", score) == pytest.approx(expected, rel=0.1)
    assert "calm" in worse.source
    assert "talk" in worse.source


def test_a_table_survives_its_file(tmp_path):
    table = measure_calibration(false_proposals(np.linspace(0.1, 0.9, 40), "micro"), 3.0, "here")
    save_calibration(table, tmp_path / "table.json")
    again = load_calibration(tmp_path / "table.json")
    assert again.source == "here"
    assert again.threshold("micro", 1.0) == pytest.approx(table.threshold("micro", 1.0), abs=1e-3)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "glint-calibration/1"}'])
def test_another_file_is_refused(tmp_path, text):
    path = tmp_path / "table.json"
    path.write_text(text)
    with pytest.raises(InvalidFile, match=r"table\.json"):
        load_calibration(path)


def test_the_shipped_table_of_the_baseline_says_what_it_was_measured_on():
    table = shipped_calibration("baseline")
    assert "minutes of" in table.source
    assert 0 < table.threshold("macro", 3.0) < table.threshold("macro", 0.5) < 1
    assert 0 < table.threshold("micro", 3.0) < table.threshold("micro", 0.5) < 1


def made(macro, micro, source="made up"):
    return Calibration({"macro": (0.0, 1.0), "micro": (0.0, 1.0)}, {"macro": macro, "micro": micro}, source)


def test_a_mixture_of_footage_expects_the_weighted_mean():
    mixed = average([made((8.0, 0.0), (4.0, 0.0)), made((0.0, 0.0), (8.0, 4.0))], [0.75, 0.25])
    assert mixed.rate("macro", 0.0) == pytest.approx(6.0)
    assert mixed.rate("micro", 1.0) == pytest.approx(1.0)
    assert "0.75 x made up" in mixed.source


def test_on_one_scale_both_types_share_a_threshold_at_which_their_sum_is_granted():
    table = made((10.0, 0.5), (2.0, 0.5))
    joint = one_scale(table)
    for granted in (6.0, 2.0):
        threshold = joint.threshold("macro", granted / 2)
        assert threshold == joint.threshold("micro", granted / 2)
        assert table.rate("macro", threshold) + table.rate("micro", threshold) <= granted + 0.2
