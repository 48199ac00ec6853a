"""A run learns, goes on after an interruption as if there had been none, and refuses what cannot work."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import safetensors.torch
import torch

from spotcore.__main__ import main
from spotcore.decoding import propose
from spotcore.errors import Cancelled, InvalidFile, NothingToTrain
from spotcore.feature_files import load_traces
from spotcore.inference import network_curves
from spotcore.manifest import Manifest
from spotcore.training import checkpoint
from spotcore.training.loop import train
from spotcore.training.settings import TrainingSettings
from tests.spotcore.trace_examples import make_manifest

# Small enough for seconds, large enough to learn the made movements.
SMALL = TrainingSettings(
    window=5, epochs=8, minimum_segments=48, batch_segments=8, device="cpu", threads=1, minimum_events=2,
    contrastive_weight=0.001,
)  # fmt: skip
SHORT = replace(SMALL, epochs=3, minimum_segments=8, validate_every=1, choose_after=0.0)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return make_manifest(tmp_path_factory.mktemp("traces"), count=500)


@pytest.fixture(scope="module")
def trained(manifest, tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    return train(manifest, SMALL, out), out


def test_the_loss_falls_and_every_epoch_has_a_line(trained):
    _, out = trained
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == list(range(1, 9))
    assert lines[-1]["train_loss"]["total"] < 0.5 * lines[0]["train_loss"]["total"]
    assert lines[-1]["validation"].keys() == {"macro", "micro", "overall"}
    assert lines[-1]["seconds"] > 0


def test_probabilities_vary_and_a_training_clip_gets_a_true_proposal(trained, manifest):
    result, _ = trained
    video = manifest.of_role("train")[0]
    curves = network_curves(checkpoint.load(result.folder), load_traces(video.features), "cpu")
    assert curves.channels["macro_apex"].std() > 0.02
    assert curves.calibration is not None
    proposals = propose(curves)
    assert any(p.onset <= t.offset and t.onset <= p.offset for p in proposals for t in video.intervals)


def test_people_never_seen_are_scored_and_scores_stand_in_the_checkpoint(trained):
    result, _ = trained
    assert result.scores["test"]["overall"]["f1"] > 0.3
    info = checkpoint.read_info(result.folder)
    assert info.training["scores"] == result.scores
    assert info.training["events"]["train"] == {"macro": 4, "micro": 3}
    assert info.sha256 == result.sha256
    assert "without expression" in info.calibration.source


def weights(folder):
    return safetensors.torch.load_file(folder / "model.safetensors")


def test_the_same_seed_gives_the_same_network_and_another_seed_another(manifest, tmp_path):
    first, again, other = (
        train(manifest, replace(SHORT, seed=seed), tmp_path / name).sha256
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == again != other


@pytest.mark.parametrize("asked", [4, 5, 9])
def test_a_run_that_was_cut_off_goes_on_as_if_undisturbed(manifest, tmp_path, asked):
    whole = train(manifest, SHORT, tmp_path / "whole")
    calls = iter(range(1000))
    with pytest.raises(Cancelled):
        train(manifest, SHORT, tmp_path / "cut", should_stop=lambda: next(calls) == asked)
    # A killed process may also leave a line of an epoch that is not in the state, and half a file.
    with (tmp_path / "cut" / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 99}\n')
    (tmp_path / "cut" / "state.safetensors.part").write_bytes(b"half")
    resumed = train(manifest, SHORT, tmp_path / "cut")
    mine, theirs = weights(resumed.folder), weights(whole.folder)
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs)
    assert (resumed.scores, resumed.best_epoch) == (whole.scores, whole.best_epoch)
    lines = [json.loads(line) for line in (tmp_path / "cut" / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3]


def test_a_finished_run_is_not_trained_again(manifest, tmp_path):
    first = train(manifest, SHORT, tmp_path)

    def stop():
        raise AssertionError("a batch was trained")

    assert train(manifest, SHORT, tmp_path, should_stop=stop).sha256 == first.sha256


def test_the_state_of_another_run_is_refused_unless_started_anew(manifest, tmp_path):
    train(manifest, SHORT, tmp_path)
    with pytest.raises(InvalidFile, match="other settings, manifest or trace files"):
        train(manifest, replace(SHORT, seed=9), tmp_path)
    assert train(manifest, replace(SHORT, seed=9), tmp_path, resume=False).best_epoch >= 1


def test_a_damaged_state_is_refused_with_its_path(manifest, tmp_path):
    (tmp_path / "state.safetensors").write_bytes(b"nonsense")
    with pytest.raises(InvalidFile, match=r"state\.safetensors"):
        train(manifest, SHORT, tmp_path)


def test_progress_counts_batches_and_epochs_and_may_cancel(manifest, tmp_path):
    seen = []

    def watch(state):
        seen.append((state.epoch, state.batch, state.metrics is not None))
        if state.epoch == 2:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        train(manifest, SHORT, tmp_path, progress=watch)
    assert seen[0] == (0, 0, False)
    assert [epoch for epoch, _, done in seen if done] == [1, 2]


def test_a_warm_start_begins_where_the_other_network_ended(trained, manifest, tmp_path):
    result, out = trained
    settings = replace(SMALL, epochs=1, validate_every=1, learning_rate=1e-7, warm_start=str(result.folder))
    train(manifest, settings, tmp_path)
    cold = json.loads((out / "metrics.jsonl").read_text().splitlines()[0])["train_loss"]["total"]
    warm = json.loads((tmp_path / "metrics.jsonl").read_text())["train_loss"]["total"]
    assert warm < 0.6 * cold


def test_a_type_without_events_is_never_proposed_and_its_channels_are_not_trained(tmp_path):
    made = make_manifest(tmp_path, count=300, macros=3, micros=0)
    result = train(made, SHORT, tmp_path / "run")
    curves = network_curves(
        checkpoint.load(result.folder), load_traces(made.videos[0].features), "cpu"
    )
    assert {p.type for p in propose(curves, None)} <= {"macro"}
    assert any("never proposes micro" in note for note in result.notes)


def test_an_empty_side_is_refused_before_anything_is_read(manifest, tmp_path):
    nobody = Manifest("set", tuple(replace(v, role="train") if v.role == "validation" else v for v in manifest.videos))
    with pytest.raises(NothingToTrain, match="No subject has the role validation"):
        train(nobody, SHORT, tmp_path)


def test_two_people_are_enough_and_the_missing_test_subject_is_said(manifest, tmp_path):
    two = Manifest("set", tuple(v for v in manifest.videos if v.role != "test"))
    result = train(two, SHORT, tmp_path)
    assert set(result.scores) == {"train", "validation"}
    assert any("no test subject" in note for note in result.notes)


def test_events_in_frames_without_a_face_alone_are_refused(manifest, tmp_path):
    hidden = Manifest("set", tuple(replace(v, unsure=((0, v.frame_count - 1),)) for v in manifest.videos))
    with pytest.raises(NothingToTrain, match="usable"):
        train(hidden, SHORT, tmp_path)


def test_validation_subjects_without_events_choose_by_the_loss_and_the_notes_say_so(manifest, tmp_path):
    quiet = tuple(replace(v, intervals=()) if v.role == "validation" else v for v in manifest.videos)
    result = train(Manifest("set", quiet), SHORT, tmp_path)
    assert any("by the validation loss alone" in note for note in result.notes)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    losses = [line["validation_loss"]["total"] for line in lines]
    assert result.best_epoch == 1 + int(np.argmin(losses))


def test_the_train_command_writes_a_checkpoint_and_prints_scores(manifest, tmp_path, capsys):
    manifest.save(tmp_path / "manifest.json")
    options = ["--set", "epochs=2", "--set", "minimum_segments=8", "--set", "threads=1", "--device", "cpu", "--json"]
    out = tmp_path / "run"
    code = main(["train", str(tmp_path / "manifest.json"), "--architecture", "spot_gcn", "--out", str(out), *options])
    assert code == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["scores"].keys() == {"train", "validation", "test"}
    assert checkpoint.load(out / "checkpoint").info.sha256 == answer["sha256"]


def test_the_train_command_refuses_unknown_settings_in_one_line(manifest, tmp_path, capsys):
    manifest.save(tmp_path / "manifest.json")
    code = main(["train", str(tmp_path / "manifest.json"), "--out", str(tmp_path / "run"), "--set", "speed=9"])
    assert code != 0
    assert "unknown setting 'speed'" in capsys.readouterr().err
