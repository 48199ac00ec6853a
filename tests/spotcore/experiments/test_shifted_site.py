"""What retraining on another site is worth: both models on the same people, in one table."""

from __future__ import annotations

from spotcore.experiments.shifted_site import compared, table
from spotcore.pipeline import SpottingModel
from spotcore.probabilities import Curves
from spotcore.targets import make_targets, target_channels
from tests.spotcore.trace_examples import make_manifest


def model(videos, seen) -> SpottingModel:
    """A model that finds the events of the videos whose number of samples is among `seen`."""

    def curves(traces):
        events = [e for video in videos if len(traces) in seen for e in video.intervals]
        channels = target_channels(make_targets(events, len(traces)))
        return Curves(traces.frames, traces.timestamps, channels, "boundary_apex")

    return SpottingModel("m", "1", curves)


def test_the_table_names_gain_interval_and_verdict(tmp_path):
    videos = make_manifest(tmp_path, roles=("test",), count=500).videos
    paired = compared([model(videos, ()), model(videos, (500,))], videos).as_dict()
    assert paired["overall"]["a"]["f1"] == 0
    assert paired["overall"]["b"]["f1"] > 0.9
    gain = {"difference": 0.9, "low": 0.8, "high": 1.0, "verdict": "better"}
    for name in ("overall", "macro", "micro"):
        paired[name] |= {"gain": gain}
        for side in "ab":
            paired[name][side]["range"] = [0.0, 1.0]
    lines = table([{"seed": 4, "site": paired}]).splitlines()
    assert lines[-1].startswith("| site, seed 4 | 1 | 0.000 [0.000, 1.000] |")
    assert "+0.900 [+0.800, +1.000] better" in lines[-1]
