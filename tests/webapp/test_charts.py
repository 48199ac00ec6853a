"""Charts hold exactly the values they were given, and say nothing where there is nothing."""

from __future__ import annotations

from webapp.components import charts


def test_curves_hold_every_epoch_and_leave_out_what_was_not_measured() -> None:
    history = [{"epoch": 1, "loss": 0.9, "validation_loss": None}, {"epoch": 2, "loss": 0.7, "validation_loss": 0.8}]
    chart = charts.epoch_curves(history, {"loss": "training", "validation_loss": "validation"}, "loss")
    points = chart.data.to_dict("records")
    assert points == [
        {"epoch": 1, "value": 0.9, "series": "training"},
        {"epoch": 2, "value": 0.7, "series": "training"},
        {"epoch": 2, "value": 0.8, "series": "validation"},
    ]


def test_curves_without_values_are_not_drawn() -> None:
    assert charts.epoch_curves([], {"loss": "training"}, "loss") is None
    assert charts.epoch_curves([{"epoch": 1, "loss": None}], {"loss": "training"}, "loss") is None


def test_scores_are_drawn_with_their_interval_only_where_there_is_one() -> None:
    measured = {"version": "a", "type": "macro", "f1": 0.5, "low": 0.2, "high": 0.8}
    assert len(charts.score_comparison([measured]).layer) == 2
    assert len(charts.score_comparison([{**measured, "low": None, "high": None}]).layer) == 1
    assert charts.score_comparison([{**measured, "f1": None}]) is None
