"""SpotFormer (Deng, Hayashi, Nagahara, arXiv 2407.20799): attention over facial regions and over time at three scales,
joined by pooling of facial parts and strided convolution (METHODS section 5)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from spotcore.config import Settings, setting
from spotcore.models.layers import FACE_PARTS, REGIONS, NetworkOutput, RegionPool, SpottingNetwork
from spotcore.probabilities import CHANNELS

# Padding of the four strided convolutions that take a window to one step; 17 as published, the others a choice of ours.
PADDING = {5: (0, 1, 1, 1), 11: (0, 0, 1, 1), 17: (0, 0, 1, 1), 25: (0, 0, 0, 1)}


@dataclass(frozen=True)
class SpotFormerSettings(Settings):
    """The defaults are the published network; the four switches at the end are its variants.

    How a variant ends is a choice of ours: whatever nodes and time steps are left before the head are averaged.
    """

    window: int = setting(17, "samples per window, the receptive field", choices=tuple(PADDING))
    width: int = setting(256, "features per node and step", low=4, high=2048)
    heads: int = setting(4, "attention heads; they share the width", low=1, high=64)
    hidden: int = setting(256, "features inside a feed-forward block", low=1, high=8192)
    dropout: float = setting(0.1, "share of features dropped in training", low=0.0, high=0.9)
    pooling: bool = setting(True, "FLGP: regions to parts to face; off: ten nodes throughout")
    temporal_convolution: bool = setting(True, "strided convolutions between scales; off: all steps throughout")
    spatial_attention: bool = setting(True, "attention over nodes; off: the variant temporal only")
    temporal_attention: bool = setting(True, "attention over time; off: the variant spatial only")

    def contradictions(self) -> list[str]:
        if self.width % self.heads:
            return [f"width ({self.width}) cannot be shared by heads ({self.heads})"]
        return []


class _FeatureNorm(nn.BatchNorm1d):
    """BatchNorm over the last axis: (..., C) -> (..., C)."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return super().forward(values.flatten(0, -2)).view_as(values)


class _Attention(nn.Module):
    """Pre-norm multi-head self-attention over the second last axis, residual: (B, T, N, C) -> (B, T, N, C)."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm = _FeatureNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        split = self.qkv(self.norm(values)).unflatten(-1, (3, self.heads, -1))  # (B, T, N, 3, heads, C / heads)
        q, k, v = split.flatten(0, 1).permute(2, 0, 3, 1, 4)  # each (B T, heads, N, C / heads)
        mixed = F.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0)
        mixed = mixed.transpose(1, 2).flatten(2).view_as(values)
        return values + F.dropout(self.out(mixed), self.dropout, self.training)


class _FeedForward(nn.Module):
    """Pre-norm two-layer perceptron with GELU, residual: (..., C) -> (..., C)."""

    def __init__(self, width: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.norm = _FeatureNorm(width)
        self.up = nn.Linear(width, hidden)
        self.down = nn.Linear(hidden, width)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        inner = F.dropout(F.gelu(self.up(self.norm(values))), self.dropout, self.training)
        return values + F.dropout(self.down(inner), self.dropout, self.training)


class _OverTime(nn.Module):
    """Lets a block work on (B, N, T, C) instead of (B, T, N, C)."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.block(values.transpose(1, 2)).transpose(1, 2)


class _NormedPool(nn.Module):
    """BatchNorm -> FLGP: (B, T, N, C) -> (B, T, groups, C)."""

    def __init__(self, width: int, pool: RegionPool) -> None:
        super().__init__()
        self.norm, self.pool = _FeatureNorm(width), pool

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.pool(self.norm(values).transpose(2, 3)).transpose(2, 3)


class _Stride(nn.Module):
    """BatchNorm -> convolution over time, kernel 3, stride 2, no bias: (B, T, N, C) -> (B, about T / 2, N, C)."""

    def __init__(self, width: int, padding: int) -> None:
        super().__init__()
        self.norm = _FeatureNorm(width)
        self.convolution = nn.Conv2d(width, width, (3, 1), (2, 1), (padding, 0), bias=False)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.convolution(self.norm(values).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class SpotFormer(SpottingNetwork):
    """3,168,522 parameters at window 17.

    The sum: embedding 768 + positions (17 + 3) * 256 + its norm 512; six pairs of attention (262,912) and feed-forward
    (132,096) with their norms; four convolutions of 196,608; six further norms of 512; head 2,570.
    """

    input = "flow windows"

    def __init__(self, settings: SpotFormerSettings | None = None) -> None:
        super().__init__()
        self.settings = s = settings or SpotFormerSettings()
        self.window = s.window
        self.embedding = nn.Linear(2, s.width)
        self.step_position = nn.Parameter(0.02 * torch.randn(s.window, 1, s.width))
        self.part_position = nn.Parameter(0.02 * torch.randn(len(FACE_PARTS), s.width))
        part_of = [next(p for p, nodes in enumerate(FACE_PARTS) if region in nodes) for region in range(REGIONS)]
        self.register_buffer("part_of", torch.tensor(part_of), persistent=False)
        self.norm = _FeatureNorm(s.width)
        pools = (RegionPool(FACE_PARTS), RegionPool([range(len(FACE_PARTS))]))
        blocks: list[nn.Module] = []
        for scale, padding in enumerate(PADDING[s.window]):
            blocks += self._attentions(spatial=scale < 2)
            if s.pooling and scale < 2:
                blocks.append(_NormedPool(s.width, pools[scale]))
            if s.temporal_convolution:
                blocks.append(_Stride(s.width, padding))
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(s.width, len(CHANNELS))

    def _attentions(self, spatial: bool) -> list[nn.Module]:
        s = self.settings
        made: list[nn.Module] = []
        if spatial and s.spatial_attention:
            made += [_Attention(s.width, s.heads, s.dropout), _FeedForward(s.width, s.hidden, s.dropout)]
        if s.temporal_attention:
            made += [_OverTime(_Attention(s.width, s.heads, s.dropout)), _FeedForward(s.width, s.hidden, s.dropout)]
        return made

    def forward(self, windows: torch.Tensor) -> NetworkOutput:
        values = self.embedding(windows) + self.step_position + self.part_position[self.part_of]  # (B, W, R, C)
        values = F.dropout(self.norm(values), self.settings.dropout, self.training)
        feature = self.blocks(values).mean(dim=(1, 2))  # (B, C); one node and one step unless a variant left more
        return NetworkOutput(self.head(feature), feature)
