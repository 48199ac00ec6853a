"""Existing labels in from CSV, annotations out to CSV: the same table both ways.

Columns: video,type,onset,apex,offset[,score] and, where known, annotator,status,action_units,note. Inside Glint frames
are 0-based with both ends included; a table that counts from 1 is converted here. Every bad row is named with its
line, and then nothing is imported.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from db.session import Database
from webapp.services.decisions import REASONS
from webapp.services.errors import Refused
from webapp.services.outside_labels import AddedLabels, OutsideLabel, Target, add_labels, all_labels, targets
from webapp.services.schemes import study_scheme

REQUIRED = ("video", "type", "onset", "offset")
OPTIONAL = ("apex", "score", "annotator", "status", "action_units", "note")
COLUMNS = ("video", "type", "onset", "apex", "offset", "score", "annotator", "status", "action_units", "note")
VERDICTS = ("accepted", "adjusted", "rejected", "unsure", "added")
# A spreadsheet takes a cell that begins like this for a formula and runs it; an apostrophe makes it text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
SHOWN_PROBLEMS = 50
_FRAME_NUMBER = re.compile(r"-?\d{1,12}")  # int() refuses thousands of digits


class BadTable(Refused):
    """The table cannot be imported; `problems` has one sentence per bad row, each with its line."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        more = len(problems) - SHOWN_PROBLEMS
        shown = [*problems[:SHOWN_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
        super().__init__("Nothing was imported. " + "; ".join(shown) + ".")


@dataclass(frozen=True)
class Context:
    """What rows may refer to: videos, annotators and reasons to reject of the study, and who imports."""

    videos: Mapping[str, Target]
    annotators: frozenset[str]
    importer: str
    one_based: bool
    reasons: tuple[str, ...] = REASONS


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
    videos, annotators = targets(database, study_id)
    own = [reason.name for reason in study_scheme(database, study_id).reasons]
    reasons = tuple(dict.fromkeys([*own, *REASONS]))
    context = Context({video.title: video for video in videos}, frozenset(annotators), importer, one_based, reasons)
    return add_labels(database, study_id, read_labels(text, context), mark_reviewed)


def write_labels(labels: Iterable[OutsideLabel]) -> str:
    """CSV text with a header, 0-based frames, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for label in labels:
        status = f"rejected ({label.reason})" if label.verdict == "rejected" else label.verdict
        writer.writerow(
            [
                _harmless(label.video),
                label.type,
                label.onset,
                "" if label.apex is None else label.apex,
                label.offset,
                "" if label.score is None else repr(label.score),
                _harmless(label.annotator),
                status,
                _harmless("+".join(label.action_units)),
                _harmless(label.note),
            ]
        )
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
        names = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in REQUIRED if name not in names]
        if missing:
            found = ", ".join(names) or "none"
            raise BadTable([f"line 1: the columns {', '.join(missing)} are missing (found: {found})"])
        twice = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
        if twice:
            raise BadTable([f"line 1: the columns {', '.join(twice)} occur twice"])
        start = reader.line_num + 1
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(names):
                problems.append(f"line {line}: {len(cells)} cells under {len(names)} columns")
                continue
            label, wrong = _label(dict(zip(names, cells, strict=False)), context)
            problems += [f"line {line}: {sentence}" for sentence in wrong]
            labels += [] if label is None else [label]
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: {error}")
    if problems:
        raise BadTable(problems)
    return labels


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max(",;\t", key=header.count)


def _label(cells: Mapping[str, str], context: Context) -> tuple[OutsideLabel | None, list[str]]:
    row = {name: _plain(cells.get(name) or "", keep_spaces=name == "note") for name in COLUMNS}
    video = context.videos.get(row["video"]) or context.videos.get(_file_name(row["video"]))
    problems = [] if video else [f"no imported video has the title {row['video']!r}"]
    kind = row["type"].lower()
    if kind not in ("macro", "micro"):
        problems.append(f"expected the type macro or micro, got {row['type']!r}")
    frames, wrong = _frames(row, context.one_based, video)
    verdict, reason, unknown = _verdict(row["status"], context.reasons)
    annotator = row["annotator"] or context.importer
    if annotator not in context.annotators:
        unknown.append(f"no annotator of this study is named {annotator!r}")
    if row["score"] and not _is_number(row["score"]):
        unknown.append(f"expected a number as score, got {row['score']!r}")
    units = tuple(u.strip() for u in row["action_units"].replace(";", "+").replace(",", "+").split("+") if u.strip())
    if any(len(unit) > 20 for unit in units):
        unknown.append("an action unit has more than 20 characters")
    problems += [*wrong, *unknown]
    if problems:
        return None, problems
    label = OutsideLabel(video.title, annotator, kind, *frames, verdict, reason, units, row["note"])
    return label, []


def _frames(
    row: Mapping[str, str], one_based: bool, video: Target | None
) -> tuple[tuple[int, int | None, int], list[str]]:
    values: dict[str, int | None] = {}
    problems = []
    for name in ("onset", "apex", "offset"):
        text = row[name]
        if name == "apex" and not text:
            values[name] = None
        elif _FRAME_NUMBER.fullmatch(text):
            values[name] = int(text) - one_based
        else:
            problems.append(f"expected a whole frame number as {name}, got {text[:50]!r}")
    if problems:
        return (0, None, 0), problems
    onset, apex, offset = values["onset"], values["apex"], values["offset"]
    if not 0 <= onset <= (onset if apex is None else apex) <= offset:
        first = 1 if one_based else 0
        got = f"{row['onset']}, {row['apex'] or 'no apex'}, {row['offset']}"
        problems.append(f"expected {first} <= onset <= apex <= offset, got {got}")
    elif video is not None and offset >= video.frame_count:
        problems.append(f"offset {row['offset']} lies behind the end of a video of {video.frame_count} frames")
    return (onset, apex, offset), problems


def _verdict(status: str, reasons: Sequence[str]) -> tuple[str, str | None, list[str]]:
    text = status.strip()
    if not text:
        return "added", None, []
    verdict, _, rest = text.partition("(")
    verdict, wanted = verdict.strip().lower(), rest.rstrip(")").strip() or "other"
    reason = next((name for name in reasons if name.lower() == wanted.lower()), None)
    if verdict not in VERDICTS or (rest and verdict != "rejected") or (rest and reason is None):
        known = f"{', '.join(VERDICTS)} or rejected ({'|'.join(reasons)})"
        return "added", None, [f"expected the status {known}, got {status!r}"]
    return verdict, (reason or "other") if verdict == "rejected" else None, []


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _file_name(text: str) -> str:
    return PurePosixPath(text.replace("\\", "/")).name


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith((*FORMULA_STARTS, "'")) else text


def _plain(text: str, keep_spaces: bool) -> str:
    """Undo `_harmless`."""
    if text.startswith("'") and text[1:].startswith((*FORMULA_STARTS, "'")):
        return text[1:]
    return text if keep_spaces else text.strip()
