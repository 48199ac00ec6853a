"""Cells added up to figures with intervals and verdicts."""

from __future__ import annotations

import pytest

from spotcore.experiments.experiment import MICRO, Experiment, Level, f1, mean, per_minute
from spotcore.experiments.figures import NO_DIFFERENCE, compare

PAIR = (Level("a", reference=True), Level("b"))


def experiment(*figures, levels=PAIR) -> Experiment:
    return Experiment("x", "x?", "x", levels, figures, "m:f", {"tiny": {}, "small": {}, "full": {}})


def person(tp: float, fp: float, fn: float) -> dict[str, float]:
    return {"micro_tp": tp, "micro_fp": fp, "micro_fn": fn, "minutes": 0.5}


def test_f1_is_pooled_over_subjects_and_averaged_over_seeds():
    cells = {
        ("a", 0): {"p": person(3, 1, 0), "q": person(0, 0, 4)},  # pooled: 3 hits, 1 false, 4 missed
        ("a", 1): {"p": person(4, 0, 0), "q": person(4, 0, 0)},
        ("b", 0): {"p": person(0, 0, 4), "q": person(0, 0, 4)},
        ("b", 1): {"p": person(0, 0, 4), "q": person(0, 0, 4)},
    }
    row = compare(experiment(f1("F1", "micro")), cells)[0]["figures"]["F1"]
    assert row["by_seed"] == pytest.approx([6 / 11, 1.0])
    assert row["value"] == pytest.approx((6 / 11 + 1) / 2)


def test_a_difference_that_every_subject_shows_is_called_by_its_direction():
    cells = {("a", 0): {f"p{i}": person(2, 1, 2) for i in range(12)}}
    cells["b", 0] = {f"p{i}": person(3, 1, 1) for i in range(12)}
    row = compare(experiment(MICRO, per_minute("false a minute", "micro_fp")), cells)[1]
    assert row["difference"]["micro F1"]["verdict"] == "better"
    assert row["difference"]["false a minute"]["verdict"] == NO_DIFFERENCE


def test_of_a_figure_that_should_be_low_more_is_worse():
    cells = {("a", 0): {f"p{i}": {"error": 1.0, "n": 2} for i in range(12)}}
    cells["b", 0] = {f"p{i}": {"error": 3.0, "n": 2} for i in range(12)}
    rows = compare(experiment(mean("error", "error", "n")), cells)
    assert rows[1]["difference"]["error"] | {"low": 0, "high": 0} == {
        "value": 1,
        "low": 0,
        "high": 0,
        "verdict": "worse",
    }


def test_differences_are_paired_by_subject():
    """Subjects differ by far more than the conditions do, and the difference still shows."""
    cells = {("a", 0): {f"p{i}": {"error": float(i), "n": 1} for i in range(20)}}
    cells["b", 0] = {f"p{i}": {"error": i + 0.1, "n": 1} for i in range(20)}
    rows = compare(experiment(mean("error", "error", "n")), cells)
    found, width = rows[1]["difference"]["error"], rows[0]["figures"]["error"]
    assert found["verdict"] == "worse"
    assert found["high"] - found["low"] < 1e-6 < width["high"] - width["low"]


def test_seeds_that_disagree_widen_the_interval():
    agreeing = {(n, s): {f"p{i}": person(2, 0, 2) for i in range(9)} for n in "ab" for s in (0, 1)}
    differing = agreeing | {("b", 1): {f"p{i}": person(4, 0, 0) for i in range(9)}}
    narrow, wide = (compare(experiment(MICRO), cells)[1]["figures"]["micro F1"] for cells in (agreeing, differing))
    assert wide["high"] - wide["low"] > narrow["high"] - narrow["low"]


def test_a_series_is_compared_with_its_own_reference():
    levels = (Level("1", series="s", reference=True), Level("2", series="s"),
              Level("1", series="t", reference=True), Level("2", series="t"))  # fmt: skip
    values = {"s: 1": 1.0, "s: 2": 2.0, "t: 1": 10.0, "t: 2": 13.0}
    cells = {(name, 0): {f"p{i}": {"error": v, "n": 1} for i in range(5)} for name, v in values.items()}
    rows = compare(experiment(mean("error", "error", "n"), levels=levels), cells)
    assert [row["difference"]["error"]["value"] for row in rows if not row["reference"]] == pytest.approx([1.0, 3.0])


def test_a_series_without_a_reference_is_refused():
    with pytest.raises(ValueError, match="exactly one reference"):
        experiment(MICRO, levels=(Level("a"), Level("b")))
