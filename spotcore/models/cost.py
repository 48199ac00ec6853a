"""What a network costs: parameters, MFLOP and milliseconds per frame, counted on random input."""

from __future__ import annotations

import time

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from spotcore.models.layers import REGIONS

_FRAMES = 512


def cost(network: nn.Module, device: torch.device | str = "cpu", repeats: int = 3) -> dict[str, float | int | str]:
    """Parameters, MFLOP per frame (two per multiplication and addition), ms per frame (the best of some runs).

    A network over traces shares work between frames, so its figures are those of a stretch of 512 frames.
    """
    network = network.to(device).eval()
    if network.input == "face clips":
        frames = network.window
        given = torch.randn(1, frames, network.settings.side, network.settings.side, device=device)
    elif network.input == "traces":
        frames = _FRAMES
        given = torch.randn(1, frames + 2 * network.context, REGIONS, 2, device=device)
    else:
        frames = _FRAMES
        given = torch.randn(frames, network.window, REGIONS, 2, device=device)
    with torch.inference_mode():
        network(given)
        with FlopCounterMode(display=False) as counter:
            network(given)
        seconds = min(_seconds(network, given) for _ in range(repeats))
    return {
        "parameters": sum(p.numel() for p in network.parameters()),
        "mflop_per_frame": round(counter.get_total_flops() / frames / 1e6, 3),
        "ms_per_frame": round(1000 * seconds / frames, 4),
        "device": torch.cuda.get_device_name(given.device) if given.is_cuda else "cpu",
    }


def _seconds(network: nn.Module, given: torch.Tensor) -> float:
    began = time.perf_counter()
    network(given)
    if given.is_cuda:
        torch.cuda.synchronize(given.device)
    return time.perf_counter() - began
