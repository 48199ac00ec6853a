"""CAS(ME)^2: 30 fps, pictures `rawpic/sNN/NN_VVVVname/imgK.jpg`, one workbook without a header row.

Sheet 1: subject number, clip name with event number, onset, apex, offset, action units, emotion, type, self-report.
Sheets 2 and 3 translate the subject number to sNN and the clip name to its four-digit code. Picture numbers start
at 1. 44 macro rows have offset 0, and published work fills that hole in different ways: a named option here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
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
from spotcore.errors import InvalidFile, InvalidSettings

FPS = 30.0
MISSING_OFFSETS: Mapping[str, Callable[[int, int], int] | None] = {
    "apex": lambda onset, apex: apex,
    "apex+20": lambda onset, apex: apex + 20,
    "2*apex-onset": lambda onset, apex: 2 * apex - onset,
    "onset+20": lambda onset, apex: onset + 20,
    "leave-out": None,
}
_FOLDER = re.compile(r"(\d+)_(\d{4})")


def read(root: Path, sheet: Path | str | None = None, missing_offset: str = "apex+20") -> Corpus:
    """Read sheet and folders.

    Args:
        root: folder that holds `rawpic` and the workbook; without `rawpic` only the sheet is read.
        sheet: the workbook, where it lies elsewhere.
        missing_offset: a key of `MISSING_OFFSETS`. (Some releases leave the offset 0, so that those events can never
            be hit: "leave-out" and adding their count to the misses gives the same score.)

    Raises:
        InvalidFile: the sheet is missing or of another layout.
        InvalidSettings: unknown `missing_offset`.
    """
    if missing_offset not in MISSING_OFFSETS:
        raise InvalidSettings(f"expected missing_offset among {', '.join(MISSING_OFFSETS)}, got {missing_offset!r}")
    path = find_sheet(root, sheet, ("*CAS(ME)^2*.xlsx", "*CASME*.xlsx", "*code_final*.xlsx"), "CAS(ME)^2")
    subjects = {int(row[2]): str(row[1]).lstrip("s") for row in sheet_rows(path, 1) if row[2] is not None}
    codes = {str(row[1]).strip(): str(row[0]).zfill(4) for row in sheet_rows(path, 2) if row[1] is not None}
    reader = RowReader(path.name)
    folders = _folders(root, reader.counts)
    firsts = {video: first_picture(folder) for video, folder in folders.items()}
    events: dict[str, list[CorpusEvent]] = {video: [] for video in folders}
    for row, cells in enumerate(sheet_rows(path), start=1):
        if cells[0] is None:
            continue
        video = _video_id(cells, subjects, codes, path.name, row)
        event = _event(cells, reader, firsts.get(video, 1), missing_offset, row)
        if event is not None:
            events.setdefault(video, []).append(event)
    return assemble("casme2_sq", FPS, events, folders, firsts, reader.counts)


def _folders(root: Path, counts: Counter[str]) -> dict[str, Path]:
    """Video id such as 15_0101 -> its picture folder."""
    rawpic = root / "rawpic"
    if not rawpic.is_dir():
        return {}
    candidates = [folder for folder in rawpic.glob("s*/*") if folder.is_dir() and _FOLDER.match(folder.name)]
    found: dict[str, Path] = {}
    for folder in usable_folders(candidates, counts):
        match = _FOLDER.match(folder.name)
        found["_".join(match.groups())] = folder
    return found


def _video_id(cells: tuple[Any, ...], subjects: dict[int, str], codes: dict[str, str], sheet: str, row: int) -> str:
    try:
        clip = str(cells[1]).strip().rsplit("_", 1)[0]
        return f"{subjects[int(cells[0])]}_{codes[clip]}"
    except (KeyError, ValueError, TypeError):
        raise InvalidFile(
            f"{sheet}, row {row}: subject {cells[0]!r} or clip {cells[1]!r} is not in the naming sheets"
        ) from None


def _event(cells: tuple[Any, ...], reader: RowReader, first: int, missing_offset: str, row: int) -> CorpusEvent | None:
    names = ("onset", "apex", "offset")
    onset, apex, offset = (reader.number(cells[2 + k], name, row) for k, name in enumerate(names))
    if offset == 0:
        fill = MISSING_OFFSETS[missing_offset]
        reader.counts[f"offsets are 0 in the sheet (option missing_offset={missing_offset})"] += 1
        if fill is None:
            return None
        offset = fill(onset, apex)
    kind = "micro" if str(cells[7]).startswith("micro") else "macro"
    return reader.event((onset, apex, offset), first, kind, row, cells[5], cells[6])
