"""Scores of a training job: only reviewed and sure footage counts, and nobody who taught the network is scored."""

from dataclasses import replace
from pathlib import Path

import pytest

from spotcore.feature_files import save_traces
from spotcore.intervals import Interval
from spotcore.manifest import Manifest, ManifestVideo
from spotcore.pipeline import SpottingModel
from spotcore.probabilities import Curves
from spotcore.targets import make_targets, target_channels
from tests.spotcore.trace_examples import make_traces
from webapp.jobs.scoring import counted, held_out, score_model, summary


def video(role="test", subject="s1", **changes):
    made = ManifestVideo(f"v-{subject}", "clip", subject, role, Path("none.npz"), 600, 30.0, reviewed=((100, 299),))
    return replace(made, **changes)


@pytest.mark.parametrize(("onset", "offset", "counts"), [
    (120, 150, True), (290, 308, True), (290, 320, False), (0, 50, False), (400, 420, False),
])  # fmt: skip
def test_a_proposal_counts_when_most_of_it_was_looked_at(onset, offset, counts):
    assert bool(counted([Interval(onset, offset, "micro")], video())) is counts


def test_a_proposal_that_people_were_unsure_about_counts_neither_way():
    assert counted([Interval(120, 150, "micro")], video(unsure=((110, 160),))) == []


def test_test_subjects_are_scored_and_validation_subjects_only_where_there_are_none():
    both = Manifest("m", (video("train", "a"), video("validation", "b"), video("test", "c")))
    assert [held_out(both)[0], [v.subject for v in held_out(both)[1]]] == ["test", ["c"]]
    small = Manifest("m", (video("train", "a"), video("validation", "b")))
    assert held_out(small)[0] == "validation"


def test_what_was_measured_on_is_said():
    said = summary("test", [video(), video(subject="s2", unsure=((100, 149),))])
    assert said["subjects"] == ["s1", "s2"]
    assert said["minutes"] == pytest.approx((200 + 150) / 30 / 60, abs=1e-3)


def test_a_model_that_finds_everything_and_one_false_alarm_scores_so(tmp_path):
    truth = (Interval(120, 130, "micro", 125), Interval(200, 240, "macro", 215))
    path = tmp_path / "traces.npz"
    save_traces(make_traces(truth, 600), path)

    def curves(traces):
        seen = [*truth, Interval(270, 290, "macro", 280)]
        channels = target_channels(make_targets(seen, len(traces)))
        return Curves(traces.frames, traces.timestamps, channels, "boundary_apex")

    scored = [video(features=path, intervals=truth)]
    scores = score_model(SpottingModel("m", "1", curves), scored, 1000.0)
    assert (scores["overall"]["tp"], scores["overall"]["fp"], scores["overall"]["fn"]) == (2, 1, 0)
    assert scores["overall"]["false_alarms_per_minute"] == pytest.approx(1 / (200 / 30 / 60))
