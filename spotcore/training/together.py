"""Leave-one-subject-out in one go: the networks of several folds train as one batched computation.

Parameters of F networks are stacked and `torch.func.vmap` runs them side by side; each fold keeps its own data, order
and augmentation, so the result equals training the folds one by one (up to the order of sums). Choosing epochs and
scoring stand in `nested` and `loso`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.func import vmap

from spotcore.decoding import DECODERS
from spotcore.errors import Cancelled, NothingToTrain
from spotcore.inference import to_probabilities, video_logits
from spotcore.intervals import Interval
from spotcore.models import SpottingNetwork, build_network
from spotcore.models.stacked import SingleNetwork, StackedNetworks
from spotcore.nested import FoldProposals
from spotcore.network_input import network_input
from spotcore.splits import Fold
from spotcore.training.dataset import Batch, LabelledVideo, Segment, batches, epoch_segments
from spotcore.training.loop import output_losses
from spotcore.training.selection import DECODER, in_known, labelled_curves
from spotcore.training.settings import TrainingSettings

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class FoldData:
    """One fold with its videos by role; `number` decides its seed."""

    number: int
    fold: Fold
    train: list[LabelledVideo]
    scored: list[LabelledVideo]

    def settings(self, settings: TrainingSettings) -> TrainingSettings:
        return replace(settings, seed=settings.seed + self.number)


def fold_data(videos: Sequence[LabelledVideo], folds: Sequence[Fold]) -> list[FoldData]:
    """The videos of each fold: those of its training subjects, and those of its validation and test subjects."""
    made = []
    for number, fold in enumerate(folds):
        train = [video for video in videos if video.entry.subject in fold.train]
        scored = [video for video in videos if video.entry.subject in (*fold.validation, *fold.test)]
        made.append(FoldData(number, fold, train, scored))
    return made


def epoch_plan(
    folds: Sequence[FoldData], types: Sequence[str], settings: TrainingSettings, epoch: int
) -> list[list[Segment]]:
    """Segments of one epoch for ALL folds of a run, equally many each: shorter lists begin again.

    Every fold then takes the same number of equal steps, whether it trains alone or with others.

    Raises:
        NothingToTrain: a fold has no usable expression to train on.
    """
    plans = [epoch_segments(data.train, types, data.settings(settings), epoch) for data in folds]
    for data, plan in zip(folds, plans, strict=True):
        if not plan:
            raise NothingToTrain(f"without subject {', '.join(data.fold.test)} nobody is left with a usable expression")
    size = settings.batch_segments
    count = -(-max(len(plan) for plan in plans) // size) * size
    return [[plan[index % len(plan)] for index in range(count)] for plan in plans]


def start(group: Sequence[FoldData], settings: TrainingSettings, device: torch.device):
    """Networks of a group of folds, each with weights of its own seed."""
    networks = []
    for data in group:
        torch.manual_seed(data.settings(settings).seed)
        networks.append(build_network(settings.architecture, settings.network_settings()))
    return SingleNetwork(networks[0], device) if len(networks) == 1 else StackedNetworks(networks, device)


def train_group(
    folds: Sequence[FoldData],
    group: Sequence[int],
    types: Sequence[str],
    settings: TrainingSettings,
    device: torch.device,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[FoldProposals]:
    """Train the folds `group` (indices into ALL folds of the run) together and score them every few epochs.

    Args:
        types: expression types in the loss, the same in every fold.
        progress: called with (epochs done, epochs in all).
    """
    mine = [folds[index] for index in group]
    networks = start(mine, settings, device)
    optimizer = make_optimizer(networks.parameters, settings, stacked=len(mine) > 1)
    epochs: list[dict[int, dict[str, list[Interval]]]] = [{} for _ in mine]
    for epoch in range(settings.epochs):
        if should_stop and should_stop():
            raise Cancelled(f"stopped in epoch {epoch + 1}")
        plan = epoch_plan(folds, types, settings, epoch)
        train_epoch(networks, optimizer, mine, [plan[index] for index in group], types, settings, epoch, device)
        if (epoch + 1) % settings.validate_every == 0 or epoch + 1 == settings.epochs:
            for index, data in enumerate(mine):
                epochs[index][epoch + 1] = _propose(networks.network(index), data.scored, types)
        if progress:
            progress(epoch + 1, settings.epochs)
    return [FoldProposals(data.fold, found) for data, found in zip(mine, epochs, strict=True)]


def train_epoch(networks, optimizer, folds, plans, types, settings, epoch, device) -> torch.Tensor:
    """One epoch of all folds of a group in step; returns (F,) mean loss."""
    for entry in optimizer.param_groups:
        entry["lr"] = settings.learning_rate * settings.decay_per_epoch**epoch
    single = networks.network(0)
    stretch = single.context if single.input == "traces" else None
    streams = [
        batches(data.train, plan, data.settings(settings), epoch, stretch, single.pairs)
        for data, plan in zip(folds, plans, strict=True)
    ]
    losses = []
    for together in zip(*streams, strict=True):
        put = stack_batches(together, device, next(iter(networks.parameters.values())).dtype)
        with torch.autocast(device.type, torch.bfloat16, enabled=settings.mixed_precision and device.type == "cuda"):
            logits, feature = networks(put["windows"])
        targets = {name: values for name, values in put.items() if name != "windows"}
        loss = _losses(_wide(logits), _wide(feature), targets, tuple(types), settings)  # (F,)
        optimizer.zero_grad(set_to_none=True)
        loss.sum().backward()  # folds share nothing: each gets the gradient of its own loss
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses).mean(dim=0)


def _losses(logits, feature, targets: Mapping[str, torch.Tensor], types, settings) -> torch.Tensor:
    def one(logits, feature, targets):
        return output_losses(logits, feature, targets, types, settings)["total"]

    if len(logits) == 1:
        return one(logits[0], feature[0], {name: values[0] for name, values in targets.items()})[None]
    return vmap(one)(logits, feature, targets)


def _wide(values: torch.Tensor) -> torch.Tensor:
    return values.float() if values.dtype == torch.bfloat16 else values


def stack_batches(folds: Sequence[Batch], device: torch.device, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Fields of `Batch` with a leading axis F, real numbers in the precision of the networks."""
    stacked = {name: torch.from_numpy(np.stack([getattr(b, name) for b in folds])) for name in vars(folds[0])}
    return {n: v.to(device, dtype) if v.is_floating_point() else v.to(device) for n, v in stacked.items()}


def make_optimizer(
    parameters: Mapping[str, torch.Tensor], settings: TrainingSettings, stacked: bool
) -> torch.optim.Optimizer:
    """AdamW element by element, so stacking changes nothing; no decay on what had one axis before stacking."""
    plain = 2 if stacked else 1
    groups = [
        {"params": [p for p in parameters.values() if p.ndim > plain], "weight_decay": settings.weight_decay},
        {"params": [p for p in parameters.values() if p.ndim <= plain], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate)


def _propose(network: SpottingNetwork, videos: Sequence[LabelledVideo], types) -> dict[str, list[Interval]]:
    """Video -> everything the decoder finds."""
    found = {}
    for video in videos:
        probabilities = to_probabilities(video_logits(network, network_input(video.traces, network.pairs))).T.numpy()
        found[video.entry.id] = in_known(video, DECODERS[DECODER](labelled_curves(video, probabilities, types)))
    return found
