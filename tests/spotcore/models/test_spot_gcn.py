"""SpoT-GCN against the numbers of METHODS section 4."""

from __future__ import annotations

import pytest
import torch

from spotcore.errors import InvalidSettings
from spotcore.models import build_network
from spotcore.models.layers import FACE_EDGES, RegionPool, propagation_matrix


@pytest.mark.parametrize(("window", "parameters"), [(5, 22_282), (11, 46_858), (17, 71_434), (25, 96_266)])
def test_parameters_are_as_published_and_a_window_gives_one_frame(window, parameters):
    network = build_network("spot_gcn", {"window": window})
    assert sum(p.numel() for p in network.parameters()) == parameters
    logits, feature = network(torch.zeros(3, window, 10, 2))
    assert (logits.shape, feature.shape) == ((3, 10), (3, 64))


@pytest.mark.parametrize("window", [5, 11, 17, 25])
def test_the_receptive_field_is_the_whole_window_and_every_region(window):
    torch.manual_seed(0)
    network = build_network("spot_gcn", {"window": window}).eval()
    windows = torch.randn(64, window, 10, 2, requires_grad=True)
    network(windows).logits.sum().backward()
    assert (windows.grad.abs().sum(dim=0) > 0).all()


def test_the_propagation_matrix_is_that_of_a_slow_version():
    degree = [sum(node in edge for edge in FACE_EDGES) for node in range(10)]
    matrix = propagation_matrix(FACE_EDGES, 10)
    for a in range(10):
        for b in range(10):
            joined = (a, b) in FACE_EDGES or (b, a) in FACE_EDGES
            expected = float(a == b) - (1 / (degree[a] * degree[b]) ** 0.5 if joined else 0)
            assert matrix[a, b].item() == pytest.approx(expected)


def test_pooling_takes_the_largest_of_each_facial_part():
    values = torch.tensor([3.0, 1, 2, -1, -2, -3, 0, 5, 4, 1])
    assert RegionPool(((0, 1, 2), (3, 4, 5), (6, 7, 8, 9)))(values).tolist() == [3, -1, 5]


def test_frames_are_answered_alone_whatever_else_is_in_the_batch():
    torch.manual_seed(0)
    network, windows = build_network("spot_gcn").eval(), torch.randn(9, 17, 10, 2)
    with torch.inference_mode():
        torch.testing.assert_close(network(windows).logits[4:5], network(windows[4:5]).logits)


def test_an_unknown_architecture_or_window_is_refused():
    with pytest.raises(InvalidSettings, match="spot_gcn"):
        build_network("spot_net")
    with pytest.raises(InvalidSettings, match="window"):
        build_network("spot_gcn", {"window": 9})
