"""Parts that several networks share: graph propagation, pooling of facial regions, and what every network returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from spotcore.config import Settings

REGIONS = 10
FACE_EDGES = ((0, 1), (1, 2), (3, 4), (4, 5), (6, 8), (7, 8), (6, 9), (7, 9), (0, 3), (3, 8), (0, 8))
FACE_PARTS = ((0, 1, 2), (3, 4, 5), (6, 7, 8, 9))  # left brow, right brow, mouth
PART_EDGES = ((0, 1), (1, 2), (0, 2))


class NetworkOutput(NamedTuple):
    """What a network says about each of B frames: the centre of each window, or those that a stretch of traces holds.

    Attributes:
        logits: (B, 10) before softmax and sigmoid, in the order of `probabilities.CHANNELS`.
        feature: (B, C) before the head, for the contrastive loss.
    """

    logits: torch.Tensor
    feature: torch.Tensor


INPUTS = ("flow windows", "traces", "face clips")


class SpottingNetwork(nn.Module, ABC):
    """A network that answers the ten channels, over flow windows or over stretches of traces.

    Attributes:
        input: what it takes, one of `INPUTS`. "flow windows": (B, W, R, 2), one answer for each centre frame.
            "traces": (B, L, R, 2) stretches of L samples, an answer for all but `context` frames at either end.
            "face clips" are `fesnet`'s own; its output differs too.
        settings: what rebuilds it.
        window: samples W that decide about one frame.
        pairs: regions R that it takes, more than ten where it takes `network_input`'s signals of eyes and head too.
    """

    input: str = "flow windows"
    settings: Settings
    window: int
    pairs: int = REGIONS

    @property
    def context(self) -> int:
        """Samples before and after a frame that its answer depends on."""
        return self.window // 2

    def voices(self, windows: torch.Tensor) -> list[NetworkOutput]:
        """What each part that learns on its own says; a single network has one voice."""
        return [self(windows)]

    @abstractmethod
    def forward(self, windows: torch.Tensor) -> NetworkOutput:
        """Float32, per cent of the inter-ocular distance, first row zero -> logits and feature."""


def propagation_matrix(edges: Sequence[tuple[int, int]], nodes: int) -> torch.Tensor:
    """I - D^-1/2 A D^-1/2 of an undirected graph: (nodes, nodes) float32 (METHODS section 4)."""
    adjacency = torch.zeros(nodes, nodes)
    for a, b in edges:
        adjacency[a, b] = adjacency[b, a] = 1.0
    scale = adjacency.sum(dim=1).clamp(min=1).rsqrt()
    return torch.eye(nodes) - scale[:, None] * adjacency * scale


class GraphProduct(nn.Module):
    """Mixes nodes by a fixed matrix: (..., nodes) -> (..., nodes)."""

    def __init__(self, edges: Sequence[tuple[int, int]], nodes: int) -> None:
        super().__init__()
        # Rebuilt from the edges, so it is no part of the checkpoint.
        self.register_buffer("matrix", propagation_matrix(edges, nodes), persistent=False)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return values @ self.matrix


class RegionPool(nn.Module):
    """FLGP, facial local graph pooling: the maximum within groups of nodes, (..., nodes) -> (..., groups)."""

    def __init__(self, groups: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.bounds = [(min(group), max(group) + 1) for group in groups]  # groups are neighbours: slices, no copies

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return torch.stack([values[..., first:last].amax(dim=-1) for first, last in self.bounds], dim=-1)
