"""Frames become samples at the analysis rate, and times stay times."""

import numpy as np
import pytest

from spotcore.sampling import interpolate, nearest, resample_times, sampling_of


@pytest.mark.parametrize(
    ("fps", "variable", "step", "resampled"),
    [(200, False, 7, False), (30, False, 1, False), (25, False, 1, True), (30, True, 1, True), (60, False, 2, False),
     (45, False, 1, False), (1000, False, 33, False), (29.97, False, 1, False), (0, False, 1, False)],
)  # fmt: skip
def test_rates_above_45_are_thinned_and_below_27_interpolated(fps, variable, step, resampled):
    found = sampling_of(fps, variable)
    assert (found.step, found.resampled) == (step, resampled)


def test_times_run_from_the_first_to_the_last_frame():
    times = resample_times(np.array([0.0, 0.04, 0.5]))
    assert times[0] == 0
    assert len(times) == 16
    assert times[-1] == pytest.approx(0.5)


def test_interpolation_follows_the_timestamps_of_a_variable_rate():
    stamps = np.array([0.0, 0.1, 0.4, 0.5])
    values = (stamps * 10).astype(np.float32)
    times = resample_times(stamps)
    assert interpolate(stamps, values, times) == pytest.approx(times * 10, abs=1e-5)


def test_the_nearest_frame_is_nearest():
    stamps = np.sort(np.random.default_rng(0).uniform(0, 2, 50))
    times = np.linspace(-0.1, 2.1, 77)
    assert nearest(stamps, times).tolist() == [int(np.abs(stamps - t).argmin()) for t in times]


def test_one_frame_is_enough():
    one = np.array([0.0])
    assert len(resample_times(one)) == 1
    assert nearest(one, one).tolist() == [0]
    assert interpolate(one, np.ones((1, 3)), one).tolist() == [[1, 1, 1]]
