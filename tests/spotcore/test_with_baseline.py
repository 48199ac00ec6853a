"""A network and the baseline as one model: rates make scores comparable, blinks are quieted, files keep it whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from spotcore.__main__ import main
from spotcore.decoding import propose
from spotcore.intervals import Interval, iou
from spotcore.models import build_network
from spotcore.pipeline import load_model
from spotcore.probabilities import Calibration, Curves, load_curves, save_curves
from spotcore.regions import FEATURE_KIND
from spotcore.training import checkpoint
from spotcore.with_baseline import DECODER, add_baseline, decode_with_baseline, fused_settings, open_eyes
from tests.spotcore.bump_traces import traces_with

TABLE = Calibration(
    dict.fromkeys(("macro", "micro"), (0.0, 0.5, 1.0)),
    dict.fromkeys(("macro", "micro"), (100.0, 1.0, 0.01)), "made up",
)  # fmt: skip


def curves_of(traces, event=None, score=0.9):
    """Curves of a network that says `event` (macro) with boundary and apex probabilities of `score`, or nothing."""
    channels = {f"{kind}_{name}": np.zeros(len(traces), np.float32)
                for kind in ("macro", "micro") for name in ("onset", "offset", "apex", "action")}  # fmt: skip
    if event is not None:
        channels["macro_onset"][event.onset - 3 : event.onset + 4] = score
        channels["macro_offset"][event.offset - 3 : event.offset + 4] = score
        channels["macro_apex"][event.apex] = score
    settings = fused_settings({"apex_threshold": 0.2}, TABLE, TABLE)
    return Curves(traces.frames, traces.timestamps, channels, DECODER, settings)


EVENT = Interval(400, 440, "macro", 415)


def test_each_detector_finds_what_the_other_misses():
    traces = traces_with([("left_brow_middle", (0, -4), 200, 220, 260)])  # seen by the baseline alone
    found = decode_with_baseline(add_baseline(curves_of(traces, EVENT), traces))
    best = sorted(found, key=lambda p: -p.score)[:2]
    assert {iou(p, Interval(200, 260, "macro")) > 0.5 for p in best} == {True, False}
    assert {iou(p, EVENT) > 0.8 for p in best} == {True, False}


def test_scores_say_how_rare_such_a_false_alarm_is():
    traces = traces_with([])
    found = decode_with_baseline(add_baseline(curves_of(traces, EVENT, score=0.5 ** (1 / 3)), traces))
    own = max(found, key=lambda p: iou(p, EVENT))
    assert own.score == pytest.approx(0.5, abs=0.01)  # the network's 0.5 stands for one a minute: 1 / (1 + 1)


def test_one_movement_that_both_see_is_proposed_once():
    traces = traces_with([("right_mouth_corner", (5, -5), 400, 415, 440)])
    found = decode_with_baseline(add_baseline(curves_of(traces, EVENT), traces))
    assert sum(iou(p, EVENT) > 0.4 for p in found) == 1


def test_evidence_for_micros_falls_in_blinks_only():
    traces = traces_with([])
    eyes = traces.eye_openness.copy()
    eyes[300:306] *= 0.7
    open_share = open_eyes(replace(traces, eye_openness=eyes))
    assert open_share[300:306].max() < 0.2
    assert open_share[:290].min() > 0.9
    assert open_share[320:].min() > 0.9


def test_stored_curves_are_decoded_again_as_before(tmp_path):
    traces = traces_with([("left_brow_middle", (0, -4), 200, 220, 260)])
    curves = add_baseline(curves_of(traces, EVENT), traces)
    save_curves(curves, tmp_path / "curves.npz")
    assert propose(load_curves(tmp_path / "curves.npz"), 6.0) == propose(curves, 6.0)


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Folder of an untrained network over traces."""
    folder = tmp_path_factory.mktemp("network")
    torch.manual_seed(0)
    settings = {"channels": 8}
    info = checkpoint.CheckpointInfo("dilated", settings, FEATURE_KIND, decoder_settings={"apex_threshold": 0.2})
    checkpoint.save(folder, build_network("dilated", settings), info)
    return folder


def test_the_command_makes_a_calibrated_model_of_a_checkpoint(network, tmp_path, capsys):
    words = ["with-baseline", str(network), "--cache", str(tmp_path), "--synthetic-clips", "0"]
    assert main([*words, "--out", str(tmp_path / "joint"), "--synthetic-traces", "3"]) == 0
    assert "0.7 minutes of synthetic traces" in capsys.readouterr().out
    model = load_model(tmp_path / "joint", "cpu")
    assert "with the training-free baseline" in model.version
    curves = model.curves(traces_with([("left_brow_middle", (0, -4), 200, 220, 260)]))
    assert curves.calibration is not None
    assert any(iou(p, Interval(200, 260, "macro")) > 0.5 for p in propose(curves, None))


def test_a_joint_model_is_not_joined_again(network, tmp_path, capsys):
    words = ["--cache", str(tmp_path), "--synthetic-clips", "0", "--synthetic-traces", "3"]
    assert main(["with-baseline", str(network), "--out", str(tmp_path / "joint"), *words]) == 0
    assert main(["with-baseline", str(tmp_path / "joint"), "--out", str(tmp_path / "again"), *words]) == 2
    assert "expected the decoder boundary_apex" in capsys.readouterr().err
