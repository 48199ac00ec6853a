"""Checkpoints rebuild the same network and refuse what is damaged or does not fit."""

from __future__ import annotations

import json

import pytest
import safetensors.torch
import torch

from spotcore.errors import IncompatibleFeatures, InvalidFile
from spotcore.inference import network_curves
from spotcore.models import build_network
from spotcore.probabilities import Calibration
from spotcore.training import checkpoint
from tests.spotcore.trace_examples import KIND, make_traces

CALIBRATION = Calibration({"macro": (0.1, 1.0), "micro": ()}, {"macro": (9.0, 0.0), "micro": ()}, "literals")


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(5)
    network = build_network("spot_gcn", {"window": 5, "channels": 8}).eval()
    info = checkpoint.CheckpointInfo(
        "spot_gcn", network.settings.as_dict(), KIND, decoder_settings={"apex_threshold": 0.2},
        calibration=CALIBRATION, training={"notes": ["few events"]},
    )  # fmt: skip
    return tmp_path / "model", network, checkpoint.save(tmp_path / "model", network, info)


def test_the_folder_alone_rebuilds_network_and_description(saved):
    folder, network, info = saved
    loaded = checkpoint.load(folder)
    windows = torch.randn(4, 5, 10, 2)
    assert torch.equal(loaded.network(windows).logits, network(windows).logits)
    assert (loaded.info, loaded.network.training) == (info, False)
    assert len(info.sha256) == 64


def test_curves_carry_decoder_settings_and_calibration(saved):
    folder, _, _ = saved
    found = torch.ones(60, dtype=torch.bool).numpy()
    found[20:30] = False
    curves = network_curves(checkpoint.load(folder), make_traces((), 60, found=found), "cpu")
    assert (curves.decoder, curves.settings["apex_threshold"]) == ("boundary_apex", 0.2)
    assert curves.calibration == CALIBRATION
    assert set(curves.channels["macro_apex"][20:30]) == {0.0}
    assert set(curves.channels["micro_none"][20:30]) == {1.0}
    assert curves.channels["macro_apex"][:20].min() > 0


def test_features_of_another_kind_are_refused(saved):
    other = make_traces((), 60, kind=type(KIND)("other/2", KIND.regions))
    with pytest.raises(IncompatibleFeatures, match="extractor"):
        network_curves(checkpoint.load(saved[0]), other, "cpu")


def test_weights_that_were_changed_are_refused(saved):
    path = saved[0] / "model.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(InvalidFile, match="sha256 differs"):
        checkpoint.load(saved[0])


def test_an_interrupted_rewrite_never_loads_as_a_mixture(saved):
    folder, network, _ = saved
    other = safetensors.torch.save({k: v * 2 for k, v in network.state_dict().items()})
    (folder / "model.safetensors").write_bytes(other)  # killed before the description was replaced
    with pytest.raises(InvalidFile, match="sha256 differs"):
        checkpoint.load(folder)


def test_parameters_that_do_not_fit_are_named():
    network = build_network("spot_gcn", {"window": 5, "channels": 8})
    tensors = dict(network.state_dict())
    del tensors["head.bias"]
    tensors |= {"head.weight": torch.zeros(10, 9, 1, 1), "tail": torch.zeros(1)}
    with pytest.raises(InvalidFile, match=r"head.bias is missing; tail is unknown; head.weight: expected"):
        checkpoint.load_weights(network, tensors, "here")


@pytest.mark.parametrize("change", [{"format": "x"}, {"architecture": "other"}, {"settings": {"window": 3}}])
def test_a_description_of_something_else_is_refused(saved, change):
    path = saved[0] / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InvalidFile):
        checkpoint.load(saved[0])


def test_an_empty_folder_is_refused_with_its_path(tmp_path):
    with pytest.raises(InvalidFile, match=str(tmp_path)):
        checkpoint.load(tmp_path)
