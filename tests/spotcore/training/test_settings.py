"""Presets know their architecture; batches hold positives where a contrastive loss asks for them; runs stop early."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spotcore.errors import InvalidFile, InvalidSettings
from spotcore.models import ARCHITECTURES, build_network
from spotcore.training.dataset import in_pairs
from spotcore.training.loop import EVENTS_FILE, train
from spotcore.training.settings import TrainingSettings
from tests.spotcore.trace_examples import make_manifest

SHORT = TrainingSettings(
    architecture="dilated", network='{"channels": 8, "layers": 2, "kernel": 7}', epochs=8, minimum_segments=8,
    validate_every=1, choose_after=0.0, device="cpu", threads=1, minimum_events=2,
)  # fmt: skip


def test_the_paper_preset_of_spotformer_is_the_published_one():
    settings = TrainingSettings.from_preset("paper", architecture="spotformer")
    assert (settings.learning_rate, settings.contrastive_weight, settings.macro_weight) == (2e-4, 0.005, 0.5)
    assert (settings.decay_per_epoch, settings.epochs, settings.batch_segments) == (0.96, 100, 32)
    assert TrainingSettings.from_preset("paper", architecture="spotformer", macro_weight=0.55).macro_weight == 0.55


@pytest.mark.parametrize("preset", ["quick", "paper"])
@pytest.mark.parametrize("architecture", sorted(set(ARCHITECTURES) - {"ensemble"}))
def test_every_preset_builds_its_network(preset, architecture):
    settings = TrainingSettings.from_preset(preset, architecture=architecture)
    network = build_network(architecture, settings.network_settings())
    assert sum(p.numel() for p in network.parameters()) < (1e6 if preset == "quick" else 4e6)


def test_an_ensemble_is_made_of_trained_members_and_has_no_preset():
    settings = TrainingSettings.from_preset("quick", architecture="ensemble")
    with pytest.raises(InvalidSettings, match="members: expected at least one"):
        build_network("ensemble", settings.network_settings())


@pytest.mark.parametrize("text", ["[1]", "{", "width"])
def test_network_settings_that_are_no_object_are_refused(text):
    with pytest.raises(InvalidSettings, match="JSON object"):
        TrainingSettings(network=text)


def test_each_batch_of_pairs_holds_two_segments_of_a_class():
    groups = [2] * 6 + [1] * 10 + [0] * 16
    segments = [(index, 0) for index in range(32)]
    order = in_pairs(segments, groups)
    assert sorted(order) == segments
    for first in range(0, 32, 8):
        kinds = [groups[number] for number, _ in order[first : first + 8]]
        assert all(kinds.count(kind) != 1 for kind in (0, 1, 2))
        assert {0, 1} <= set(kinds)


def test_a_run_stops_when_validation_stays_behind_and_writes_event_files(tmp_path):
    manifest = make_manifest(tmp_path / "traces", count=300, macros=2, micros=2)
    settings = replace(SHORT, patience=2, learning_rate=1e-7, event_files=True)  # too slow to learn anything
    result = train(manifest, settings, tmp_path / "run")
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert len(lines) == result.best_epoch + settings.patience < settings.epochs
    assert (tmp_path / "run" / EVENTS_FILE).stat().st_size > 100


def test_the_dilated_network_learns_from_a_manifest(tmp_path):
    manifest = make_manifest(tmp_path / "traces", count=400)
    result = train(manifest, replace(SHORT, minimum_segments=48, learning_rate=0.005), tmp_path / "run")
    assert result.scores["train"]["overall"]["f1"] > 0.3


def test_a_manifest_of_traces_cannot_train_a_network_over_pictures(tmp_path):
    manifest = make_manifest(tmp_path / "traces", count=300)
    with pytest.raises(InvalidFile, match=r"glint-face-clips.*face-clips. makes clip files"):
        train(manifest, TrainingSettings.from_preset("quick", architecture="fesnet", device="cpu"), tmp_path / "run")
