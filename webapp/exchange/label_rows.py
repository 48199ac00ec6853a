"""A row of labels as every outside format gives it, checked once: the rules do not depend on the format.

A reader of a format turns its file into rows of text (column name -> cell) and says where each stands; `checked` turns
them into labels, or names every bad row. Frames in rows count from 0 with both ends included unless the context says
that they count from 1; formats that tell time convert before (`clock`). No file format stands here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from db.session import Database
from webapp.services.decisions import LONGEST_NOTE, REASONS
from webapp.services.errors import Refused
from webapp.services.outside_labels import OutsideLabel, Target, targets
from webapp.services.schemes import study_scheme

REQUIRED = ("video", "type", "onset", "offset")
COLUMNS = (
    "video", "type", "onset", "apex", "offset", "score", "annotator", "status", "action_units", "emotion", "confidence",
    "note",
)  # fmt: skip
VERDICTS = ("accepted", "adjusted", "rejected", "unsure", "added")
LONGEST_EMOTION, LONGEST_UNIT = 100, 20
SHOWN_PROBLEMS = 50
_FRAME_NUMBER = re.compile(r"-?[0-9]{1,12}")  # int() refuses thousands of digits
_SURROGATES = re.compile("[\ud800-\udfff]")

Row = Mapping[str, str]


class BadTable(Refused):
    """The file cannot be imported; `problems` has one sentence per bad row, each with its place."""

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
    one_based: bool = False
    reasons: tuple[str, ...] = REASONS


def context_of(database: Database, study_id: int, importer: str, one_based: bool = False) -> Context:
    """What rows may refer to in a study.

    Args:
        importer: name of the annotator who made labels that name nobody.
        one_based: frames in the file count from 1.
    """
    videos, annotators = targets(database, study_id)
    own = [reason.name for reason in study_scheme(database, study_id).reasons]
    reasons = tuple(dict.fromkeys([*own, *REASONS]))
    return Context({video.title: video for video in videos}, frozenset(annotators), importer, one_based, reasons)


def cells(label: OutsideLabel) -> dict[str, str]:
    """A label as a row of text; `checked` gives the same label again (but for the score, which is the proposal's)."""
    return {
        "video": label.video,
        "type": label.type,
        "onset": str(label.onset),
        "apex": "" if label.apex is None else str(label.apex),
        "offset": str(label.offset),
        "score": "" if label.score is None else repr(label.score),
        "annotator": label.annotator,
        "status": f"rejected ({label.reason})" if label.verdict == "rejected" else label.verdict,
        "action_units": "+".join(label.action_units),
        "emotion": label.emotion,
        "confidence": "" if label.confidence is None else repr(label.confidence),
        "note": label.note,
    }


def checked(rows: Iterable[tuple[str, Row]], context: Context) -> list[OutsideLabel]:
    """Labels of rows, all or none.

    Args:
        rows: (where the row stands, its cells): ("line 4", {...}).

    Raises:
        BadTable: naming every bad row by its place.
    """
    labels, problems = [], []
    for where, row in rows:
        label, wrong = label_of(row, context)
        problems += [f"{where}: {sentence}" for sentence in wrong]
        labels += [] if label is None else [label]
    if problems:
        raise BadTable(problems)
    return labels


def label_of(row: Row, context: Context) -> tuple[OutsideLabel | None, list[str]]:
    """The label of a row, or what is wrong with it."""
    full = {name: (row.get(name) or "") if name == "note" else (row.get(name) or "").strip() for name in COLUMNS}
    unreadable = [name for name, cell in full.items() if "\x00" in cell or _SURROGATES.search(cell)]
    if unreadable:  # PostgreSQL keeps no such text
        return None, [f"a character that is no text in {', '.join(unreadable)}"]
    video = context.videos.get(full["video"]) or context.videos.get(_file_name(full["video"]))
    problems = [] if video else [f"no imported video has the title {full['video'][:200]!r}"]
    kind = full["type"].lower()
    if kind not in ("macro", "micro"):
        problems.append(f"expected the type macro or micro, got {full['type'][:50]!r}")
    frames, wrong = _frames(full, context.one_based, video)
    verdict, reason, unknown = _verdict(full["status"], context.reasons)
    annotator = full["annotator"] or context.importer
    if annotator not in context.annotators:
        unknown.append(f"no annotator of this study is named {annotator[:200]!r}")
    if full["score"] and _number(full["score"]) is None:
        unknown.append(f"expected a number as score, got {full['score'][:50]!r}")
    units = _units(full["action_units"])
    problems += [*wrong, *unknown, *_said(full, units)]
    if problems:
        return None, problems
    label = OutsideLabel(
        video.title, annotator, kind, *frames, verdict, reason, units, full["note"],
        emotion=full["emotion"], confidence=_number(full["confidence"]),
    )  # fmt: skip
    return label, []


def _said(row: Row, units: Sequence[str]) -> Iterable[str]:
    """What is wrong with action units, emotion, confidence and note."""
    if any(len(unit) > LONGEST_UNIT for unit in units):
        yield f"an action unit has more than {LONGEST_UNIT} characters"
    if len(row["emotion"]) > LONGEST_EMOTION:
        yield f"the emotion has more than {LONGEST_EMOTION} characters"
    if len(row["note"]) > LONGEST_NOTE:
        yield f"the note has more than {LONGEST_NOTE} characters"
    confidence = _number(row["confidence"])
    if row["confidence"] and (confidence is None or not 0 <= confidence <= 1):
        yield f"expected the confidence as a number from 0 to 1, got {row['confidence'][:50]!r}"


def _units(text: str) -> tuple[str, ...]:
    return tuple(u.strip() for u in text.replace(";", "+").replace(",", "+").split("+") if u.strip())


def _frames(row: Row, one_based: bool, video: Target | None) -> tuple[tuple[int, int | None, int], list[str]]:
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
        return "added", None, [f"expected the status {known}, got {status[:100]!r}"]
    return verdict, (reason or "other") if verdict == "rejected" else None, []


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _file_name(text: str) -> str:
    return PurePosixPath(text.replace("\\", "/")).name
