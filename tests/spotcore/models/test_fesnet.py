"""FESNet: shapes, ablations, and a toy set of moving blobs learned by heart."""

from __future__ import annotations

import pytest
import torch

from spotcore.errors import InvalidSettings
from spotcore.models import build_network
from spotcore.training.clips import frame_loss

SMALL = {"frames": 12, "side": 16, "channels": (4, 4, 8, 8), "heads": 2, "temporal_channels": 8, "temporal_layers": 2}

@pytest.fixture(autouse=True)
def one_thread():
    """Small layers on many threads wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_every_stage_says_a_class_per_picture():
    network = build_network("fesnet", SMALL)
    assert network(torch.rand(2, 12, 16, 16)).shape == (4, 2, 12, 3)
    assert build_network("fesnet").window == 64


@pytest.mark.parametrize(
    ("change", "stages"), [({"stages": 0}, 1), ({"attention": False}, 4), ({"discrepancy": False}, 4)]
)
def test_an_ablation_leaves_out_its_part(change, stages):
    network = build_network("fesnet", SMALL | change)
    assert network(torch.rand(1, 12, 16, 16)).shape == (stages, 1, 12, 3)


def test_pictures_that_never_change_have_no_discrepancy():
    torch.manual_seed(0)
    network = build_network("fesnet", SMALL | {"stages": 0}).eval()
    stages = network(torch.rand(1, 1, 16, 16).expand(1, 12, 16, 16))
    torch.testing.assert_close(stages[0, 0], network.spatial_head.bias.expand(12, 3), rtol=1e-4, atol=1e-5)


def test_light_and_contrast_of_a_recording_do_not_matter():
    torch.manual_seed(0)
    network, clips = build_network("fesnet", SMALL).eval(), torch.rand(1, 12, 16, 16)
    torch.testing.assert_close(network(clips), network(clips * 40 + 90), rtol=1e-3, atol=1e-4)


def test_settings_that_contradict_are_named_together():
    with pytest.raises(InvalidSettings, match=r"side \(20\).*heads"):
        build_network("fesnet", SMALL | {"side": 20, "heads": 3})


def test_the_loss_is_that_of_a_slow_version():
    torch.manual_seed(0)
    stages, classes = torch.randn(2, 2, 5, 3), torch.randint(0, 3, (2, 5))
    mask, weight = torch.rand(2, 5) > 0.3, torch.tensor([0.5, 1.0, 2.0])
    expected = 0.0
    for stage in stages:
        log = stage.log_softmax(2)
        frames = [(b, t) for b in range(2) for t in range(5) if mask[b, t]]
        expected += sum(-weight[classes[b, t]] * log[b, t, classes[b, t]] for b, t in frames) / len(frames)
        pairs = [(b, t) for b, t in frames if t and mask[b, t - 1]]
        steps = [min((log[b, t, c] - log[b, t - 1, c]) ** 2, torch.tensor(16.0)) for b, t in pairs for c in range(3)]
        expected += 0.15 * sum(steps) / len(steps)
    torch.testing.assert_close(frame_loss(stages, classes, mask, weight, 0.15), expected)


def test_moving_blobs_are_learned_by_heart():
    torch.manual_seed(0)
    clips, classes = torch.zeros(4, 12, 16, 16), torch.zeros(4, 12, dtype=torch.int64)
    clips += 0.05 * torch.rand(4, 1, 16, 16)
    for index, (kind, first, last) in enumerate(((1, 2, 9), (2, 5, 7), (1, 4, 11), (2, 2, 4))):
        classes[index, first : last + 1] = kind
        rows = slice(2, 6) if kind == 1 else slice(10, 14)
        clips[index, first : last + 1, rows, 4:12] += 1.0
    network = build_network("fesnet", SMALL)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.01)
    mask, weight = torch.ones(4, 12, dtype=torch.bool), torch.ones(3)
    for _ in range(80):
        optimizer.zero_grad()
        frame_loss(network(clips), classes, mask, weight, 0.15).backward()
        optimizer.step()
    answers = network(clips)[-1].argmax(dim=2)
    assert (answers == classes).float().mean() > 0.95
