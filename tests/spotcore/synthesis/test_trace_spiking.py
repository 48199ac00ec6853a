"""Traces without pictures: the truth is in them at the size that was asked, among what an extractor adds."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from spotcore.errors import IncompatibleFeatures
from spotcore.feature_files import load_traces, save_traces
from spotcore.regions import FEATURE_KIND, REGIONS
from spotcore.synthesis.ladder import plan_spikes
from spotcore.synthesis.planning import PlanSettings
from spotcore.synthesis.trace_spiking import spike_traces, synthetic_traces

QUIET = PlanSettings(micro=(0, 0), macro=(0, 0), speech_share=0, turn_share=0, blinks_per_minute=(0, 0), sway=(0, 0))


def test_traces_have_the_extractors_kind_and_survive_their_file(tmp_path):
    traces, events = synthetic_traces(1)
    assert traces.kind == FEATURE_KIND
    assert traces.displacement.shape == (450, len(REGIONS), 2)
    assert events
    assert all(event.offset < len(traces) for event in events)
    save_traces(traces, tmp_path / "t.npz")
    assert np.array_equal(load_traces(tmp_path / "t.npz").displacement, traces.displacement)


def test_the_same_seed_gives_the_same_traces_and_another_seed_another_person():
    one, two, other = synthetic_traces(5), synthetic_traces(5), synthetic_traces(6)
    assert np.array_equal(one[0].displacement, two[0].displacement)
    assert one[1] == two[1]
    assert not np.array_equal(one[0].displacement, other[0].displacement)


def test_macros_stand_out_of_clips_in_which_nothing_else_happens():
    settings = replace(QUIET, macro=(2, 2))
    seen = []
    for seed in range(12):
        traces, events = synthetic_traces(seed, settings)
        for event in events:
            before = traces.displacement[max(event.onset - 4, 0) : event.onset].mean(0)
            seen.append(np.linalg.norm(traces.displacement[event.apex] - before, axis=1).max())
    assert len(seen) >= 20
    assert np.median(seen) > 2.0
    still = [np.abs(synthetic_traces(seed, QUIET)[0].displacement).max() for seed in range(6)]
    assert np.median(still) < 1.5


@pytest.mark.parametrize(("change", "signal"), [
    ({"blinks_per_minute": (20, 20)}, "eye"), ({"speech_share": 0.4}, "mouth"), ({"turn_share": 0.4}, "yaw"),
])  # fmt: skip
def test_blinks_speech_and_turns_show_in_the_measurement_made_for_them(change, signal):
    def size(settings):
        values = []
        for seed in range(8):
            traces, _ = synthetic_traces(seed, settings)
            values.append({
                "eye": np.ptp(traces.eye_openness), "mouth": traces.mouth_activity.max(),
                "yaw": np.ptp(traces.head_motion[:, 4]),
            }[signal])  # fmt: skip
        return np.mean(values)

    assert size(replace(QUIET, **change)) > 1.4 * size(QUIET)


def test_turns_leak_into_the_regions_but_far_less_than_they_move_the_face():
    traces, _ = synthetic_traces(3, replace(QUIET, turn_share=0.5))
    yaw = np.ptp(traces.head_motion[:, 4])
    leak = np.ptp(traces.displacement, axis=0).max()
    assert yaw > 3
    assert 0.3 < leak < 0.6 * np.sin(np.radians(yaw)) * 100 + 3


def test_spiking_adds_the_asked_movement_and_nothing_elsewhere():
    traces, _ = synthetic_traces(8, QUIET)
    events = plan_spikes(5, np.ones(len(traces), bool), 30, seed=2)
    spiked = spike_traces(traces, events, gain=1.0)
    change = np.linalg.norm(spiked.displacement - traces.displacement, axis=2).max(1)
    inside = np.zeros(len(traces), bool)
    for event in events:
        inside[event.onset - 4 : event.offset + 5] = True
        assert change[event.apex] == pytest.approx(event.amplitude, rel=1e-3)
    assert change[~inside].max() < 1e-4
    assert traces.source.get("spiked") is None
    assert spiked.source["spiked"] == 5


def test_traces_of_another_kind_are_refused():
    traces, _ = synthetic_traces(8, QUIET)
    other = replace(traces, kind=replace(FEATURE_KIND, extractor="something/1"))
    with pytest.raises(IncompatibleFeatures):
        spike_traces(other, [])


def test_spikes_stay_where_they_are_allowed_and_climb_the_ladder_evenly():
    allowed = np.ones(6000, bool)
    allowed[1000:1500] = False
    events = plan_spikes(60, allowed, 30, seed=0)
    assert len(events) == 60
    sizes, counts = np.unique([e.amplitude for e in events], return_counts=True)
    assert list(sizes) == [0.5, 1, 2, 4, 8]
    assert set(counts) == {12}
    assert all(allowed[max(e.onset - 12, 0) : e.offset + 13].all() for e in events)
    assert all(a.offset + 12 <= b.onset for a, b in pairwise(events))
    assert plan_spikes(3, np.zeros(300, bool), 30, seed=0) == []
