"""Folds that train as one computation end where they end one by one, whatever else trains beside them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from spotcore.splits import leave_one_subject_out
from spotcore.training.dataset import load_videos
from spotcore.training.settings import TrainingSettings
from spotcore.training.together import SingleNetwork, epoch_plan, fold_data, make_optimizer, start, train_epoch
from tests.spotcore.trace_examples import make_manifest

GROUP = (0, 2)
TYPES = ("macro", "micro")
CPU = torch.device("cpu")
BASE = TrainingSettings(
    epochs=2, minimum_segments=8, batch_segments=4, device="cpu", contrastive_weight=0.01, window=5,
    validate_every=1, learning_rate=1e-3,
)  # fmt: skip
NETWORKS = {
    "spot_gcn": '{"channels": 8}',
    "dilated": '{"channels": 8, "layers": 3}',
    "spotformer": '{"width": 8, "hidden": 8, "heads": 2, "dropout": 0}',
}

@pytest.fixture(autouse=True)
def one_thread():
    """Small layers on many threads wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folds(tmp_path_factory):
    manifest = make_manifest(tmp_path_factory.mktemp("traces"), ["train"] * 4, count=300, macros=2, micros=2)
    videos = load_videos(manifest.videos)
    return fold_data(videos, leave_one_subject_out([video.entry.subject for video in videos]))


def trained(folds, group, settings):
    """Weights of the networks of a group after two epochs."""
    mine = [folds[index] for index in group]
    networks = start(mine, settings, CPU)
    optimizer = make_optimizer(networks.parameters, settings, stacked=not isinstance(networks, SingleNetwork))
    for epoch in range(settings.epochs):
        plan = epoch_plan(folds, TYPES, settings, epoch)
        train_epoch(networks, optimizer, mine, [plan[index] for index in group], TYPES, settings, epoch, CPU)
    return [{n: v.clone() for n, v in networks.network(i).state_dict().items()} for i in range(len(mine))]


@pytest.fixture
def double_precision():
    """Biases that a norm takes out again have gradients of pure rounding noise, which AdamW blows up in float32."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("architecture", NETWORKS)
def test_folds_trained_together_equal_folds_trained_one_by_one(folds, architecture, double_precision):
    settings = replace(BASE, architecture=architecture, network=NETWORKS[architecture])
    together = trained(folds, GROUP, settings)
    for index, weights in zip(GROUP, together, strict=True):
        alone = trained(folds, [index], settings)[0]
        for name, value in alone.items():
            torch.testing.assert_close(weights[name], value, rtol=0, atol=1e-7, msg=f"fold {index}, {name}")


def test_each_fold_ends_with_weights_of_its_own(folds):
    settings = replace(BASE, architecture="dilated", network=NETWORKS["dilated"])
    first, second = trained(folds, GROUP, settings)
    assert (first["head.weight"] - second["head.weight"]).abs().max() > 1e-2


def test_no_fold_trains_on_its_test_or_validation_subject(folds):
    for data in folds:
        seen = {video.entry.subject for video in data.train}
        assert not seen & {*data.fold.test, *data.fold.validation}
        assert {video.entry.subject for video in data.scored} == {*data.fold.test, *data.fold.validation}


def test_all_folds_take_the_same_number_of_whole_batches(folds):
    plans = epoch_plan(folds, TYPES, BASE, 0)
    assert len({len(plan) for plan in plans}) == 1
    assert len(plans[0]) % BASE.batch_segments == 0
