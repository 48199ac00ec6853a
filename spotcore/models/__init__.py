"""Networks by name. Windows of traces in, ten logits per centre frame out; training and files stand elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spotcore.errors import InvalidSettings
from spotcore.models.layers import SpottingNetwork
from spotcore.models.spot_gcn import SpotGcn, SpotGcnSettings

ARCHITECTURES: dict[str, Callable[[Mapping[str, Any]], SpottingNetwork]] = {
    "spot_gcn": lambda settings: SpotGcn(SpotGcnSettings.from_dict(settings, "architecture spot_gcn")),
}


def build_network(architecture: str, settings: Mapping[str, Any] | None = None) -> SpottingNetwork:
    """An untrained network (torch's global seed decides its weights).

    Raises:
        InvalidSettings: an unknown architecture or settings that it refuses.
    """
    if architecture not in ARCHITECTURES:
        raise InvalidSettings(f"architecture: expected one of {', '.join(ARCHITECTURES)}, got {architecture!r}")
    return ARCHITECTURES[architecture](settings or {})
