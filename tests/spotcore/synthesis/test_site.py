"""The other site: people differ by seed, the camera shakes, and roles are whole people."""

from __future__ import annotations

import numpy as np

from spotcore.synthesis.planning import PlanSettings
from spotcore.synthesis.site import (
    EXPRESSIONS,
    SHAKE_HERTZ,
    TRAIN,
    VALIDATION,
    _shaking,
    site_traces,
    slowed,
    write_site,
)
from tests.spotcore.trace_examples import make_traces

SHORT = PlanSettings(seconds=4.0, micro=(1, 1), macro=(0, 0), expressions=EXPRESSIONS)


def test_a_seed_gives_the_same_clip_and_another_seed_another():
    (first, events), (again, _), (other, _) = (site_traces(seed, SHORT) for seed in (1, 1, 2))
    assert np.array_equal(first.displacement, again.displacement)
    assert not np.array_equal(first.displacement, other.displacement)
    assert [event.type for event in events] == ["micro"]


def test_the_camera_swings_at_one_frequency():
    swing = _shaking(600, 30.0, 10, np.random.default_rng(3))
    spectrum = np.abs(np.fft.rfft(swing, axis=0)).sum((1, 2))
    hertz = np.fft.rfftfreq(600, 1 / 30)[spectrum.argmax()]
    assert SHAKE_HERTZ[0] - 0.5 <= hertz <= SHAKE_HERTZ[1] + 0.5


def test_a_slow_camera_keeps_what_it_saw_and_fills_the_rest_in():
    traces = make_traces((), 61)
    slow = slowed(traces, 15.0)
    assert np.allclose(slow.displacement[::2], traces.displacement[::2], atol=1e-6)
    between = (traces.displacement[0] + traces.displacement[2]) / 2
    assert np.allclose(slow.displacement[1], between, atol=1e-6)


def test_twenty_clips_teach_and_other_people_test(tmp_path):
    manifest = write_site(tmp_path, 5, 2, settings=SHORT)
    assert [len(manifest.of_role(role)) for role in ("train", "validation", "test")] == [TRAIN, VALIDATION, 2]
    assert TRAIN + VALIDATION == 20
    assert len({video.subject for video in manifest.videos}) == 22
