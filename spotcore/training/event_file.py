"""Metrics as a TensorBoard event file, written by hand: scalars only.

The format is a record frame (length, checksum, bytes, checksum) around one small protobuf message, so neither
TensorBoard nor TensorFlow has to be installed to write it; whoever wants to look at it installs TensorBoard elsewhere.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any


def _remainder(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    return value


_TABLE = [_remainder(byte) for byte in range(256)]


def crc32c(data: bytes) -> int:
    """The Castagnoli checksum that record files use.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    value = 0xFFFFFFFF
    for byte in data:
        value = (value >> 8) ^ _TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def write_events(path: Path, metrics: Sequence[Mapping[str, Any]]) -> None:
    """Replace the event file by one with a scalar per number of each epoch's entry, named by its path in the entry."""
    records = [_message(0.0, 0, _field(3, b"brain.Event:2"))]
    clock = 0.0
    for entry in metrics:
        clock += float(entry.get("seconds", 0.0))
        summary = b"".join(
            _field(1, _field(1, name.encode()) + b"\x15" + struct.pack("<f", value))
            for name, value in _scalars(entry)
            if name != "epoch"
        )
        records.append(_message(clock, int(entry["epoch"]), _field(5, summary)))
    part = path.with_name(path.name + ".part")
    part.write_bytes(b"".join(_framed(record) for record in records))
    part.replace(path)


def _scalars(entry: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in entry.items():
        if isinstance(value, Mapping):
            yield from _scalars(value, f"{prefix}{name}/")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield prefix + name, float(value)


def _message(seconds: float, step: int, content: bytes) -> bytes:
    """An Event: wall_time (1, double), step (2, varint), and one more field."""
    return b"\x09" + struct.pack("<d", seconds) + b"\x10" + _varint(step) + content


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _framed(record: bytes) -> bytes:
    length = struct.pack("<Q", len(record))
    return length + _masked(length) + record + _masked(record)


def _masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
