"""Seeded damage to bytes, as disks, networks and half-finished copies do it. Knows no format."""

from __future__ import annotations

import numpy as np

KINDS = ("flip", "burst", "cut", "drop", "insert", "repeat", "swap", "zeros")
_EDGE = 4096  # headers and indices stand at one of the ends, and are small against the pictures


def mutate(data: bytes, generator: np.random.Generator, most: int = 3) -> tuple[bytes, str]:
    """Damage `data` in one to `most` ways; returns it with the names of what was done."""
    done = []
    for _ in range(int(generator.integers(1, most + 1))):
        kind = str(generator.choice(KINDS))
        data = _apply(kind, data, generator)
        done.append(kind)
    return data, "+".join(done)


def _place(length: int, generator: np.random.Generator) -> int:
    """Anywhere, but every other time within the edges."""
    if length <= 1:
        return 0
    match generator.integers(4):
        case 0:
            return int(generator.integers(min(_EDGE, length)))
        case 1:
            return length - 1 - int(generator.integers(min(_EDGE, length)))
        case _:
            return int(generator.integers(length))


def _apply(kind: str, data: bytes, generator: np.random.Generator) -> bytes:
    size = int(2 ** generator.uniform(0, np.log2(max(2, len(data) // 3))))
    place = _place(len(data), generator)
    match kind:
        case "flip":
            changed = bytearray(data)
            for _ in range(int(2 ** generator.uniform(0, 6))):
                at = _place(len(data), generator)
                changed[at : at + 1] = bytes([int(generator.integers(256))])
            return bytes(changed)
        case "burst":
            noise = generator.integers(0, 256, min(size, 20_000), dtype=np.uint8).tobytes()
            return data[:place] + noise + data[place + len(noise) :]
        case "cut":
            return data[: max(1, place)]
        case "drop":
            return data[:place] + data[place + size :]
        case "insert":
            return data[:place] + generator.integers(0, 256, min(size, 5_000), dtype=np.uint8).tobytes() + data[place:]
        case "repeat":
            return data[: place + size] + data[place:]
        case "swap":
            other = _place(len(data), generator)
            first, second = min(place, other), max(place, other)
            size = min(size, max(1, second - first), max(1, len(data) - second))
            return (
                data[:first] + data[second : second + size] + data[first + size : second]
                + data[first : first + size] + data[second + size :]
            )  # fmt: skip
        case _:
            return data[:place] + bytes(min(size, len(data) - place)) + data[place + size :]
