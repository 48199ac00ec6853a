"""FESNet from a manifest of clip files: checkpoint, calibration, going on after a kill, and spotting with it."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from spotcore.__main__ import main
from spotcore.clip_inference import clip_curves
from spotcore.decoding import propose
from spotcore.errors import Cancelled, IncompatibleFeatures, InvalidSettings
from spotcore.face_clips import FaceClips, load_clips, save_clips
from spotcore.intervals import Interval
from spotcore.manifest import Manifest, ManifestVideo, Rejected
from spotcore.pipeline import load_model
from spotcore.training import checkpoint
from spotcore.training.clip_loop import measure_false_alarms
from spotcore.training.clips import clip_batches, load_labelled
from spotcore.training.loop import train
from spotcore.training.settings import TrainingSettings
from tests.spotcore.face_corpus import make_casme2
from tests.spotcore.trace_examples import make_traces

NETWORK = '{"frames": 16, "side": 16, "channels": [4, 8, 8, 8], "heads": 2, "temporal_channels": 8, "stages": 1}'
SETTINGS = TrainingSettings(
    architecture="fesnet", network=NETWORK, epochs=6, batch_segments=4, minimum_segments=24, device="cpu",
    learning_rate=0.01, weight_decay=0.0, noise=0.0, gain=0.0, minimum_events=1, validate_every=2, threads=1,
)  # fmt: skip
COUNT = 120
EVENTS = (Interval(20, 34, "macro", 27), Interval(70, 84, "macro", 77))


@pytest.fixture(autouse=True)
def one_thread():
    """Small layers on many threads wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def brightening(folder: Path, name: str, role: str, count: int = COUNT, **changes) -> ManifestVideo:
    """A clip in which the lower half brightens during two macros."""
    rng = np.random.default_rng(ord(name))
    pictures = 80 + 5 * rng.standard_normal((count, 16, 16)) + np.linspace(0, 60, 16)
    for event in EVENTS:
        pictures[event.onset : event.offset + 1, 8:] += 60
    clips = FaceClips(
        np.arange(count), np.arange(count) / 30, np.ones(count, bool), pictures.clip(0, 255).astype(np.uint8)
    )
    path = folder / f"{name}.npz"
    save_clips(clips, path)
    entry = ManifestVideo(name, name, name, role, path, count, 30.0, ((0, count - 1),), (), EVENTS)
    return replace(entry, **changes)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    roles = (("a", "train"), ("b", "train"), ("c", "validation"), ("d", "test"))
    return Manifest("clips", tuple(brightening(folder, name, role) for name, role in roles))


@pytest.fixture(scope="module")
def trained(manifest, tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    return train(manifest, SETTINGS, out), out


def test_people_never_seen_are_scored_and_the_checkpoint_says_how_it_came_to_be(trained):
    result, out = trained
    assert result.scores["test"]["overall"]["f1"] > 0.5
    info = checkpoint.read_info(out / "checkpoint")
    assert (info.architecture, info.decoder, info.kind.extractor) == ("fesnet", "runs", "face-clips/1")
    assert info.training["roles"]["d"] == "test"
    assert len((out / "metrics.jsonl").read_text().splitlines()) == SETTINGS.epochs


def test_a_type_without_events_is_never_proposed(trained, manifest):
    result, _ = trained
    loaded = checkpoint.load(result.folder)
    curves = clip_curves(loaded.network, load_clips(manifest.videos[3].features))
    curves = replace(curves, settings=loaded.info.decoder_settings)
    assert {p.type for p in propose(curves, 6.0)} <= {"macro"}


def test_a_run_that_was_cut_off_goes_on_as_if_undisturbed(manifest, tmp_path, trained):
    asked = iter(range(1000))
    with pytest.raises(Cancelled):
        train(manifest, SETTINGS, tmp_path, should_stop=lambda: next(asked) > 20)
    assert train(manifest, SETTINGS, tmp_path).sha256 == trained[0].sha256


def test_a_warm_start_is_refused(manifest, tmp_path):
    with pytest.raises(InvalidSettings, match="cannot start"):
        train(manifest, replace(SETTINGS, warm_start="x"), tmp_path)


def test_traces_alone_cannot_be_spotted_with_it(trained):
    with pytest.raises(IncompatibleFeatures):
        load_model(trained[0].folder, "cpu").curves(make_traces((), 20))


def test_pictures_of_another_size_are_refused(trained):
    clips = FaceClips(np.arange(4), np.arange(4) / 30, np.ones(4, bool), np.zeros((4, 32, 32), np.uint8))
    with pytest.raises(IncompatibleFeatures, match="16 pixels, got 32x32"):
        clip_curves(checkpoint.load(trained[0].folder).network, clips)


def test_unsure_and_unreviewed_frames_are_masked_and_rejected_proposals_come_first(tmp_path):
    rejected = (Rejected(Interval(100, 110, "macro", 105), "blink"),)
    entry = brightening(tmp_path, "a", "train", reviewed=((0, 90),), unsure=((50, 60),), rejected=rejected)
    (video,) = load_labelled([entry])
    assert np.flatnonzero(~video.known).tolist() == [*range(50, 61), *range(91, 100), *range(111, 120)]
    settings = replace(SETTINGS, minimum_segments=1, batch_segments=99, mirror=False)
    ((pictures, _, mask),) = clip_batches([video], settings, 16, 0)
    assert len(pictures) == 4  # two expressions, the rejected proposal, one more
    assert sum(bool(row.any() and not row.all()) for row in mask) >= 1


def test_false_alarms_are_counted_by_the_minute_away_from_expressions(tmp_path):
    videos = load_labelled([brightening(tmp_path, "a", "train", 3630)])
    found = [Interval(20, 34, "macro", 27, 0.9), Interval(1000, 1010, "macro", 1005, 0.8)]
    calibration = measure_false_alarms(videos, {"a": found}, ("macro",))
    assert calibration.scores["macro"] == (0.0, 0.8, 1.0)
    assert calibration.false_alarms["macro"][1] == pytest.approx(1 / 2.0, rel=0.01)
    assert "2.0 minutes without expression" in calibration.source


def test_a_few_seconds_give_no_calibration(tmp_path):
    videos = load_labelled([brightening(tmp_path, "a", "train")])
    assert measure_false_alarms(videos, {"a": []}, ("macro",)) is None


def test_from_picture_folders_to_proposals_by_the_command_line_alone(tmp_path, capsys):
    root = make_casme2(tmp_path / "corpus", subjects=3)
    folders = sorted(str(folder) for folder in (root / "rawpic").glob("*/*"))
    assert main(["face-clips", *folders, "--rate", "30", "--side", "32", "--out", str(tmp_path / "clips")]) == 0
    made = dict(line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert sorted(made) == folders
    events = (Interval(10, 30, "macro", 20), Interval(78, 100, "macro", 90))
    videos = [
        ManifestVideo(str(n), str(n), str(n), role, Path(made[folder]), 120, 30.0, ((0, 119),), (), events)
        for n, (folder, role) in enumerate(zip(folders, ("train", "validation", "test"), strict=True))
    ]
    Manifest("made", tuple(videos)).save(tmp_path / "manifest.json")
    network = NETWORK.replace('"side": 16', '"side": 32')
    words = ["train", str(tmp_path / "manifest.json"), "--architecture", "fesnet", "--out", str(tmp_path / "run"),
             "--device", "cpu", "--set", f"network={network}", "--set", "epochs=4", "--set", "minimum_events=1",
             "--set", "minimum_segments=8", "--set", "threads=1", "--json"]  # fmt: skip
    assert main(words) == 0
    assert set(json.loads(capsys.readouterr().out)["scores"]) == {"train", "validation", "test"}
    words = ["spot", folders[2], "--rate", "30", "--model", str(tmp_path / "run" / "checkpoint"), "--device", "cpu"]
    out = tmp_path / "proposals.csv"
    assert main([*words, "--out", str(out), "--curves", str(tmp_path / "curves.npz")]) == 0
    with np.load(tmp_path / "curves.npz") as curves:
        assert curves[f"{folders[2]}/neutral"].shape == (120,)
    with out.open() as file:
        assert all(0 <= int(row["onset"]) <= int(row["offset"]) < 120 for row in csv.DictReader(file))
