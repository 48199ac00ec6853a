"""The one picture that shipped data is made of: scikit-image's astronaut (NASA, public domain) and its stored mesh.

The mesh is stored so that rendering needs no landmark model and gives the same clip everywhere.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np

from spotcore.synthesis.identities import Identity, from_picture

_MESH = Path(__file__).with_name("astronaut_mesh.json")


@lru_cache(maxsize=1)
def astronaut_picture() -> tuple[np.ndarray, np.ndarray]:
    """(512, 512, 3) uint8 RGB and its mesh (468, 3) in pixels."""
    from skimage import data

    return data.astronaut(), astronaut_mesh()


def astronaut_mesh() -> np.ndarray:
    """(468, 3) float64, the stored mesh in pixels of the picture; needs no picture."""
    return np.array(json.loads(_MESH.read_text(encoding="utf-8"))["points"], np.float64)


def astronaut_identity(width: int, height: int, inter_ocular: float) -> Identity:
    """The astronaut as she is; sizes in output pixels."""
    return from_picture("astronaut", *astronaut_picture(), width, height, inter_ocular)
