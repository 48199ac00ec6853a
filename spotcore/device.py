"""Where networks run: which device, and what to call it. Everything else about torch stands elsewhere."""

from __future__ import annotations

import os
import platform
from pathlib import Path

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


def device_identity(wanted: str = "auto") -> str:
    """What all processes of a host call the same device: "cpu", or a GPU's own number, whatever is visible to whom."""
    device = choose_device(wanted)
    return "cpu" if device.type == "cpu" else f"gpu-{torch.cuda.get_device_properties(device).uuid}"


def device_name(device: str) -> str:
    """What a network runs on, for the record: "NVIDIA H100", or the kind of processor and how many cores of it."""
    chosen = choose_device(device)
    if chosen.type == "cuda":
        return torch.cuda.get_device_name(chosen)
    return f"{processor_name()}, {os.cpu_count() or 1} cores"


def processor_name() -> str:
    """As Linux calls it; the kind of machine elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next((name for name in named if name), platform.machine() or "an unknown processor")
