"""Several networks as one: probabilities are averaged, whatever each member takes, and files keep it whole."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from spotcore.errors import InvalidSettings
from spotcore.inference import run_network, to_probabilities, video_logits
from spotcore.models import build_network
from spotcore.network_input import FACE_REGIONS, SIGNAL_PAIRS
from spotcore.regions import FEATURE_KIND
from spotcore.training import checkpoint
from spotcore.training.default_model import ensemble_of

SMALL = {"architecture": "dilated", "settings": {"channels": 4, "layers": 2}}
LARGE = {"architecture": "dilated", "settings": {"channels": 6, "layers": 3, "signals": True}}
LEARNED = {"roles": {"s": "train"}, "best_epoch": 2, "settings": {"seed": 5, "warm_start": "/somewhere"}}


def ensemble(*members):
    torch.manual_seed(3)
    return build_network("ensemble", {"members": list(members)}).eval()


def given(count: int = 90) -> np.ndarray:
    pairs = FACE_REGIONS + SIGNAL_PAIRS
    return np.random.default_rng(0).normal(0, 1, (count, pairs, 2)).cumsum(0).astype(np.float32)


def test_the_probabilities_are_the_mean_of_the_members_own():
    network = ensemble(SMALL, LARGE)
    own = [to_probabilities(video_logits(member, given())).T.numpy() for member in network.members]
    assert np.allclose(run_network(network, given()), np.mean(own, axis=0), atol=1e-5)


def test_it_takes_what_its_widest_member_needs():
    network = ensemble(SMALL, LARGE)
    assert network.window == max(member.window for member in network.members)
    assert network.pairs == FACE_REGIONS + SIGNAL_PAIRS


def test_one_member_alone_answers_as_itself():
    network = ensemble(SMALL)
    alone = to_probabilities(video_logits(network.members[0], given())).T.numpy()
    assert np.allclose(run_network(network, given()), alone, atol=1e-5)


@pytest.mark.parametrize("members", [[], [{"architecture": "dilated"}], ["dilated"]])
def test_members_that_are_not_described_are_refused(members):
    with pytest.raises(InvalidSettings, match="members"):
        build_network("ensemble", {"members": members})


def test_members_over_windows_are_refused():
    with pytest.raises(InvalidSettings, match="SpotGcn"):
        build_network("ensemble", {"members": [SMALL, {"architecture": "spot_gcn", "settings": {}}]})


def test_checkpoints_join_into_one_file_that_answers_the_same(tmp_path):
    torch.manual_seed(1)
    parts = [
        checkpoint.Checkpoint(
            build_network(member["architecture"], member["settings"]).eval(),
            checkpoint.CheckpointInfo(**member, kind=FEATURE_KIND, training=LEARNED),
        )
        for member in (SMALL, LARGE)
    ]
    joint = ensemble_of(parts)
    checkpoint.save(tmp_path, joint.network, joint.info)
    loaded = checkpoint.load(tmp_path)
    assert np.array_equal(run_network(loaded.network, given()), run_network(joint.network, given()))
    assert loaded.info.training == {"members": [{"best_epoch": 2, "settings": {"seed": 5}}] * 2}
