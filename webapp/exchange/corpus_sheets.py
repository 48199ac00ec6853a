"""Annotations in the layout of the workbooks that CAS(ME)^2 and SAMM Long Videos are shipped with, and from them.

Reading and its traps belong to `spotcore.corpora`, which reads the owners' files; what is written here is read by the
same readers. Both count pictures from 1.
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from spotcore.corpora import casme2_sq, samm_long
from spotcore.corpora.corpus import Corpus
from spotcore.errors import SpotcoreError
from webapp.exchange.label_rows import BadTable
from webapp.exchange.material import Material, Rows, Source
from webapp.exchange.xlsx_labels import sheet_values
from webapp.services.outside_labels import OutsideLabel

UNKNOWN_APEX = 0
_CASME_TITLE = re.compile(r"(\d+)_(\d{4})")


def write_casme2_sq(material: Material) -> bytes:
    """Three sheets without headers: events, subject numbers, clip codes.

    Titles such as 15_0101... keep subject and code; others are numbered, and the sheets say which is which.
    """
    book = Workbook()
    events, subjects, codes = book.active, book.create_sheet("naming rule1"), book.create_sheet("naming rule2")
    events.title = "CASFEcode_final"
    titles = [title for title, labels in material.by_video().items() if _shown(labels)]
    names = {title: _CASME_TITLE.match(title) for title in titles}
    people = sorted({_person(material, title, names[title]) for title in titles})
    numbers = {person: number for number, person in enumerate(people, start=1)}
    for person, number in numbers.items():
        subjects.append((person, f"s{person}", number))
    used = {match[2] for match in names.values() if match}
    free = (f"{number:04d}" for number in range(1, 10_000) if f"{number:04d}" not in used)
    for title in titles:
        match = names[title]
        clip = _legal(title)
        codes.append((match[2] if match else next(free), clip))
        person = numbers[_person(material, title, match)]
        for count, label in enumerate(_shown(material.by_video()[title]), start=1):
            events.append((
                person, f"{clip}_{count}", label.onset + 1, _apex(label), label.offset + 1,
                _legal("+".join(label.action_units)), _legal(label.emotion), f"{label.type}-expression", "",
            ))  # fmt: skip
    return _saved(book)


def write_samm_long(material: Material) -> bytes:
    """One sheet with nine lines before its header."""
    book = Workbook()
    sheet = book.active
    sheet.title = "FACS_Movement_Only"
    sheet.append(("Annotations in the layout of SAMM Long Videos, written by Glint",))
    for _ in range(8):
        sheet.append((" ",))
    sheet.append(("Subject", "Filename", "Inducement Code", "Onset", "Apex", "Offset", "Duration", "Type",
                  "Action Units", "Notes"))  # fmt: skip
    for title, labels in material.by_video().items():
        subject = _legal(material.videos[title].subject)
        for count, label in enumerate(_shown(labels), start=1):
            kind = "Macro" if label.type == "macro" else "Micro - 1/2"
            apex = -1 if label.apex is None else label.apex + 1
            sheet.append((subject, f"{_legal(title)}_{count}", "", label.onset + 1, apex, label.offset + 1,
                          label.offset - label.onset + 1, kind, _legal("+".join(label.action_units)),
                          _legal(label.note)))  # fmt: skip
    return _saved(book)


def read_casme2_sq(source: Source) -> Rows:
    """Rows of a workbook of CAS(ME)^2; missing offsets are filled as `casme2_sq.read` does by default."""
    return _rows(source, casme2_sq.read)


def read_samm_long(source: Source) -> Rows:
    """Rows of a workbook of SAMM Long Videos."""
    return _rows(source, samm_long.read)


def _rows(source: Source, read: Callable[..., Corpus]) -> Rows:
    sheet_values(source.name, source.data)  # refuses what is no workbook, with a sentence
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.xlsx"
        path.write_bytes(source.data)
        try:
            corpus = read(Path(folder), path)
        except SpotcoreError as error:
            raise BadTable([str(error).replace(str(path), source.name).replace(path.name, source.name)]) from error
        except (KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError) as error:
            raise BadTable([f"{source.name}: not the layout of this corpus: {error}"]) from error
    source.notes.extend(corpus.notes)
    rows: Rows = []
    for video in corpus.videos:
        title = _title(video.id, source)
        for event in video.events:
            i = event.interval
            rows.append((f"row {event.row}", {
                "video": title, "type": i.type, "onset": str(i.onset), "offset": str(i.offset),
                "apex": "" if i.apex is None else str(i.apex), "action_units": event.action_units,
                "emotion": event.emotion,
            }))  # fmt: skip
    return rows


def _title(video: str, source: Source) -> str:
    """The title of a corpus video in the study: its id, or a longer name that begins with it (15_0101disgust)."""
    if video in source.videos:
        return video
    longer = [title for title in sorted(source.videos) if re.match(rf"{re.escape(video)}(?!\d)", title)]
    return longer[0] if len(longer) == 1 else video


def _shown(labels: list[OutsideLabel]) -> list[OutsideLabel]:
    """These layouts know expressions only, no rejections and no doubts."""
    return [label for label in labels if label.verdict in ("accepted", "adjusted", "added")]


def _person(material: Material, title: str, match: re.Match | None) -> str:
    return match[1] if match else _legal(material.videos[title].subject) or "unknown"


def _apex(label: OutsideLabel) -> int:
    return UNKNOWN_APEX if label.apex is None else label.apex + 1


def _legal(text: str) -> str:
    """Text for a cell: nothing that Excel cannot hold, nothing that it would run."""
    text = ILLEGAL_CHARACTERS_RE.sub(" ", text)
    return f"'{text}" if text.startswith("=") else text


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
