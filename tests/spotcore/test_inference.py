"""A network over a whole video equals the network on each window alone, whatever the batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from spotcore.device import choose_device
from spotcore.errors import InvalidSettings
from spotcore.inference import columns_of, run_network, to_probabilities, video_logits
from spotcore.models import build_network
from spotcore.probabilities import CHANNELS
from tests.spotcore.trace_examples import make_traces


@pytest.fixture
def network():
    torch.manual_seed(1)
    return build_network("spot_gcn", {"window": 5, "channels": 8}).eval()


@pytest.mark.parametrize("count", [1, 4, 37])
def test_batches_change_nothing_and_edges_repeat_the_border_frame(network, count):
    displacement = make_traces((), count).displacement
    slow = []
    for centre in range(count):
        rows = [min(max(centre + step, 0), count - 1) for step in (-2, -1, 0, 1, 2)]
        window = torch.from_numpy(displacement[rows] - displacement[rows[0]])
        with torch.inference_mode():
            slow.append(network(window[None]).logits[0])
    torch.testing.assert_close(video_logits(network, displacement, batch=7), torch.stack(slow))


def test_probabilities_are_softmax_in_each_boundary_triple_and_sigmoid_elsewhere(network):
    probabilities = run_network(network, make_traces((), 20).displacement)
    assert probabilities.shape == (10, 20)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities[:3].sum(axis=0), 1, rtol=1e-5)
    np.testing.assert_allclose(probabilities[3:6].sum(axis=0), 1, rtol=1e-5)
    logits = torch.zeros(1, 10)
    logits[0, CHANNELS.index("macro_apex")] = 20.0
    assert to_probabilities(logits)[0, CHANNELS.index("macro_apex")].item() == pytest.approx(1.0)


def test_channels_of_a_type_are_found_by_name():
    names = [CHANNELS[column] for column in columns_of("macro")]
    assert names == ["macro_onset", "macro_offset", "macro_none", "macro_apex", "macro_action"]


def test_a_video_without_samples_gives_no_probabilities(network):
    assert run_network(network, np.zeros((0, 10, 2), np.float32)).shape == (10, 0)


def test_devices_are_chosen_by_name_and_refused_with_a_reason():
    assert choose_device("cpu").type == "cpu"
    assert choose_device("auto").type in ("cpu", "cuda")
    with pytest.raises(InvalidSettings, match="expected one of auto, cpu, cuda"):
        choose_device("tpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="only where there is no CUDA device")
def test_cuda_is_refused_where_there_is_none():
    with pytest.raises(InvalidSettings, match="no CUDA device"):
        choose_device("cuda")
