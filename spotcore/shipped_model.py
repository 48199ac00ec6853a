"""The trained model that comes with Glint: where it lies and what may be said about it. Torch-free.

How it was made stands in its MODEL_CARD.md; `commands.build_default` makes it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spotcore.errors import InvalidFile

SHIPPED_FOLDER = Path(__file__).parent / "data" / "default"
# Wherever the name of the model appears: nobody has tried it on the data of the papers.
STATEMENT = "synthetic-trained, not validated on CAS(ME)^2 or SAMM-LV"


@dataclass(frozen=True)
class ShippedModel:
    """What the description of the shipped checkpoint says.

    Attributes:
        folder: of the checkpoint.
        architecture, settings: of the network.
        sha256: of the weights.
    """

    folder: Path
    architecture: str
    settings: Mapping[str, Any]
    sha256: str


def shipped_model(folder: Path = SHIPPED_FOLDER) -> ShippedModel | None:
    """The model in that folder; None where there is no such folder.

    Raises:
        InvalidFile: the folder holds no readable description.
    """
    if not folder.is_dir():
        return None
    path = folder / "model.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return ShippedModel(folder, stored["architecture"], stored["settings"], stored["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidFile(f"{path}: expected the description of the shipped model: {error!r}") from error
