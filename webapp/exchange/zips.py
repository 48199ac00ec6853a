"""Reading archives that people hand in: bounded in number and size, and never unpacked to disk."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from webapp.exchange.label_rows import BadTable

MOST_FILES = 10_000
LARGEST_FILE = 50 * 2**20
LARGEST_ALL = 500 * 2**20
# What zipfile raises for archives that are damaged or of a kind it does not know.
DAMAGE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError,
    ValueError,
)  # fmt: skip


def members(name: str, data: bytes, suffix: str) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of the files in a .zip that end in `suffix`, by name.

    Raises:
        BadTable: damaged, encrypted, empty or unreasonably large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = sorted(
                (one for one in archive.infolist() if one.filename.lower().endswith(suffix) and not one.is_dir()),
                key=lambda one: one.filename,
            )
            if not found:
                raise BadTable([f"{name}: no {suffix} file in the archive"])
            if len(found) > MOST_FILES or sum(one.file_size for one in found) > LARGEST_ALL:
                raise BadTable([f"{name}: more than {MOST_FILES} files or {LARGEST_ALL >> 20} MB in the archive"])
            for one in found:
                yield one.filename, _bytes(archive, one, name)
    except DAMAGE as error:
        raise BadTable([f"{name}: expected a .zip archive, reading it failed: {error}"]) from error


def _bytes(archive: zipfile.ZipFile, one: zipfile.ZipInfo, name: str) -> bytes:
    with archive.open(one) as file:
        data = file.read(LARGEST_FILE + 1)  # not what the directory claims: it can lie
    if len(data) > LARGEST_FILE:
        raise BadTable([f"{name}: {one.filename[:200]} is larger than {LARGEST_FILE >> 20} MB"])
    return data
