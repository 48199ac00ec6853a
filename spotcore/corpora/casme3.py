"""CAS(ME)^3 part A: 30 fps, pictures `spNO.k/letter/color/n.jpg`; files may start anywhere and have gaps.

The annotations come as one workbook per expression type with a header row (Subject, Filename, Onset, Apex, Offset,
AU, ...); its numbers are picture numbers. Which workbook holds which type is told by its name: "ME" micro, "MaE" macro.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spotcore.corpora.corpus import (
    Corpus,
    CorpusEvent,
    RowReader,
    assemble,
    first_picture,
    sheet_rows,
    usable_folders,
)
from spotcore.errors import InvalidFile

FPS = 30.0
_NEEDED = ("subject", "filename", "onset", "apex", "offset")


def read(root: Path, sheets: Mapping[str, Path | str] | None = None) -> Corpus:
    """Read sheets and folders.

    Args:
        root: folder that holds the `spNO.k` folders and, unless given, the workbooks.
        sheets: expression type -> workbook.

    Raises:
        InvalidFile: no workbook, or one of another layout.
    """
    paths = {kind: Path(path) for kind, path in (sheets or _find_sheets(root)).items()}
    counts: Counter[str] = Counter()
    folders = {
        f"{folder.parents[1].name}_{folder.parent.name}": folder
        for folder in usable_folders((f for f in root.rglob("spNO.*/*/color") if f.is_dir()), counts)
    }
    firsts = {video: first_picture(folder) for video, folder in folders.items()}
    events: dict[str, list[CorpusEvent]] = {video: [] for video in folders}
    for kind, path in sorted(paths.items()):
        reader = RowReader(path.name, counts)
        for video, event in _events(path, kind, reader, firsts):
            events.setdefault(video, []).append(event)
    return assemble("casme3", FPS, events, folders, firsts, counts)


def _find_sheets(root: Path) -> dict[str, Path]:
    found: dict[str, list[Path]] = {"micro": [], "macro": []}
    for path in sorted(root.rglob("*.xlsx")):
        words = re.split(r"[^a-z]+", path.stem.lower())
        if "mae" in words:
            found["macro"].append(path)
        elif "me" in words and "label" in words:
            found["micro"].append(path)
    if not any(found.values()) or any(len(paths) > 1 for paths in found.values()):
        named = ", ".join(path.name for paths in found.values() for path in paths) or "none"
        raise InvalidFile(f"{root}: expected one workbook with ME and one with MaE in its name, found {named}")
    return {kind: paths[0] for kind, paths in found.items() if paths}


def _events(path: Path, kind: str, reader: RowReader, firsts: Mapping[str, int]):
    rows = sheet_rows(path)
    names = {str(cell).strip().lower(): k for k, cell in enumerate(rows[0] if rows else ()) if cell is not None}
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise InvalidFile(f"{path.name}, row 1: the columns {', '.join(missing)} are missing ({', '.join(_NEEDED)})")
    for row, cells in enumerate(rows[1:], start=2):
        if cells[names["subject"]] is None:
            continue
        video = f"{str(cells[names['subject']]).strip()}_{str(cells[names['filename']]).strip()}"
        onset, apex, offset = (reader.number(cells[names[name]], name, row) for name in ("onset", "apex", "offset"))
        yield video, reader.event((onset, apex, offset), firsts.get(video, 1), kind, row,
                                  _cell(cells, names, "au"), _cell(cells, names, "emotion"))  # fmt: skip


def _cell(cells: tuple[Any, ...], names: Mapping[str, int], name: str) -> Any:
    return cells[names[name]] if name in names else ""
