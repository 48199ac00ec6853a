"""Going on from a trained network: what a lab's labels change, and what must stay."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import safetensors.torch
import torch

from spotcore.decoding import propose
from spotcore.errors import Cancelled, IncompatibleFeatures, InvalidFile, InvalidSettings
from spotcore.feature_files import load_traces, save_traces
from spotcore.inference import network_curves
from spotcore.manifest import Manifest
from spotcore.models import build_network
from spotcore.pipeline import load_model
from spotcore.probabilities import Calibration
from spotcore.training import checkpoint
from spotcore.training.loop import train
from spotcore.training.settings import TrainingSettings
from spotcore.training.tuning import MIXES, Start, choose_mix
from spotcore.with_baseline import DECODER as WITH_BASELINE
from spotcore.with_baseline import fused_settings
from tests.spotcore.trace_examples import KIND, make_manifest

MEMBERS = [
    {"architecture": "dilated", "settings": {"channels": 6, "layers": 2, "signals": signals}}
    for signals in (False, True)
]
RATES = dict.fromkeys(("macro", "micro"), (0.0, 0.5, 1.0))
TABLE = Calibration(RATES, dict.fromkeys(RATES, (100.0, 1.0, 0.01)), "made up")


def settings(start, **changes):
    small = {"epochs": 2, "minimum_segments": 16, "device": "cpu", "threads": 1, "minimum_events": 2}
    return TrainingSettings.from_preset("tune", warm_start=str(start), **small | changes)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return make_manifest(tmp_path_factory.mktemp("traces"), count=400)


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory):
    """A joined ensemble like the shipped one, in small and untrained."""
    torch.manual_seed(2)
    network = build_network("ensemble", {"members": MEMBERS}).eval()
    info = checkpoint.CheckpointInfo(
        "ensemble", {"members": MEMBERS}, KIND, WITH_BASELINE,
        fused_settings({"apex_threshold": 0.2, "suppressed": ""}, TABLE, TABLE), TABLE,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("start")
    checkpoint.save(folder, network, info)
    return folder


def weights(folder):
    return safetensors.torch.load_file(folder / "model.safetensors")


@pytest.fixture(scope="module")
def tuned(ensemble, manifest, tmp_path_factory):
    out = tmp_path_factory.mktemp("tuned")
    return train(manifest, settings(ensemble, learning_rate=0.02, weight_decay=0.0), out), out


def test_a_tuned_ensemble_is_again_an_ensemble_joined_with_the_baseline(tuned, ensemble, manifest):
    result, _ = tuned
    before, after = checkpoint.read_info(ensemble), checkpoint.read_info(result.folder)
    assert (after.architecture, after.settings, after.decoder) == ("ensemble", before.settings, WITH_BASELINE)
    assert after.training["start"]["sha256"] == before.sha256
    model = load_model(result.folder, "cpu")
    found = propose(model.curves(load_traces(manifest.videos[0].features)), 1000.0)
    assert all(0 <= p.score <= 1 for p in found)


def test_every_member_learned_and_the_statistics_of_the_start_stayed(tuned, ensemble):
    result, _ = tuned
    assert checkpoint.read_info(result.folder).training["start"]["tuned_share"] > 0  # the movements are easy
    before, after = weights(ensemble), weights(result.folder)
    for member in range(len(MEMBERS)):
        assert not torch.equal(before[f"members.{member}.head.weight"], after[f"members.{member}.head.weight"])
    statistics = [name for name in before if "running" in name]
    assert statistics
    assert all(torch.equal(before[name], after[name]) for name in statistics)


def test_its_calibration_mixes_the_starts_with_what_was_counted_on_the_new_footage(tuned, ensemble):
    info = checkpoint.read_info(tuned[0].folder)
    assert "what its start was calibrated on" in info.calibration.source
    assert info.calibration.false_alarms["macro"] != TABLE.false_alarms["macro"]
    assert info.decoder_settings["network_rates"] != checkpoint.read_info(ensemble).decoder_settings["network_rates"]


def test_a_strong_pull_leaves_the_start_nearly_as_it_was(ensemble, manifest, tmp_path):
    result = train(manifest, settings(ensemble, weight_decay=100.0, learning_rate=1e-3), tmp_path / "held")
    before, after = weights(ensemble), weights(result.folder)
    moved = max(float((before[n] - after[n]).abs().max()) for n in before if before[n].is_floating_point())
    assert moved < 0.02


def test_a_type_with_too_few_events_keeps_its_curves_to_the_last_bit(ensemble, tmp_path):
    made = make_manifest(tmp_path, count=600, macros=4, micros=1)
    result = train(made, settings(ensemble, minimum_events=3, learning_rate=0.02), tmp_path / "run")
    traces = load_traces(made.videos[0].features)
    before, after = (network_curves(checkpoint.load(f), traces, "cpu").channels for f in (ensemble, result.folder))
    same = {name: np.array_equal(before[name], after[name]) for name in before}
    assert all(same[name] for name in same if name.startswith("micro"))
    assert not all(same[name] for name in same if name.startswith("macro"))
    assert any("only 1 micro event to train on, 3 are needed: its micro proposals stay" in n for n in result.notes)


def test_too_few_events_of_both_types_give_the_start_with_a_new_calibration(ensemble, tmp_path):
    made = make_manifest(tmp_path, count=400)
    result = train(made, settings(ensemble, minimum_events=50), tmp_path / "run")
    before, after = weights(ensemble), weights(result.folder)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert any("nothing was learned" in note for note in result.notes)
    assert checkpoint.read_info(result.folder).calibration != TABLE


@pytest.mark.parametrize(("architecture", "network"), [
    ("spot_gcn", {"channels": 4, "window": 5}), ("spotformer", {"width": 8, "hidden": 8, "heads": 2, "window": 5}),
])  # fmt: skip
def test_a_single_network_of_the_papers_goes_on_too(manifest, tmp_path, architecture, network):
    torch.manual_seed(1)
    info = checkpoint.CheckpointInfo(architecture, network, KIND)
    checkpoint.save(tmp_path / "start", build_network(architecture, network), info)
    result = train(manifest, settings(tmp_path / "start", epochs=1), tmp_path / "run")
    after = checkpoint.read_info(result.folder)
    assert (after.architecture, after.decoder) == (architecture, "boundary_apex")
    assert after.settings["window"] == 5


def test_a_guarded_run_that_was_cut_off_goes_on_as_if_undisturbed(ensemble, manifest, tmp_path):
    whole = train(manifest, settings(ensemble), tmp_path / "whole")
    calls = iter(range(1000))
    with pytest.raises(Cancelled):
        train(manifest, settings(ensemble), tmp_path / "cut", should_stop=lambda: next(calls) == 3)
    resumed = train(manifest, settings(ensemble), tmp_path / "cut")
    assert resumed.sha256 == whole.sha256


def test_the_state_of_another_start_is_refused(ensemble, manifest, tmp_path):
    train(manifest, settings(ensemble), tmp_path / "run")
    torch.manual_seed(8)
    other = checkpoint.load(ensemble)
    network = build_network("ensemble", {"members": MEMBERS})
    checkpoint.save(tmp_path / "other", network, other.info)
    with pytest.raises(InvalidFile, match="other settings, manifest or trace files"):
        train(manifest, settings(tmp_path / "other"), tmp_path / "run")


def test_traces_of_another_kind_are_refused_before_anything_is_learned(ensemble, manifest, tmp_path):
    other, videos = replace(KIND, extractor="another"), []
    for number, entry in enumerate(manifest.videos):
        save_traces(replace(load_traces(entry.features), kind=other), tmp_path / f"{number}.npz")
        videos.append(replace(entry, features=tmp_path / f"{number}.npz"))
    with pytest.raises(IncompatibleFeatures):
        train(Manifest("set", tuple(videos)), settings(ensemble), tmp_path / "run")


def test_a_guard_without_a_start_is_a_contradiction():
    with pytest.raises(InvalidSettings, match="goes with a warm_start"):
        TrainingSettings.from_preset("tune")


def test_the_mixture_that_ranks_first_is_taken_and_of_equals_the_one_nearest_to_the_start():
    start = Start(None, {"w": torch.zeros(2), "count": torch.tensor(3)})
    end = {"w": torch.ones(2), "count": torch.tensor(7)}
    share, mixed, said = choose_mix(start, end, lambda w: ([-abs(float(w["w"][0]) - 0.5)], "here"))
    assert (share, mixed["w"].tolist(), int(mixed["count"]), said) == (0.5, [0.5, 0.5], 7, "here")
    assert choose_mix(start, end, lambda _: ([0.0], None))[0] == MIXES[0] == 0.0


def test_the_lines_of_the_epochs_say_how_the_validation_subjects_fared(tuned):
    lines = [json.loads(line) for line in (tuned[1] / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2]
    assert all(line["validation"]["overall"].keys() >= {"f1"} for line in lines)
