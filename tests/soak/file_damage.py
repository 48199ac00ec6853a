"""Seeded damage to files of labels that knows their outer form: cells of tables, values of JSON, members of archives.

Damaged bytes alone mostly break the outer form, so that a reader never gets to see a value that it did not expect.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import numpy as np

from tests.soak.mutations import mutate

VALUES = (
    "", " ", "-1", "0", "1e3", "٣", "9" * 20, "9" * 5000, "nan", "inf", "-inf", "\x00", "\ud800", "a\x00b", "=1+1",
    "😀" * 300, "x" * 30_000, "Macro", "rejected (nothing)", "nobody", "../../etc/passwd", "<script>", "&amp;", "00:99",
    -1, 0, 1, 399, 400, 10**25, -(10**25), 1e308, 0.1, True, False, None, [], {}, [[]], [None], {"": ""}, [0, 1, 2],
    float("nan"), float("inf"),
)  # fmt: skip
_BETWEEN = re.compile(rb'(?<=>)[^<>]{0,200}(?=<)|(?<==")[^"<>]{0,200}(?=")')
_ROUGHLY_A_CELL = re.compile(rb"[^,;\t\r\n]+")


def damaged(data: bytes, generator: np.random.Generator) -> tuple[bytes, str]:
    """A file of labels, damaged in a way that fits it or byte by byte; and what was done."""
    if generator.integers(3) == 0:
        return mutate(data, generator, most=2)
    if data[:2] == b"PK":
        return _member(data, generator), "member"
    if data[:1] in b"[{":
        return _json(data, generator), "value"
    return _text(data, generator, _BETWEEN if data[:1] == b"<" else _ROUGHLY_A_CELL), "text"


def _member(data: bytes, generator: np.random.Generator) -> bytes:
    """An archive with one member damaged, missing, twice, or under another name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(one.filename, archive.read(one)) for one in archive.infolist()]
    at = int(generator.integers(len(members)))
    name, content = members[at]
    match generator.integers(8):
        case 0:
            del members[at]
        case 1:
            members.append(members[at])
        case 2:
            members[at] = (str(generator.choice(["../x.eaf", "x", "a" * 300, "ü.eaf", "/abs.eaf"])), content)
        case 3:
            members[at] = (name, mutate(content, generator, most=2)[0])
        case _:
            members[at] = (name, _text(content, generator, _BETWEEN))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def _text(data: bytes, generator: np.random.Generator, pieces: re.Pattern[bytes]) -> bytes:
    """Text in which some values are others."""
    for _ in range(int(generator.integers(1, 4))):
        found = list(pieces.finditer(data))
        if not found:
            return data
        piece = found[int(generator.integers(len(found)))]
        value = VALUES[int(generator.integers(len(VALUES)))]
        data = data[: piece.start()] + str(value).encode(errors="surrogatepass") + data[piece.end() :]
    return data


def _json(data: bytes, generator: np.random.Generator) -> bytes:
    """JSON in which some values are others, or are gone."""
    document = json.loads(data)
    for _ in range(int(generator.integers(1, 4))):
        places = list(_places(document))
        if not places:
            break
        holder, key = places[int(generator.integers(len(places)))]
        if generator.integers(5) == 0:
            del holder[key]
        else:
            holder[key] = VALUES[int(generator.integers(len(VALUES)))]
    return json.dumps(document).encode()


def _places(value: Any) -> list[tuple[Any, Any]]:
    """(holder, key or index) of every value inside of a document."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in ((value, key), *_places(value[key]))]
