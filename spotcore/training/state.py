"""The state of an unfinished training run, saved so that a killed run goes on as if nothing had happened.

One safetensors file: network, best network so far and optimiser as tensors, everything else as JSON in its header.
One file because two could be of different epochs after a kill. Finished networks are `checkpoint`'s business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from spotcore.errors import InvalidFile
from spotcore.training.checkpoint import load_weights

STATE_FORMAT = "glint-training-state/1"
STATE_FILE = "state.safetensors"
_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


@dataclass
class Record:
    """What is known about a run besides tensors.

    Attributes:
        fingerprint: hash of manifest, settings and trace files; another one is another run.
        epoch: epochs done.
        metrics: one entry per epoch, as in metrics.jsonl.
        best: epoch, thresholds and ranking of the chosen epoch; empty before one was chosen.
    """

    fingerprint: str
    epoch: int = 0
    metrics: list[dict[str, Any]] = field(default_factory=list)
    best: dict[str, Any] = field(default_factory=dict)


def save_state(
    path: Path,
    record: Record,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    best: Mapping[str, torch.Tensor],
) -> None:
    """Replace the file atomically."""
    import safetensors.torch  # only who writes or reads needs it: a bare GPU machine trains without

    tensors = {f"network/{name}": value for name, value in network.state_dict().items()}
    tensors |= {f"best/{name}": value for name, value in best.items()}
    for name, parameter in network.named_parameters():
        moments = optimizer.state.get(parameter, {})
        tensors |= {f"{moment}/{name}": moments[moment] for moment in _MOMENTS if moment in moments}
    header = {"format": STATE_FORMAT, "record": json.dumps(vars(record))}
    part = path.with_name(path.name + ".part")
    part.write_bytes(safetensors.torch.save({n: t.detach().cpu().contiguous() for n, t in tensors.items()}, header))
    part.replace(path)


def load_state(
    path: Path, fingerprint: str, network: nn.Module, optimizer: torch.optim.Optimizer
) -> tuple[Record, dict[str, torch.Tensor]]:
    """Fill network and optimiser from the file.

    Returns:
        The record and the best weights so far.

    Raises:
        InvalidFile: damaged, of another format, or of another run.
    """
    import safetensors

    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            if header.get("format") != STATE_FORMAT:
                raise InvalidFile(f"{path}: expected the format {STATE_FORMAT}, got {header.get('format')!r}")
            record = Record(**json.loads(header["record"]))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a dict
    except (OSError, safetensors.SafetensorError, ValueError, TypeError, KeyError) as error:
        raise InvalidFile(f"{path}: expected the state of a training run, reading it failed: {error!r}") from error
    if record.fingerprint != fingerprint:
        raise InvalidFile(
            f"{path}: belongs to a run with other settings, manifest or trace files; "
            "choose another folder or start anew without resuming"
        )
    load_weights(network, _part(tensors, "network"), str(path))
    moments = {moment: _part(tensors, moment) for moment in _MOMENTS}
    for name, parameter in network.named_parameters():
        if name in moments["step"]:
            state = {moment: values[name].to(parameter.device) for moment, values in moments.items()}
            # AdamW counts steps on the CPU.
            optimizer.state[parameter] = state | {"step": moments["step"][name].cpu()}
    return record, _part(tensors, "best")


def _part(tensors: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {n.removeprefix(f"{prefix}/"): t for n, t in tensors.items() if n.startswith(f"{prefix}/")}
