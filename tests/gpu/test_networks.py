"""Networks on CUDA answer and learn as on the CPU, folds side by side as folds alone. Needs only torch and numpy."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from spotcore.inference import video_logits
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.models import build_network
from spotcore.models.cost import cost
from spotcore.models.stacked import StackedNetworks
from spotcore.targets import make_targets
from spotcore.training.dataset import Batch
from spotcore.training.loop import batch_losses
from spotcore.training.settings import TrainingSettings

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
CUDA = torch.device("cuda")
INPUTS = {
    "spot_gcn": ({}, (32, 17, 10, 2)),
    "spotformer": ({"dropout": 0.0}, (32, 17, 10, 2)),
    "dilated": ({}, (2, 175, 10, 2)),
    "fesnet": ({"frames": 16}, (2, 16, 112, 112)),
}


@pytest.fixture(autouse=True)
def full_precision():
    """TF32 keeps ten bits; equality is asked at float32."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False


@pytest.mark.parametrize("architecture", INPUTS)
def test_a_network_answers_as_on_the_cpu(architecture):
    settings, shape = INPUTS[architecture]
    torch.manual_seed(0)
    network, given = build_network(architecture, settings).eval(), torch.randn(shape)
    with torch.inference_mode():
        here, there = network(given), network.to(CUDA)(given.to(CUDA))
    here, there = (answer if architecture == "fesnet" else answer.logits for answer in (here, there))
    torch.testing.assert_close(there.cpu(), here, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("architecture", ["spot_gcn", "dilated", "spotformer"])
def test_gradients_of_stacked_networks_are_those_of_each_alone(architecture):
    settings, shape = INPUTS[architecture]
    torch.manual_seed(0)
    networks = [build_network(architecture, settings).double() for _ in range(3)]
    given = torch.randn(3, *shape, dtype=torch.float64, device=CUDA)
    stacked = StackedNetworks([copy.deepcopy(network) for network in networks], CUDA)
    stacked(given)[0].square().sum().backward()
    for index, network in enumerate(networks):
        network.to(CUDA).train()(given[index]).logits.square().sum().backward()
        for name, parameter in network.named_parameters():
            torch.testing.assert_close(stacked.parameters[name].grad[index], parameter.grad, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("architecture", INPUTS)
def test_costs_are_counted_on_the_device(architecture):
    counted = cost(build_network(architecture, INPUTS[architecture][0]), CUDA)
    assert counted["device"] != "cpu"
    assert counted["mflop_per_frame"] > 0


@pytest.mark.parametrize("architecture", ["spot_gcn", "spotformer", "dilated"])
def test_a_whole_video_is_answered_as_on_the_cpu(architecture):
    torch.manual_seed(0)
    network = build_network(architecture, INPUTS[architecture][0]).eval()
    displacement = np.random.default_rng(0).normal(size=(1100, 10, 2)).cumsum(axis=0).astype(np.float32) / 30
    here = video_logits(network, displacement)
    torch.testing.assert_close(video_logits(network.to(CUDA), displacement), here, rtol=1e-3, atol=1e-3)


def test_a_step_in_mixed_precision_is_nearly_that_in_float32_and_keeps_float32_parameters():
    torch.manual_seed(0)
    network = build_network("spot_gcn").to(CUDA).train()
    targets = make_targets([Interval(4, 12, "micro", apex=8), Interval(16, 30, "macro", apex=22)], 32)
    windows = np.random.default_rng(0).normal(size=(32, 17, 10, 2)).astype(np.float32)
    batch = Batch(windows, **vars(targets), mask=np.ones(32, bool))
    losses, gradients = [], []
    for mixed in (False, True):
        network.zero_grad(set_to_none=True)
        loss = batch_losses(network, batch, EXPRESSION_TYPES, TrainingSettings(mixed_precision=mixed))["total"]
        loss.backward()
        losses.append(float(loss.detach()))
        gradients.append(torch.cat([parameter.grad.flatten() for parameter in network.parameters()
                                    if parameter.grad is not None]))  # fmt: skip
    assert losses[0] != losses[1]  # bfloat16 was at work
    assert losses[1] == pytest.approx(losses[0], rel=0.02)
    assert torch.cosine_similarity(*gradients, dim=0) > 0.98
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}
