"""The submission file of the MEGC spotting challenge: `vid,pred_onset,pred_offset,type` with the types me and mae.

Frames of that file are counted from 1 as the data sets count their pictures; ours from 0. The conversion happens here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from spotcore.errors import InvalidFile, InvalidInterval
from spotcore.intervals import Interval
from spotcore.label_csv import LabelRow

COLUMNS = ("vid", "pred_onset", "pred_offset", "type")
_TYPES = {"me": "micro", "mae": "macro"}
_WORDS = {kind: word for word, kind in _TYPES.items()}


def is_submission(path: Path | str) -> bool:
    """Whether the first line of a file names the columns of a submission; False for what cannot be read."""
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            return set(COLUMNS) <= set(next(csv.reader(file), ()))
    except (OSError, UnicodeDecodeError, csv.Error):
        return False


def read_submission(path: Path | str, first_number: int = 1) -> list[LabelRow]:
    """Proposals of a submission, 0-based.

    Raises:
        InvalidFile: naming the line and what was expected.
    """
    path = Path(path)
    rows = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise InvalidFile(f"{path}, line 1: expected {','.join(COLUMNS)}; missing {', '.join(missing)}")
            for cells in reader:
                rows.append(_row(cells, f"{path}, line {reader.line_num}", reader.line_num, first_number))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidFile(f"{path}: expected a CSV file, reading it failed: {error}") from error
    return rows


def _row(cells: dict[str, str], where: str, line: int, first_number: int) -> LabelRow:
    kind = _TYPES.get((cells["type"] or "").strip().lower())
    if kind is None:
        raise InvalidFile(f"{where}: expected the type me or mae, got {cells['type']!r}")
    try:
        onset, offset = (int(cells[name]) - first_number for name in ("pred_onset", "pred_offset"))
        return LabelRow(cells["vid"].strip(), Interval(onset, offset, kind), line=line)
    except (TypeError, ValueError, InvalidInterval) as error:
        raise InvalidFile(f"{where}: expected frame numbers from {first_number} on, got {error}") from None


def write_submission(path: Path | str, rows: Iterable[LabelRow], first_number: int = 1) -> None:
    """Write proposals atomically; scores and apexes have no place in this format."""
    path = Path(path)
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            i = row.interval
            writer.writerow([row.video, i.onset + first_number, i.offset + first_number, _WORDS[i.type]])
    part.replace(path)
