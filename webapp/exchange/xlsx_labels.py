"""The table of `csv_labels` as an Excel workbook: one sheet, numbers as numbers, text that no program runs."""

from __future__ import annotations

import io
import zipfile
import zlib
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

from webapp.exchange.csv_labels import header
from webapp.exchange.label_rows import COLUMNS, BadTable, cells
from webapp.exchange.material import Material, Rows, Source

NUMBERS = ("onset", "apex", "offset", "score", "confidence")
MOST_ROWS = 1_000_000
LARGEST_UNPACKED = 500 * 2**20


def write(material: Material) -> bytes:
    """A workbook with a header row; characters that Excel cannot hold become spaces."""
    book = Workbook()
    sheet = book.active
    sheet.title = "annotations"
    sheet.append(COLUMNS)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for number, label in enumerate(material.labels, start=2):
        row = cells(label)
        for column, name in enumerate(COLUMNS, start=1):
            cell = sheet.cell(number, column)
            if name in NUMBERS:
                cell.value = float(row[name]) if "." in row[name] or "e" in row[name] else int(row[name] or 0)
                cell.value = cell.value if row[name] else None
            else:
                cell.value = ILLEGAL_CHARACTERS_RE.sub(" ", row[name])
                cell.data_type = "s"  # also what looks like a formula
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(source: Source) -> Rows:
    """Rows of the first sheet.

    Raises:
        BadTable: no workbook, damaged, too large, or without the columns.
    """
    values = sheet_values(source.name, source.data)
    names = header(["" if cell is None else str(cell) for cell in (values[0] if values else ())], "row 1")
    rows: Rows = []
    for number, row in enumerate(values[1:], start=2):
        texts = {name: cell_text(cell) for name, cell in zip(names, row, strict=False)}
        if any(text.strip() for text in texts.values()):
            rows.append((f"row {number}", texts))
    return rows


def sheet_values(name: str, data: bytes) -> list[tuple]:
    """All rows of the first sheet of a workbook as plain values.

    Raises:
        BadTable: no workbook, damaged or too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > LARGEST_UNPACKED:
                raise BadTable([f"{name}: larger than {LARGEST_UNPACKED >> 20} MB when unpacked"])
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        found = []
        for row in book.worksheets[0].iter_rows(values_only=True):
            found.append(row)
            if len(found) > MOST_ROWS:
                raise BadTable([f"{name}: more than {MOST_ROWS:,} rows"])
        return found
    except (InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, IndexError, ValueError, TypeError,
            AttributeError, EOFError, OSError, NotImplementedError, RuntimeError, zlib.error) as error:  # fmt: skip
        # openpyxl says "damaged" with whatever its parsers happened to trip over.
        raise BadTable([f"{name}: expected an Excel workbook (.xlsx), reading it failed: {error}"]) from error


def cell_text(value: object) -> str:
    """A cell as text; whole numbers that the workbook holds as fractions without their ".0"."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else str(value)
