"""Flow on CUDA measures what OpenCV's measures on the CPU, so that both give the same features and proposals.

Needs torch, numpy, scipy and cv2.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from spotcore.baseline import baseline_curves
from spotcore.batched_flow import BatchedRegionFlow, batched_flow
from spotcore.decoding import propose
from spotcore.feature_files import Traces, cut_windows
from spotcore.flow import DenseFlow, FlowSettings, RegionFlow
from spotcore.inference import run_network, silence
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.models import SpottingNetwork, build_network
from spotcore.probabilities import Curves
from spotcore.targets import make_targets
from spotcore.training.dataset import Batch
from spotcore.training.loop import batch_losses
from spotcore.training.selection import DECODER, decoder_settings
from spotcore.training.settings import TrainingSettings
from tests.gpu.rendered_face import clip, measured

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
CUDA = torch.device("cuda")


@cache
def on_cpu() -> Traces:
    return measured(RegionFlow())


@cache
def on_cuda() -> Traces:
    return measured(BatchedRegionFlow(FlowSettings(), CUDA, batch=32))


def pictures(count: int) -> np.ndarray:
    """(count, 128, 128) uint8 from the middle of the clip's frames."""
    return np.stack([luma[64:192, 64:192] for luma in clip()[1][:count]])


@pytest.mark.parametrize("settings", [FlowSettings(), FlowSettings(0, 1), FlowSettings(2, 5)])
def test_dense_flow_is_that_of_opencv(settings):
    frames, dense = pictures(40), DenseFlow(settings)
    first = np.repeat(frames[:1], 39, axis=0)
    here = np.stack([dense.between(a, b) for a, b in zip(first, frames[1:], strict=True)])
    there = batched_flow(*(torch.from_numpy(side).to(CUDA) for side in (first, frames[1:])), settings)
    far = np.linalg.norm(there.cpu().permute(0, 2, 3, 1).numpy() - here, axis=-1)
    assert np.median(far) < 0.001
    assert np.percentile(far, 99) < 0.05


def test_region_vectors_differ_from_the_cpu_by_a_median_of_0_05_and_a_p99_of_0_3_per_cent():
    far = np.linalg.norm(on_cuda().displacement - on_cpu().displacement, axis=2)
    assert np.linalg.norm(on_cpu().displacement, axis=2).max() > 3
    assert np.median(far) <= 0.05
    assert np.percentile(far, 99) <= 0.3


def test_other_measurements_agree_too():
    here, there = on_cpu(), on_cuda()
    np.testing.assert_allclose(there.head_motion, here.head_motion, atol=0.3)
    np.testing.assert_allclose(there.signals["residual"], here.signals["residual"], atol=0.3)
    np.testing.assert_array_equal(there.found, here.found)
    np.testing.assert_array_equal(there.anchor, here.anchor)


def test_flow_is_the_same_every_time_and_whatever_else_is_in_the_batch():
    frames = torch.from_numpy(pictures(24)).to(CUDA)
    together = batched_flow(frames[:-1], frames[1:], FlowSettings())
    again = batched_flow(frames[:-1], frames[1:], FlowSettings())
    some = batched_flow(frames[7:9], frames[8:10], FlowSettings())
    assert torch.equal(together, again)
    torch.testing.assert_close(some, together[7:9], rtol=0, atol=0.02)


@cache
def network() -> SpottingNetwork:
    """A SpoT-GCN that has learned the two expressions of the clip by heart."""
    torch.manual_seed(0)
    learner = build_network("spot_gcn").train()
    targets = make_targets(clip()[0].events, len(on_cpu()))
    windows = cut_windows(on_cpu().displacement, np.arange(len(on_cpu())), learner.window)
    batch = Batch(windows, **vars(targets), mask=np.ones(len(windows), bool))
    optimizer = torch.optim.AdamW(learner.parameters(), lr=0.005)
    for _ in range(60):
        optimizer.zero_grad()
        batch_losses(learner, batch, EXPRESSION_TYPES, TrainingSettings())["total"].backward()
        optimizer.step()
    return learner.eval()


def network_proposals(traces: Traces, device: torch.device) -> list[Interval]:
    channels = silence(run_network(network().to(device), traces.displacement), traces.found)
    settings = decoder_settings(EXPRESSION_TYPES, dict.fromkeys(EXPRESSION_TYPES, 0.1))
    return propose(Curves(traces.frames, traces.timestamps, channels, DECODER, settings))


def baseline_proposals(traces: Traces, _: torch.device) -> list[Interval]:
    return propose(baseline_curves(traces), None)


@pytest.mark.parametrize("proposals", [network_proposals, baseline_proposals])
def test_proposals_differ_by_at_most_one_frame(proposals):
    here, there = proposals(on_cpu(), torch.device("cpu")), proposals(on_cuda(), CUDA)
    assert here
    assert [interval.type for interval in there] == [interval.type for interval in here]
    for name in ("onset", "apex", "offset"):
        apart = [getattr(a, name) - getattr(b, name) for a, b in zip(here, there, strict=True)]
        assert np.abs(apart).max() <= 1
