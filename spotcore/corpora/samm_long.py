"""SAMM Long Videos: 200 fps, grey pictures `SSS_V/SSS_V_NNNN.jpg`, one workbook with nine lines before its header.

Columns: Subject, Filename (SSS_V_E), Inducement Code, Onset, Apex, Offset, Duration, Type ("Macro" or "Micro - 1/2"),
Action Units, Notes. Picture numbers start at 1; apex -1 or 0 means that nobody annotated it; some frame numbers have
fractions; twelve macros start at or before frame 1.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

from spotcore.corpora.corpus import (
    Corpus,
    CorpusEvent,
    RowReader,
    assemble,
    find_sheet,
    first_picture,
    sheet_rows,
    usable_folders,
)
from spotcore.errors import InvalidFile

FPS = 200.0
_COLUMNS = ("subject", "filename", "onset", "apex", "offset", "type", "action units")
_FOLDER = re.compile(r"^\d{3}_\d+$")


def read(root: Path, sheet: Path | str | None = None) -> Corpus:
    """Read sheet and folders; without any `SSS_V` folder under the root only the sheet is read.

    Raises:
        InvalidFile: the sheet is missing or of another layout.
    """
    path = find_sheet(root, sheet, ("*SAMM*.xlsx",), "SAMM Long Videos")
    rows = sheet_rows(path)
    start, columns = _header(rows, path.name)
    reader = RowReader(path.name)
    folders = _folders(root, reader.counts)
    firsts = {video: first_picture(folder) for video, folder in folders.items()}
    events: dict[str, list[CorpusEvent]] = {video: [] for video in folders}
    for row, cells in enumerate(rows[start + 1 :], start=start + 2):
        if cells[columns["filename"]] is None:
            continue
        video = str(cells[columns["filename"]]).strip().rsplit("_", 1)[0]
        events.setdefault(video, []).append(_event(cells, columns, reader, firsts.get(video, 1), row))
    return assemble("samm_long", FPS, events, folders, firsts, reader.counts)


def _header(rows: list[tuple[Any, ...]], sheet: str) -> tuple[int, dict[str, int]]:
    """Index of the header row and column name -> column number."""
    for number, cells in enumerate(rows[:40]):
        names = {str(cell).strip().lower(): k for k, cell in enumerate(cells) if cell is not None}
        if all(name in names for name in _COLUMNS):
            return number, {name: names[name] for name in _COLUMNS}
    raise InvalidFile(f"{sheet}: expected a header row with {', '.join(_COLUMNS)} in the first 40 rows, found none")


def _folders(root: Path, counts: Counter[str]) -> dict[str, Path]:
    candidates = [folder for folder in root.rglob("*") if folder.is_dir() and _FOLDER.match(folder.name)]
    return {folder.name: folder for folder in usable_folders(candidates, counts)}


def _event(cells: tuple[Any, ...], columns: dict[str, int], reader: RowReader, first: int, row: int) -> CorpusEvent:
    onset, apex, offset = (reader.number(cells[columns[name]], name, row) for name in ("onset", "apex", "offset"))
    word = str(cells[columns["type"]]).strip().lower()
    kind = next((kind for kind in ("macro", "micro") if word.startswith(kind)), None)
    if kind is None:
        raise InvalidFile(f"{reader.sheet}, row {row}: expected the type Macro or Micro, got {word!r}")
    return reader.event((onset, apex, offset), first, kind, row, cells[columns["action units"]])
