"""Several trained networks over traces as one: their probabilities are averaged, frame by frame.

Networks of other seeds make other mistakes, so what several agree on is surer than what one says. Members are trained
one by one; `training.default_model` puts them together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from spotcore.config import Settings, setting
from spotcore.errors import InvalidSettings
from spotcore.models.layers import NetworkOutput, SpottingNetwork
from spotcore.probabilities import CHANNELS

TRIPLES = (slice(0, 3), slice(3, 6))  # boundary channels of a type: one softmax each
REST = slice(6, len(CHANNELS))


@dataclass(frozen=True)
class EnsembleSettings(Settings):
    """What rebuilds an ensemble: `{"architecture": ..., "settings": {...}}` for each member, in order."""

    members: tuple[Mapping[str, Any], ...] = setting((), "architecture and settings of each member")

    def contradictions(self) -> list[str]:
        fine = all(isinstance(m, dict) and set(m) == {"architecture", "settings"} for m in self.members)
        return [] if self.members and fine else ["members: expected at least one {architecture, settings}"]


class Ensemble(SpottingNetwork):
    """Members may differ in everything but their input, which is traces: receptive fields and signals too."""

    input = "traces"

    def __init__(self, settings: EnsembleSettings, members: Sequence[SpottingNetwork]) -> None:
        super().__init__()
        wrong = [type(member).__name__ for member in members if member.input != "traces"]
        if wrong:
            raise InvalidSettings(f"architecture ensemble: members take traces, got {', '.join(wrong)}")
        self.settings = settings
        self.members = nn.ModuleList(members)
        self.window = max(member.window for member in members)
        self.pairs = max(member.pairs for member in members)

    def forward(self, windows: torch.Tensor) -> NetworkOutput:
        """(B, L, R, 2) stretches -> logits of the mean probabilities, (F, 10), and all features side by side."""
        outputs = self.voices(windows)
        mean = torch.stack([_probabilities(output.logits) for output in outputs]).mean(dim=0)  # (F, 10)
        tiny = torch.finfo(mean.dtype).tiny
        logits = torch.cat([mean[:, :6].clamp(min=tiny).log(), mean[:, REST].logit(eps=1e-7)], dim=1)
        return NetworkOutput(logits, torch.cat([output.feature for output in outputs], dim=1))

    def voices(self, windows: torch.Tensor) -> list[NetworkOutput]:
        """Every member's own answer: each learns from its own mistakes, or they would all become alike."""
        return [member(self._part(windows, member)) for member in self.members]

    def _part(self, windows: torch.Tensor, member: SpottingNetwork) -> torch.Tensor:
        """The samples and pairs that a member takes of what the widest one needs."""
        spare = self.context - member.context
        return windows[:, spare : windows.shape[1] - spare, : member.pairs]


def _probabilities(logits: torch.Tensor) -> torch.Tensor:
    """(F, 10) logits -> (F, 10) probabilities in the same order."""
    return torch.cat([*(logits[:, triple].softmax(dim=1) for triple in TRIPLES), logits[:, REST].sigmoid()], dim=1)
