"""Intervals as CSV: `video,type,onset,apex,offset,score` and any further columns.

Frames are 0-based with both ends included; files of other conventions are converted by their readers in
`spotcore.corpora`, never here. Knows nothing about scoring.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spotcore.errors import InvalidFile, InvalidInterval
from spotcore.intervals import EXPRESSION_TYPES, Interval

COLUMNS = ("video", "type", "onset", "apex", "offset", "score")
_REQUIRED = ("video", "onset", "offset")
_NO_TYPE = "macro"  # stands in for types a file does not name; LabelTable.has_types says that it means nothing


@dataclass(frozen=True)
class LabelRow:
    """One line: the video as written, its interval, the further columns as text, and the line in the file."""

    video: str
    interval: Interval
    extra: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class LabelTable:
    """A whole file.

    Attributes:
        rows: in file order.
        has_types: False where the file has no type column; the types of its intervals then mean nothing.
        extra_columns: names of the columns beyond `COLUMNS`, in file order.
    """

    rows: tuple[LabelRow, ...]
    has_types: bool
    extra_columns: tuple[str, ...] = ()

    def by_video(self) -> dict[str, list[Interval]]:
        """Video -> its intervals, both in file order."""
        videos: dict[str, list[Interval]] = {}
        for row in self.rows:
            videos.setdefault(row.video, []).append(row.interval)
        return videos


def read_labels(path: Path | str) -> LabelTable:
    """Read a CSV file (UTF-8, with or without byte order mark; comma or semicolon).

    Columns are found by name, whatever their order: video, onset and offset are needed; type, apex and score may be
    missing or (apex, score) empty. A type may be written as "macro", "Macro" or "macro-expression".

    Raises:
        InvalidFile: naming file, line and what was expected; also where the file cannot be opened.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InvalidFile(f"{path}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise InvalidFile(f"{path}: expected UTF-8 text, byte {error.start} is not") from error
    return parse_labels(text, str(path))


def parse_labels(text: str, where: str) -> LabelTable:
    """`read_labels` on text that is already there; `where` names it in messages."""
    first_line = text.split("\n", 1)[0]
    delimiter = ";" if ";" in first_line and "," not in first_line else ","
    # strict: an unclosed quote is an error instead of swallowing the rest of the file.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[LabelRow] = []
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(header, where)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(_row(header, cells, f"{where}, line {reader.line_num}", reader.line_num))
    except csv.Error as error:
        raise InvalidFile(f"{where}, line {reader.line_num}: not CSV ({error})") from error
    return LabelTable(tuple(rows), "type" in header, tuple(name for name in header if name not in COLUMNS))


def _check_header(header: Sequence[str], where: str) -> None:
    missing = [name for name in _REQUIRED if name not in header]
    if missing:
        raise InvalidFile(
            f"{where}, line 1: expected a header with the columns video, onset, offset "
            f"(and if known type, apex, score); missing {', '.join(missing)}"
        )
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InvalidFile(f"{where}, line 1: the column {', '.join(twice)} appears twice")


def _row(header: Sequence[str], cells: Sequence[str], where: str, line: int) -> LabelRow:
    if len(cells) != len(header):
        raise InvalidFile(f"{where}: expected {len(header)} columns, got {len(cells)}")
    values = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    if not values["video"]:
        raise InvalidFile(f"{where}: the column video is empty")
    onset, offset = (_frame(values[name], name, where) for name in ("onset", "offset"))
    apex = _frame(values["apex"], "apex", where) if values.get("apex") else None
    score = _number(values["score"], where) if values.get("score") else None
    kind = _type(values["type"], where) if "type" in values else _NO_TYPE
    try:
        interval = Interval(onset, offset, kind, apex, score)
    except InvalidInterval as error:
        raise InvalidFile(f"{where}: {error}") from error
    extra = {name: value for name, value in values.items() if name not in COLUMNS}
    return LabelRow(values["video"], interval, extra, line)


def _frame(text: str, column: str, where: str) -> int:
    try:
        value = float(text)
        if not value.is_integer():
            raise ValueError
    except (ValueError, OverflowError):
        raise InvalidFile(f"{where}: expected a whole frame number in the column {column}, got {text!r}") from None
    return int(value)


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidFile(f"{where}: expected a number in the column score, got {text!r}")
    return value


def _type(text: str, where: str) -> str:
    for kind in EXPRESSION_TYPES:
        if text.lower().startswith(kind):
            return kind
    raise InvalidFile(f"{where}: expected the type macro or micro, got {text!r}")


def write_labels(path: Path | str, rows: Iterable[LabelRow], extra_columns: Sequence[str] = ()) -> None:
    """Write atomically as UTF-8 with a header; unknown apex and score are left empty.

    Args:
        rows: what to write, in this order.
        extra_columns: further columns after the six, taken from each row's `extra` (empty where it has none).
    """
    path = Path(path)
    part = path.with_name(path.name + ".part")
    part.write_text(format_labels(rows, extra_columns), encoding="utf-8", newline="")
    part.replace(path)


def format_labels(rows: Iterable[LabelRow], extra_columns: Sequence[str] = ()) -> str:
    """The text that `write_labels` writes."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*COLUMNS, *extra_columns])
    for row in rows:
        interval = row.interval
        apex = "" if interval.apex is None else interval.apex
        score = "" if interval.score is None else f"{interval.score:.6g}"
        cells = [row.video, interval.type, interval.onset, apex, interval.offset, score]
        writer.writerow([*cells, *(row.extra.get(name, "") for name in extra_columns)])
    return out.getvalue()
