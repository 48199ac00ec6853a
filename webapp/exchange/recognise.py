"""Which format a file of labels has, from its name and its first bytes. A guess: reading is what decides."""

from __future__ import annotations

import csv
import io
import json

from webapp.exchange.formats import FORMATS
from webapp.exchange.label_rows import REQUIRED, BadTable
from webapp.exchange.megc_labels import COLUMNS as MEGC_COLUMNS
from webapp.exchange.xlsx_labels import sheet_values

_CORPUS_HEADER = {"subject", "filename", "onset", "offset"}
_HEADER_ROWS = 40


def recognised(file_name: str, data: bytes) -> str:
    """Name of the format that fits best; "" where none does.

    >>> recognised("labels.csv", b"vid,pred_onset,pred_offset,type\\n")
    'megc'
    >>> recognised("holiday.png", b"\\x89PNG")
    ''
    """
    suffix = "." + file_name.lower().rpartition(".")[2]
    fitting = [one.name for one in FORMATS.values() if suffix in one.accepts]
    if suffix == ".json" or suffix == ".boris":
        return _of_json(data) or (fitting[0] if suffix == ".boris" else "")
    if suffix == ".xlsx":
        return _of_workbook(file_name, data)
    if "csv" in fitting:
        return "megc" if _columns(data) >= set(MEGC_COLUMNS) else "csv"
    return fitting[0] if fitting else ""


def _of_json(data: bytes) -> str:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return ""
    if isinstance(document, dict):
        return "boris" if "observations" in document or "project_format_version" in document else ""
    return "label_studio" if isinstance(document, list) else ""


def _of_workbook(file_name: str, data: bytes) -> str:
    """Our table begins with its header; SAMM's header stands below a title; CAS(ME)² has none at all."""
    try:
        rows = sheet_values(file_name, data)
    except BadTable:
        return "xlsx"  # its reader says what is wrong with it
    heads = [{str(cell).strip().lower() for cell in row if cell is not None} for row in rows[:_HEADER_ROWS]]
    if heads and heads[0] >= set(REQUIRED):
        return "xlsx"
    if any(head >= _CORPUS_HEADER for head in heads):
        return "samm_long"
    kinds = {str(row[7]) for row in rows[:_HEADER_ROWS] if len(row) > 7}
    return "casme2_sq" if any(kind.endswith("-expression") for kind in kinds) else "xlsx"


def _columns(data: bytes) -> set[str]:
    first = data[:4096].decode("utf-8-sig", errors="replace").split("\n", 1)[0]
    try:
        return {name.strip() for name in next(csv.reader(io.StringIO(first)), [])}
    except csv.Error:
        return set()
