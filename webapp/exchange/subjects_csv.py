"""Subjects of videos from a CSV with the columns `video` and `subject`."""

from __future__ import annotations

import csv
import io

from spotcore.errors import InvalidFile


def read_subjects(text: str, where: str) -> dict[str, str]:
    """Title -> subject code, in file order; comma or semicolon, other columns are ignored.

    Raises:
        InvalidFile: naming the file, the line and what was expected.
    """
    text = text.lstrip("\ufeff")
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first and "," not in first else ",")
    header = [name.strip().lower() for name in next(reader, [])]
    missing = [name for name in ("video", "subject") if name not in header]
    if missing:
        raise InvalidFile(f"{where}, line 1: expected the columns video and subject, missing {missing[0]}")
    title_at, subject_at = header.index("video"), header.index("subject")
    found: dict[str, str] = {}
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        line = f"{where}, line {reader.line_num}"
        if len(cells) != len(header):
            raise InvalidFile(f"{line}: expected {len(header)} columns, got {len(cells)}")
        title, code = cells[title_at].strip(), cells[subject_at].strip()
        if not title or not code:
            raise InvalidFile(f"{line}: the {'title' if not title else 'subject'} is empty")
        if found.get(title, code) != code:
            raise InvalidFile(f"{line}: {title} has the subject {code} here and {found[title]} further up")
        found[title] = code
    return found
