"""What experiments do to recordings before a network sees them."""

from __future__ import annotations

import numpy as np
import pytest

from spotcore.experiments.videos import TEST, at_rate, of_regions, synthetic_videos


@pytest.fixture(scope="module")
def video():
    return synthetic_videos(TEST, 1, 0, {})[0]


def test_a_recording_at_its_own_rate_is_unchanged(video):
    same = at_rate(video, 30)
    np.testing.assert_allclose(same.traces.displacement, video.traces.displacement, atol=1e-5)


def test_a_slower_recording_keeps_its_own_frames_and_draws_lines_between_them(video):
    slow = at_rate(video, 10).traces.displacement
    given = video.traces.displacement
    np.testing.assert_allclose(slow[:-3:3], given[:-3:3], atol=1e-5)
    np.testing.assert_allclose(slow[1], given[0] + (given[3] - given[0]) / 3, atol=1e-5)


def test_regions_that_are_not_measured_stand_still(video):
    kept = of_regions(video, [0, 8]).traces.displacement
    assert not kept[:, [1, 2, 3, 4, 5, 6, 7, 9]].any()
    np.testing.assert_array_equal(kept[:, [0, 8]], video.traces.displacement[:, [0, 8]])


def test_an_amplitude_changes_the_size_of_events_and_nothing_else_about_the_clip():
    small, large = (synthetic_videos(TEST, 1, 0, {}, amplitude)[0] for amplitude in (0.5, 8.0))
    assert small.intervals == large.intervals
    quiet = ~np.any([(np.arange(len(small.traces)) >= i.onset - 5) & (np.arange(len(small.traces)) <= i.offset + 5)
                     for i in small.intervals], axis=0)  # fmt: skip
    busy = np.abs(large.traces.displacement - small.traces.displacement).max(axis=(1, 2))
    assert busy[~quiet].max() > 4
    assert np.median(busy[quiet]) < 0.5


def test_other_seeds_give_other_people():
    assert synthetic_videos(1, 1, 0, {})[0].intervals != synthetic_videos(1, 1, 1, {})[0].intervals
