"""FESNet (Zhang, Lu, Wang, He, Computing and Informatics 43(2) 2024): face pictures in, a class per frame out.

Spatial proposals from the discrepancy between the first picture of an interval and each of its pictures (LSDM), refined
by a cascade of multi-scale temporal convolutions (MTAM). Sizes and details are a choice of ours (METHODS section 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

from spotcore.config import Settings, setting

CLASSES = ("neutral", "macro", "micro")  # as the groups of `targets`


@dataclass(frozen=True)
class FesNetSettings(Settings):
    """Every number is a choice of ours; the paper's abstract names the parts only. The last four are its ablations."""

    frames: int = setting(64, "pictures per interval", low=4, high=512)
    side: int = setting(112, "pixels per side of a picture, a multiple of 16", low=16, high=512)
    channels: tuple[int, ...] = setting((16, 32, 64, 128), "features after each residual block, which halves it")
    heads: int = setting(4, "heads of the attention over the positions of the last map", low=1, high=16)
    temporal_channels: int = setting(64, "features of the refinement stages", low=4, high=512)
    temporal_layers: int = setting(6, "dilated layers per refinement stage, the dilation doubling", low=1, high=8)
    kernels: tuple[int, ...] = setting((3, 5, 7), "parallel kernels of a temporal layer")
    stages: int = setting(3, "refinement stages of the cascade; 0 leaves it out", low=0, high=8)
    discrepancy: bool = setting(True, "features minus those of the first picture; off: features as they are")
    attention: bool = setting(True, "attention over positions; off: a plain mean")
    smooth_weight: float = setting(0.15, "weight of the smooth loss; 0 leaves it out", low=0.0, high=10.0)

    def contradictions(self) -> list[str]:
        found = []
        for name in ("channels", "kernels"):
            values = getattr(self, name)
            if not values or not all(isinstance(v, int) and v > 0 for v in values):
                found.append(f"{name}: expected whole numbers above 0, got {values!r}")
        if found:
            return found
        if any(kernel % 2 == 0 for kernel in self.kernels):
            found.append(f"kernels {self.kernels!r} must be odd")
        if self.side % 2 ** len(self.channels):
            found.append(f"side ({self.side}) must be a multiple of {2 ** len(self.channels)}")
        if self.channels[-1] % self.heads:
            found.append(f"the last of channels ({self.channels[-1]}) cannot be shared by heads ({self.heads})")
        return found


class _ResidualBlock(nn.Module):
    """Two 3x3 convolutions with BatchNorm, the first with stride 2: (B, C, H, W) -> (B, C', H / 2, W / 2)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride=2, bias=False)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        inner = self.second_norm(self.second(torch.relu(self.first_norm(self.first(values)))))
        return torch.relu(inner + self.shortcut(values))


class _PositionAttention(nn.Module):
    """Multi-head self-attention over the positions of a map, residual: (B, P, C) -> (B, P, C)."""

    def __init__(self, width: int, heads: int, positions: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.position = nn.Parameter(0.02 * torch.randn(positions, width))
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        split = self.qkv(self.norm(values + self.position)).unflatten(-1, (3, self.heads, -1))
        q, k, v = split.permute(2, 0, 3, 1, 4)  # each (B, heads, P, C / heads)
        return values + self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class _TemporalLayer(nn.Module):
    """Parallel dilated convolutions over time, summed, residual: (B, C, T) -> (B, C, T)."""

    def __init__(self, width: int, kernels: tuple[int, ...], dilation: int) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv1d(width, width, kernel, padding=kernel // 2 * dilation, dilation=dilation) for kernel in kernels
        )
        self.mix = nn.Conv1d(width, width, 1)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        seen = sum(convolution(values) for convolution in self.convolutions) / len(self.convolutions)
        return values + self.mix(torch.relu(seen))


class _Refinement(nn.Module):
    """One stage of the cascade: class probabilities (B, classes, T) -> better logits (B, classes, T)."""

    def __init__(self, settings: FesNetSettings) -> None:
        super().__init__()
        width = settings.temporal_channels
        self.widen = nn.Conv1d(len(CLASSES), width, 1)
        self.layers = nn.Sequential(
            *(_TemporalLayer(width, settings.kernels, 2**layer) for layer in range(settings.temporal_layers))
        )
        self.head = nn.Conv1d(width, len(CLASSES), 1)

    def forward(self, probabilities: torch.Tensor) -> torch.Tensor:
        return self.head(self.layers(self.widen(probabilities)))


class FesNet(nn.Module):
    """Not a `SpottingNetwork`: it takes pictures and answers neutral, macro or micro instead of the ten channels."""

    input = "face clips"

    def __init__(self, settings: FesNetSettings | None = None) -> None:
        super().__init__()
        self.settings = s = settings or FesNetSettings()
        self.window = s.frames
        widths = (1, *s.channels)
        self.blocks = nn.Sequential(*(_ResidualBlock(a, b) for a, b in pairwise(widths)))
        positions = (s.side // 2 ** len(s.channels)) ** 2
        self.attention = _PositionAttention(s.channels[-1], s.heads, positions) if s.attention else nn.Identity()
        self.spatial_head = nn.Linear(s.channels[-1], len(CLASSES))
        self.stages = nn.ModuleList(_Refinement(s) for _ in range(s.stages))

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        """(B, T, H, W) float32 pictures of aligned faces, any brightness -> (1 + stages, B, T, 3) logits.

        Stage 0 are the spatial proposals; the last stage is the answer.
        """
        B, T = clips.shape[:2]
        # Light differs between recordings and says nothing about expressions.
        centred = clips - clips.mean(dim=(1, 2, 3), keepdim=True)
        pictures = centred / centred.std(dim=(1, 2, 3), keepdim=True).clamp(min=1e-3)
        maps = self.blocks(pictures.reshape(B * T, 1, *clips.shape[2:]))  # (B T, C, h, w)
        maps = self.attention(maps.flatten(2).transpose(1, 2)).unflatten(0, (B, T))  # (B, T, P, C)
        if self.settings.discrepancy:
            maps = maps - maps[:, :1]
        logits = self.spatial_head(maps.mean(dim=2)).transpose(1, 2)  # (B, 3, T)
        answers = [logits]
        for stage in self.stages:
            answers.append(stage(answers[-1].softmax(dim=1)))
        return torch.stack(answers).transpose(2, 3)
