"""SpotFormer and the dilated network against the numbers of METHODS section 5, and each learns a toy set."""

from __future__ import annotations

import pytest
import torch

from spotcore.errors import InvalidSettings
from spotcore.inference import video_logits
from spotcore.models import build_network
from spotcore.models.cost import cost
from spotcore.models.stacked import StackedNetworks

SMALL = {"width": 16, "hidden": 16, "heads": 2}
VARIANTS = ("pooling", "temporal_convolution", "spatial_attention", "temporal_attention")

@pytest.fixture(autouse=True)
def one_thread():
    """Small layers on many threads wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def count(network):
    return sum(parameter.numel() for parameter in network.parameters())


def test_spotformer_has_the_published_number_of_parameters():
    assert count(build_network("spotformer")) == 3_168_522


@pytest.mark.parametrize("window", [5, 11, 17, 25])
def test_a_window_gives_one_frame_and_only_positions_depend_on_its_length(window):
    network = build_network("spotformer", {"window": window})
    assert count(network) == 3_168_522 + (window - 17) * 256
    logits, feature = build_network("spotformer", SMALL | {"window": window})(torch.zeros(3, window, 10, 2))
    assert (logits.shape, feature.shape) == ((3, 10), (3, 16))


@pytest.mark.parametrize("window", [5, 11, 17, 25])
def test_the_receptive_field_of_spotformer_is_the_whole_window_and_every_region(window):
    torch.manual_seed(0)
    network = build_network("spotformer", SMALL | {"window": window}).eval()
    windows = torch.randn(32, window, 10, 2, requires_grad=True)
    network(windows).logits.sum().backward()
    assert (windows.grad.abs().sum(dim=0) > 0).all()


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_leaves_out_its_part_and_still_answers(variant):
    network = build_network("spotformer", SMALL | {variant: False})
    assert count(network) < count(build_network("spotformer", SMALL))
    assert network(torch.randn(2, 17, 10, 2)).logits.shape == (2, 10)


def test_spatial_only_does_not_see_the_order_of_what_it_averages():
    torch.manual_seed(0)
    settings = SMALL | {"temporal_attention": False, "temporal_convolution": False}
    network, windows = build_network("spotformer", settings).eval(), torch.randn(4, 17, 10, 2)
    with torch.inference_mode():
        network.step_position.zero_()
        torch.testing.assert_close(network(windows).logits, network(windows.flip(1)).logits, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("settings", [{"pooling": False}, {"graph": False}])
def test_variants_of_spot_gcn_have_the_same_layers_and_another_answer(settings):
    torch.manual_seed(0)
    whole, windows = build_network("spot_gcn").eval(), torch.randn(4, 17, 10, 2)
    variant = build_network("spot_gcn", settings).eval()
    variant.load_state_dict(whole.state_dict())
    with torch.inference_mode():
        assert not torch.allclose(whole(windows).logits, variant(windows).logits)


def test_a_width_that_heads_cannot_share_is_refused():
    with pytest.raises(InvalidSettings, match="shared by heads"):
        build_network("spotformer", {"width": 30})


def test_dilated_answers_every_frame_of_a_stretch_as_it_would_alone():
    torch.manual_seed(0)
    network = build_network("dilated").eval()
    stretch = torch.randn(1, network.window + 9, 10, 2)
    with torch.inference_mode():
        together = network(stretch).logits
        alone = [network(stretch[:, t : t + network.window]).logits[0] for t in range(10)]
    assert network.window == 143
    torch.testing.assert_close(together, torch.stack(alone), rtol=1e-4, atol=1e-5)


def test_dilated_does_not_care_where_a_trace_stands():
    torch.manual_seed(0)
    network, stretch = build_network("dilated").eval(), torch.randn(1, 160, 10, 2)
    with torch.inference_mode():
        torch.testing.assert_close(network(stretch).logits, network(stretch + 50).logits, rtol=1e-3, atol=1e-3)


def test_dilated_answers_a_long_video_in_pieces_as_in_one(monkeypatch):
    torch.manual_seed(0)
    network = build_network("dilated").eval()
    traces = torch.randn(300, 10, 2).cumsum(0).numpy()
    whole = video_logits(network, traces)
    monkeypatch.setattr("spotcore.inference.STRETCH", 70)
    torch.testing.assert_close(video_logits(network, traces), whole, rtol=1e-3, atol=1e-3)


def test_costs_are_those_of_the_layers():
    counted = cost(build_network("dilated"))
    # Two per weight of a convolution and frame; the first layers of a stretch also work in its margins.
    exact = 2 * (20 * 48 * 17 + 6 * 48 * 48 * 3 + 48 * 10) / 1e6
    assert exact < counted["mflop_per_frame"] < 1.3 * exact
    assert counted["parameters"] == 59_290


@pytest.mark.parametrize(
    ("architecture", "settings", "length", "rate"),
    [
        ("spot_gcn", {"channels": 16}, 17, 0.01),
        ("spotformer", SMALL | {"dropout": 0.0}, 17, 0.003),
        ("dilated", {"channels": 16, "layers": 2, "kernel": 7}, 13, 0.01),
    ],
)
def test_a_network_learns_a_toy_set_by_heart(architecture, settings, length, rate):
    torch.manual_seed(0)
    network = build_network(architecture, settings)
    given, wanted = torch.randn(24, length, 10, 2), torch.rand(24, 10).round()
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate)
    for _ in range(120):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(given).logits, wanted)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1


def test_stacked_networks_keep_statistics_of_their_own():
    torch.manual_seed(0)
    networks = [build_network("dilated", {"channels": 4, "layers": 1, "kernel": 3}) for _ in range(2)]
    stacked = StackedNetworks(networks, torch.device("cpu"))
    stacked(torch.randn(2, 3, 20, 10, 2) * torch.tensor([1.0, 5.0]).view(2, 1, 1, 1, 1))
    first, second = (stacked.network(i).first_norm.running_var.mean().item() for i in range(2))
    assert second > first + 0.3  # one tenth of the batch's variance each
