"""Where networks run. The only question asked here is which device; everything else about torch stands elsewhere."""

from __future__ import annotations

import torch

from spotcore.errors import InvalidSettings

DEVICES = ("auto", "cpu", "cuda")


def choose_device(wanted: str = "auto") -> torch.device:
    """The device for "auto", "cpu" or "cuda" ("cuda:1" names one of several).

    Raises:
        InvalidSettings: an unknown name, or CUDA where there is none.
    """
    if wanted.split(":")[0] not in DEVICES:
        raise InvalidSettings(f"device: expected one of {', '.join(DEVICES)}, got {wanted!r}")
    if wanted == "cpu" or (wanted == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise InvalidSettings(f"device: {wanted!r} was asked for, but torch sees no CUDA device")
    return torch.device("cuda" if wanted == "auto" else wanted)


def describe_device(wanted: str = "auto") -> str:
    """What networks run on, for people: "cpu" or the GPU's name."""
    device = choose_device(wanted)
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
