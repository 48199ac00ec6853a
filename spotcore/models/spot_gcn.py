"""SpoT-GCN (Deng, Hayashi, Nagahara, FG 2024, arXiv 2403.15994): temporal convolutions and graph convolution over
facial regions, pooled to facial parts and then to the face (METHODS section 4)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from spotcore.config import Settings, setting
from spotcore.models.layers import (
    FACE_EDGES,
    FACE_PARTS,
    PART_EDGES,
    REGIONS,
    GraphProduct,
    NetworkOutput,
    RegionPool,
    SpottingNetwork,
)
from spotcore.probabilities import CHANNELS

KERNELS = {5: (3, 3, 1, 1), 11: (3, 3, 3, 5), 17: (3, 5, 5, 7), 25: (5, 7, 7, 9)}  # sums to window + 3 each


@dataclass(frozen=True)
class SpotGcnSettings(Settings):
    """Kernels of the windows other than 17 are a choice of ours, and so is how the variants without a part end."""

    window: int = setting(17, "samples per window, the receptive field", choices=tuple(KERNELS))
    channels: int = setting(64, "features per node", low=1, high=1024)
    pooling: bool = setting(True, "FLGP: regions to parts to face; off: ten nodes throughout, averaged before the head")
    graph: bool = setting(True, "graph products over regions and parts; off: convolution over time alone")


class _Layer(nn.Module):
    """Convolution over time -> graph product -> BatchNorm -> FLGP -> ReLU: (B, C, T, nodes) -> (B, C', T', groups)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, graph: nn.Module | None, pool: nn.Module | None) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, (kernel, 1))
        self.graph = graph or nn.Identity()
        self.norm = nn.BatchNorm2d(outputs)
        self.pool = pool or nn.Identity()

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.pool(self.norm(self.graph(self.convolution(values)))))


class SpotGcn(SpottingNetwork):
    """71,434 parameters at window 17; no temporal padding, so each window gives one frame."""

    def __init__(self, settings: SpotGcnSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or SpotGcnSettings()
        self.window = self.settings.window
        width, kernels = self.settings.channels, KERNELS[self.window]
        parts = len(FACE_PARTS)
        face = GraphProduct(FACE_EDGES, REGIONS)
        graphs = (face, GraphProduct(PART_EDGES, parts) if self.settings.pooling else face)
        pools = (RegionPool(FACE_PARTS), RegionPool([range(parts)]))
        graphs = graphs if self.settings.graph else (None, None)
        pools = pools if self.settings.pooling else (None, None)
        self.layers = nn.Sequential(
            _Layer(2, width, kernels[0], graphs[0], pools[0]),
            _Layer(width, width, kernels[1], graphs[1], pools[1]),
            _Layer(width, width, kernels[2], None, None),
            _Layer(width, width, kernels[3], None, None),
        )
        self.head = nn.Conv2d(width, len(CHANNELS), 1)

    def forward(self, windows: torch.Tensor) -> NetworkOutput:
        values = windows.permute(0, 3, 1, 2)  # (B, 2, W, R)
        feature = self.layers(values)  # (B, C, 1, 1), or ten nodes without pooling
        feature = feature.mean(dim=3, keepdim=True)
        return NetworkOutput(self.head(feature).flatten(1), feature.flatten(1))
