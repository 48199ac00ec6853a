"""The whole-video overview keeps every peak and stays small."""

from __future__ import annotations

import numpy as np
import pytest

from webapp.components.overview import BINS, Mark, extremes, overview_chart


def test_a_peak_of_one_frame_stays_visible_in_an_hour_of_video() -> None:
    frames = np.arange(108_000)
    values = np.full(len(frames), 0.1)
    values[77_777] = 0.93
    table = extremes(frames, values, len(frames))
    assert len(table) == BINS
    assert table["high"].max() == 0.93
    peak = table.loc[table["high"].idxmax()]
    assert abs(peak["frame"] - 77_777) <= len(frames) / BINS


def test_frames_without_a_value_leave_a_gap() -> None:
    values = np.array([0.2, np.nan, np.nan, 0.4])
    table = extremes(np.arange(4), values, 4)
    assert table["frame"].tolist() == [0, 3]


def test_a_video_of_one_frame_has_one_stretch() -> None:
    table = extremes(np.array([0]), np.array([0.5]), 1)
    assert table.to_dict("records") == [{"frame": 0, "low": 0.5, "high": 0.5}]


def test_a_chart_of_a_long_video_stays_under_the_points_that_svg_can_carry() -> None:
    frames = np.arange(200_000)
    tables = {kind: extremes(frames, np.random.default_rng(1).random(len(frames)), len(frames)) for kind in
              ("macro", "micro")}  # fmt: skip
    marks = [Mark("proposals", "micro", start, start + 9) for start in range(0, 2000, 20)]
    chart = overview_chart(tables, marks, frames / 30, {"macro": 0.5}).to_dict()
    assert sum(len(rows) for rows in chart["datasets"].values()) < 5000


def test_a_video_without_a_run_still_has_its_axis_of_time() -> None:
    chart = overview_chart({}, [], np.arange(50) / 30, {}).to_dict()
    [layer] = chart["layer"]
    assert layer["encoding"]["x"]["scale"]["domain"] == [0, pytest.approx(49 / 30)]
