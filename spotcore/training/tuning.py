"""Going on from a trained network with the labels of one lab, without losing what it knew (preset "tune").

Four guards, because a lab's first twenty clips are few: weights are pulled towards the start, the statistics of
BatchNorm stay the start's, the outcome is a mixture of start and tuned weights that the validation subjects choose, and
a type with too few events keeps its head, and then everything below the heads, exactly as it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from spotcore.errors import InvalidSettings
from spotcore.intervals import EXPRESSION_TYPES
from spotcore.manifest import Manifest
from spotcore.models import SpottingNetwork
from spotcore.shipped_model import SHIPPED_FOLDER
from spotcore.training import checkpoint
from spotcore.training.settings import WINDOWED, TrainingSettings

# Shares of the tuned weights that are tried, from the start itself; of equals the one nearest to the start is taken.
MIXES = (0.0, 0.25, 0.5, 0.75, 1.0)
HEAD = "head."  # last layer of every network, ten rows

Weights = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Start:
    """The trained network that a guarded run begins with.

    Attributes:
        info: its description.
        weights: of its network; left as they are.
    """

    info: checkpoint.CheckpointInfo
    weights: Weights

    @property
    def proposed(self) -> tuple[str, ...]:
        """Types that it proposes."""
        settings = self.info.decoder_settings
        suppressed = str(settings.get("network", settings).get("suppressed", "")).split(",")
        return tuple(kind for kind in EXPRESSION_TYPES if kind not in suppressed)

    def pull(self, network: nn.Module, strength: float) -> None:
        """Move every parameter towards the start by this share of the way (decay that ends at the start, not at 0)."""
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                if parameter.requires_grad:
                    parameter.lerp_(self.weights[name].to(parameter.device), min(strength, 1.0))

    def mixed(self, tuned: Weights, share: float) -> dict[str, torch.Tensor]:
        """Weights that are `share` of the way from the start to `tuned`; counters are the tuned ones."""
        return {
            name: self.weights[name].lerp(value, share) if value.is_floating_point() else value
            for name, value in tuned.items()
        }


def folder_of(warm_start: str) -> Path:
    """Folder of the checkpoint that a warm start names; "default" is the model that comes with Glint."""
    return SHIPPED_FOLDER if warm_start == "default" else Path(warm_start)


def begin(settings: TrainingSettings) -> tuple[TrainingSettings, Start, SpottingNetwork]:
    """The start of a guarded run: settings whose architecture is the start's, the start, and the network to train.

    Raises:
        InvalidFile: no checkpoint there, or a damaged one.
        InvalidSettings: a network over pictures, which cannot go on from a checkpoint.
    """
    loaded = checkpoint.load(folder_of(settings.warm_start))
    if loaded.network.input == "face clips":
        raise InvalidSettings(f"{loaded.info.architecture} cannot start from another checkpoint")
    weights = {name: value.clone() for name, value in loaded.network.state_dict().items()}
    network = json.dumps(loaded.info.settings, sort_keys=True)
    window = loaded.network.window if loaded.info.architecture in WINDOWED else settings.window
    settled = replace(settings, architecture=loaded.info.architecture, network=network, window=window)
    return settled, Start(loaded.info, weights), loaded.network


def learned_types(manifest: Manifest, start: Start, minimum: int) -> tuple[tuple[str, ...], list[str]]:
    """Types with enough training events, and notes about the others (METHODS section 3: their head stays)."""
    counts = manifest.event_counts("train")
    types = tuple(kind for kind in EXPRESSION_TYPES if counts[kind] >= minimum)
    notes = []
    for kind in (kind for kind in EXPRESSION_TYPES if kind not in types):
        events = f"{counts[kind]} {kind} event{'' if counts[kind] == 1 else 's'}"
        stays = f"its {kind} proposals stay those of the start" if kind in start.proposed else f"no {kind} is proposed"
        notes.append(f"only {events} to train on, {minimum} are needed: {stays}")
    if not types:
        notes.append("nothing was learned: the version is its start, calibrated on this footage")
    elif len(types) < len(EXPRESSION_TYPES):
        notes.append(f"so that this holds exactly, only the last layer learned about {types[0]} expressions")
    return types, notes


def freeze(network: SpottingNetwork, types: Sequence[str]) -> None:
    """Where a type keeps its head, everything that heads share stays too.

    The rows of that head need no lock of their own: the loss of the other type does not reach them.
    """
    if len(types) < len(EXPRESSION_TYPES):
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(HEAD in f".{name}" and bool(types))


def train_mode(network: nn.Module) -> None:
    """Training mode, but with the start's statistics of BatchNorm: a few clips of a few people measure them badly."""
    network.train()
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()


def choose_mix(
    start: Start, tuned: Weights, judge: Callable[[Weights], tuple[list[float], Any]]
) -> tuple[float, dict[str, torch.Tensor], Any]:
    """The mixture of start and tuned weights that the validation subjects like best.

    Args:
        start, tuned: both ends.
        judge: weights -> (rank, larger is better; what came of it).

    Returns:
        Share of the tuned weights, the mixed weights, and what `judge` gave for them.
    """
    best: tuple[list[float], float, dict[str, torch.Tensor], Any] | None = None
    for share in MIXES:
        weights = start.mixed(tuned, share)
        rank, outcome = judge(weights)
        if best is None or rank > best[0]:
            best = (rank, share, weights, outcome)
    return best[1:]
