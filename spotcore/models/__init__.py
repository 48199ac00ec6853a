"""Networks by name, each with the input it declares; training and files stand elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from spotcore.errors import InvalidSettings
from spotcore.models.dilated import Dilated, DilatedSettings
from spotcore.models.ensemble import Ensemble, EnsembleSettings
from spotcore.models.fesnet import FesNet, FesNetSettings
from spotcore.models.layers import SpottingNetwork
from spotcore.models.spot_gcn import SpotGcn, SpotGcnSettings
from spotcore.models.spotformer import SpotFormer, SpotFormerSettings

__all__ = ["ARCHITECTURES", "FesNet", "SpottingNetwork", "build_network"]

ARCHITECTURES: dict[str, Callable[[Mapping[str, Any]], nn.Module]] = {
    "spot_gcn": lambda settings: SpotGcn(SpotGcnSettings.from_dict(settings, "architecture spot_gcn")),
    "spotformer": lambda settings: SpotFormer(SpotFormerSettings.from_dict(settings, "architecture spotformer")),
    "dilated": lambda settings: Dilated(DilatedSettings.from_dict(settings, "architecture dilated")),
    "ensemble": lambda settings: _ensemble(EnsembleSettings.from_dict(settings, "architecture ensemble")),
    "fesnet": lambda settings: FesNet(FesNetSettings.from_dict(settings, "architecture fesnet")),
}


def build_network(architecture: str, settings: Mapping[str, Any] | None = None) -> Any:
    """An untrained network (torch's global seed decides its weights).

    Returns:
        A `SpottingNetwork`, or a `FesNet` for "fesnet"; `input` says which data it takes.

    Raises:
        InvalidSettings: an unknown architecture or settings that it refuses.
    """
    if architecture not in ARCHITECTURES:
        raise InvalidSettings(f"architecture: expected one of {', '.join(ARCHITECTURES)}, got {architecture!r}")
    return ARCHITECTURES[architecture](settings or {})


def _ensemble(settings: EnsembleSettings) -> Ensemble:
    members = [build_network(member["architecture"], member["settings"]) for member in settings.members]
    return Ensemble(settings, members)
