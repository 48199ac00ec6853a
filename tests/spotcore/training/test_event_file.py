"""Event files hold every number of the metrics under its name, framed as TensorBoard reads them."""

from __future__ import annotations

import struct

from spotcore.training.event_file import crc32c, write_events

ENTRY = {"epoch": 3, "train_loss": {"total": 0.5, "macro": 0.25}, "validation": {"macro": {"tp": 4, "f1": None}}}


def records(data):
    """The messages of a record file, checksums verified."""
    found = []
    while data:
        (length,), message = struct.unpack("<Q", data[:8]), data[12 : 12 + struct.unpack("<Q", data[:8])[0]]
        for part, stored in ((data[:8], data[8:12]), (message, data[12 + length : 16 + length])):
            crc = crc32c(part)
            assert struct.unpack("<I", stored)[0] == (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
        found.append(message)
        data = data[16 + length :]
    return found


def test_the_checksum_is_the_published_one():
    assert crc32c(b"123456789") == 0xE3069283


def test_every_number_has_its_name_value_and_epoch(tmp_path):
    write_events(tmp_path / "events", [ENTRY])
    head, event = records((tmp_path / "events").read_bytes())
    assert head.endswith(b"brain.Event:2")
    assert event[9:11] == b"\x10\x03"  # field 2, step 3
    for name, value in (("train_loss/total", 0.5), ("train_loss/macro", 0.25), ("validation/macro/tp", 4.0)):
        tag = b"\x0a" + bytes([len(name)]) + name.encode()
        assert tag + b"\x15" + struct.pack("<f", value) in event
    assert b"f1" not in event  # a figure that nobody knows is no number


def test_epochs_beyond_one_byte_are_written_in_full(tmp_path):
    write_events(tmp_path / "events", [ENTRY | {"epoch": 300}])
    assert records((tmp_path / "events").read_bytes())[1][9:12] == b"\x10\xac\x02"
