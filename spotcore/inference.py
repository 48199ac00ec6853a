"""A network over a whole video: traces in, curves out. Decoding is not done here."""

from __future__ import annotations

import numpy as np
import torch

from spotcore.device import choose_device
from spotcore.errors import IncompatibleFeatures
from spotcore.feature_files import Traces, cut_windows
from spotcore.intervals import EXPRESSION_TYPES
from spotcore.models import SpottingNetwork
from spotcore.models.layers import REGIONS
from spotcore.network_input import network_input
from spotcore.probabilities import CHANNELS, Curves
from spotcore.training.checkpoint import Checkpoint

STRETCH = 4096  # samples a network over traces answers at once
BATCH_WINDOWS = 512  # the widest layer holds 20 MB: bounded whatever the length, and it stays near the cache


def network_curves(checkpoint: Checkpoint, traces: Traces, device: str = "auto") -> Curves:
    """Probabilities of every sample; samples without a face get zero evidence (no boundary, apex or action).

    Raises:
        IncompatibleFeatures: the traces are of another kind than the checkpoint was trained on.
    """
    info = checkpoint.info
    info.kind.require(traces.kind, "the trace file")
    if checkpoint.network.input == "face clips":
        raise IncompatibleFeatures(f"{info.architecture} looks at face pictures: traces tell it nothing")
    network = checkpoint.network.to(choose_device(device)).eval()
    probabilities = run_network(network, network_input(traces, network.pairs))  # (10, T)
    return Curves(
        frames=traces.frames,
        timestamps=traces.timestamps,
        channels=silence(probabilities, traces.found),
        decoder=info.decoder,
        settings=info.decoder_settings,
        calibration=info.calibration,
    )


def run_network(network: SpottingNetwork, displacement: np.ndarray) -> np.ndarray:
    """(T, R, 2) of `network_input` -> (10, T) float32 probabilities in the order of `CHANNELS`; see `video_logits`."""
    return to_probabilities(video_logits(network, displacement)).T.contiguous().numpy()


@torch.inference_mode()
def video_logits(network: SpottingNetwork, displacement: np.ndarray, batch: int = BATCH_WINDOWS) -> torch.Tensor:
    """(T, R, 2) of `network_input` -> (T, 10) logits on the CPU.

    The network must be in evaluation mode; it runs where its parameters are.
    """
    device = next(network.parameters()).device
    out = torch.empty(len(displacement), len(CHANNELS))
    if network.input == "traces":
        for first in range(0, len(displacement), STRETCH):
            last = min(first + STRETCH, len(displacement))
            rows = np.clip(np.arange(first - network.context, last + network.context), 0, len(displacement) - 1)
            stretch = displacement[rows, : network.pairs] - displacement[rows[0], : network.pairs]  # (L, R, 2)
            given = torch.from_numpy(stretch.astype(np.float32))[None].to(device)
            out[first:last] = network(given).logits.cpu()
        return out
    for first in range(0, len(displacement), batch):
        centres = np.arange(first, min(first + batch, len(displacement)))
        windows = cut_windows(displacement[:, :REGIONS], centres, network.window)  # (B, W, R, 2)
        out[first : first + len(centres)] = network(torch.from_numpy(windows).to(device)).logits.cpu()
    return out


def to_probabilities(logits: torch.Tensor) -> torch.Tensor:
    """(B, 10) logits -> (B, 10) probabilities: softmax within each boundary triple, sigmoid elsewhere."""
    triples = [logits[:, columns_of(kind)[:3]].softmax(dim=1) for kind in ("micro", "macro")]
    return torch.cat([*triples, logits[:, 6:].sigmoid()], dim=1)


def columns_of(kind: str) -> list[int]:
    """Columns of one expression type in the order onset, offset, none, apex, action."""
    return [CHANNELS.index(f"{kind}_{name}") for name in ("onset", "offset", "none", "apex", "action")]


def silence(probabilities: np.ndarray, found: np.ndarray) -> dict[str, np.ndarray]:
    """(10, T) -> channel name -> (T,), where samples that are not found say "nothing here"."""
    channels = {}
    for name, values in zip(CHANNELS, probabilities, strict=True):
        nothing = 1.0 if name in [f"{kind}_none" for kind in EXPRESSION_TYPES] else 0.0
        channels[name] = np.where(found, values, np.float32(nothing)).astype(np.float32)
    return channels
