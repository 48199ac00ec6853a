"""A small dilated temporal network over traces: every frame of a stretch is answered in one pass, so it is fast.

A network of ours, not of the papers: no windows are cut, and the work of neighbouring frames is shared.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from spotcore.config import Settings, setting
from spotcore.models.layers import REGIONS, NetworkOutput, SpottingNetwork
from spotcore.network_input import SIGNAL_PAIRS
from spotcore.probabilities import CHANNELS


@dataclass(frozen=True)
class DilatedSettings(Settings):
    """All a choice of ours. The receptive field is kernel + 2 * (1 + 2 + 4 + ...) samples: by default 143, or 4.8 s."""

    channels: int = setting(48, "features per frame", low=1, high=1024)
    kernel: int = setting(17, "samples that the first convolution sees, odd", low=3, high=101)
    layers: int = setting(6, "dilated layers, the dilation doubling each time", low=1, high=10)

    signals: bool = setting(False, "eyes and head beside the regions, see network_input")

    def contradictions(self) -> list[str]:
        return [] if self.kernel % 2 else [f"kernel ({self.kernel}) must be odd, so that a frame stands in its middle"]


class ZeroSumConvolution(nn.Conv1d):
    """Convolution whose weights sum to zero over time, so that only movement counts, not where a trace stands."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        weight = self.weight - self.weight.mean(dim=2, keepdim=True)
        return F.conv1d(values, weight, self.bias)


class _DilatedLayer(nn.Module):
    """Convolution -> BatchNorm -> ReLU, residual on the middle: (B, C, L) -> (B, C, L - 2 * dilation)."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.convolution = nn.Conv1d(channels, channels, 3, dilation=dilation)
        self.norm = nn.BatchNorm1d(channels)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        middle = values[..., self.dilation : values.shape[-1] - self.dilation]
        return middle + torch.relu(self.norm(self.convolution(values)))


class Dilated(SpottingNetwork):
    """No padding: a stretch gives its frames without `context` at each end."""

    input = "traces"

    def __init__(self, settings: DilatedSettings | None = None) -> None:
        super().__init__()
        self.settings = s = settings or DilatedSettings()
        self.window = s.kernel + 2 * sum(2**layer for layer in range(s.layers))
        self.pairs = REGIONS + SIGNAL_PAIRS if s.signals else REGIONS
        self.first = ZeroSumConvolution(2 * self.pairs, s.channels, s.kernel)
        self.first_norm = nn.BatchNorm1d(s.channels)
        self.layers = nn.Sequential(*(_DilatedLayer(s.channels, 2**layer) for layer in range(s.layers)))
        self.head = nn.Conv1d(s.channels, len(CHANNELS), 1)

    def forward(self, windows: torch.Tensor) -> NetworkOutput:
        """(B, L, R, 2) stretches, L at least the window -> logits and feature of B * (L - 2 * context) frames."""
        values = windows.flatten(2).transpose(1, 2)  # (B, 2 R, L)
        feature = self.layers(torch.relu(self.first_norm(self.first(values))))  # (B, C, L - 2 context)
        logits = self.head(feature)
        return NetworkOutput(logits.transpose(1, 2).flatten(0, 1), feature.transpose(1, 2).flatten(0, 1))
