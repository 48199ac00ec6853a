"""The MEGC challenge's table `vid,pred_onset,pred_offset,type` with the types me and mae and frames from 1."""

from __future__ import annotations

import csv
import io

from webapp.exchange.label_rows import BadTable
from webapp.exchange.material import Material, Rows, Source

COLUMNS = ("vid", "pred_onset", "pred_offset", "type")
WORDS = {"micro": "me", "macro": "mae"}
_TYPES = {word: kind for kind, word in WORDS.items()}


def write(material: Material) -> bytes:
    """Every interval that somebody holds for an expression; rejections and what is unsure are no predictions."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for label in material.labels:
        if label.verdict in ("accepted", "adjusted", "added"):
            writer.writerow([label.video, label.onset + 1, label.offset + 1, WORDS[label.type]])
    return out.getvalue().encode()


def read(source: Source) -> Rows:
    """Rows of a submission.

    Raises:
        BadTable: no such table; every bad line is named.
    """
    try:
        reader = csv.reader(io.StringIO(source.data.decode("utf-8-sig"), newline=""))
        names = [name.strip() for name in next(reader, [])]
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            raise BadTable([f"line 1: expected the columns {','.join(COLUMNS)}; missing {', '.join(missing)}"])
        rows: Rows = []
        for cells in reader:
            row = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
            if any(row.values()):
                rows.append((f"line {reader.line_num}", _row(row)))
        return rows
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadTable([f"{source.name}: expected a CSV file, reading it failed: {error}"]) from error


def _row(row: dict[str, str]) -> dict[str, str]:
    kind = row.get("type", "").lower()
    return {
        "video": row.get("vid", ""),
        "type": _TYPES.get(kind, kind),
        "onset": counted_from_zero(row.get("pred_onset", "")),
        "offset": counted_from_zero(row.get("pred_offset", "")),
    }


def counted_from_zero(text: str) -> str:
    """A frame number counted from 1 as one counted from 0; what is no number stays as it is, for the message."""
    digits = text.removeprefix("-")
    return str(int(text) - 1) if digits.isascii() and digits.isdigit() and len(digits) < 13 else text
