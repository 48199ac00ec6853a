"""Existing labels in from CSV, annotations out to CSV: the same table both ways (columns: `label_rows.COLUMNS`)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from db.session import Database
from webapp.exchange.label_rows import COLUMNS, REQUIRED, BadTable, Context, cells, context_of, label_of
from webapp.services.outside_labels import AddedLabels, OutsideLabel, add_labels, all_labels

# A spreadsheet takes a cell that begins like this for a formula and runs it; an apostrophe makes it text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def export_csv(database: Database, study_id: int, annotator: str = "") -> str:
    """All annotations of a study (or of one annotator) as CSV text with a header."""
    return write_labels(all_labels(database, study_id, annotator))


def import_csv(
    database: Database,
    study_id: int,
    text: str | bytes,
    importer: str,
    one_based: bool = False,
    mark_reviewed: bool = False,
) -> AddedLabels:
    """Add the labels of a table, all or none; importing the same table again adds nothing.

    Args:
        text: CSV (comma, semicolon or tab), UTF-8 when bytes, with a header line.
        importer: name of the annotator who made labels that name nobody.
        one_based: the table counts frames from 1.
        mark_reviewed: the videos named were labelled completely, so that everything else in them is "no expression".

    Raises:
        BadTable: rows are wrong; all are named with their lines.
    """
    context = context_of(database, study_id, importer, one_based)
    return add_labels(database, study_id, read_labels(text, context), mark_reviewed)


def write_labels(labels: Iterable[OutsideLabel]) -> str:
    """CSV text with a header, 0-based frames, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for label in labels:
        row = cells(label)
        writer.writerow([row[name] if name in ("onset", "apex", "offset", "score") else harmless(row[name])
                         for name in COLUMNS])  # fmt: skip
    return out.getvalue()


def read_labels(text: str | bytes, context: Context) -> list[OutsideLabel]:
    """Check a table.

    Raises:
        BadTable: as `import_csv`.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadTable([f"expected UTF-8 text, byte {error.start} is not"]) from error
    text = text.removeprefix("\ufeff")
    if "\x00" in text:  # PostgreSQL keeps no such text
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise BadTable([f"line {line}: a character that is no text (NUL)"])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    labels, problems = [], []
    try:
        names = header(next(reader, []), "line 1")
        start = reader.line_num + 1
        for row in reader:
            line, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in row):
                continue
            if len(row) > len(names):
                problems.append(f"line {line}: {len(row)} cells under {len(names)} columns")
                continue
            label, wrong = label_of({n: plain(c) for n, c in zip(names, row, strict=False)}, context)
            problems += [f"line {line}: {sentence}" for sentence in wrong]
            labels += [] if label is None else [label]
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: {error}")
    if problems:
        raise BadTable(problems)
    return labels


def header(first: Iterable[str], where: str) -> list[str]:
    """Names of the columns, in small letters.

    Raises:
        BadTable: a column is missing or occurs twice.
    """
    names = [name.strip().lower() for name in first]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        found = ", ".join(names) or "none"
        raise BadTable([f"{where}: the columns {', '.join(missing)} are missing (found: {found[:500]})"])
    twice = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
    if twice:
        raise BadTable([f"{where}: the columns {', '.join(twice)} occur twice"])
    return names


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",;\t", key=first.count)


def harmless(text: str) -> str:
    """Text that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith((*FORMULA_STARTS, "'")) else text


def plain(text: str) -> str:
    """Undo `harmless`."""
    return text[1:] if text.startswith("'") and text[1:].startswith((*FORMULA_STARTS, "'")) else text
