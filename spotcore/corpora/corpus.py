"""What every corpus reader returns, and the steps they share: sheets, picture folders, honest notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from spotcore.errors import InvalidFile, UnreadableVideo
from spotcore.image_folders import numbered_pictures
from spotcore.intervals import EXPRESSION_TYPES, Interval


@dataclass(frozen=True)
class CorpusEvent:
    """An annotated expression: its interval, what else the sheet says, and the row it stands in (1-based)."""

    interval: Interval
    action_units: str = ""
    emotion: str = ""
    row: int = 0


@dataclass(frozen=True)
class CorpusVideo:
    """One video of a corpus.

    Attributes:
        id: as benchmarks name it, "15_0101".
        subject: as benchmarks name the person, "15".
        folder: of numbered pictures; None where only the sheet was read.
        fps: rate that the corpus is documented with.
        first_number: number of the first picture; frame index = number - first_number.
        events: by onset.
    """

    id: str
    subject: str
    folder: Path | None
    fps: float
    first_number: int
    events: tuple[CorpusEvent, ...]


@dataclass(frozen=True)
class Corpus:
    """A data set: its videos by id, and sentences on everything the reader had to decide, with counts."""

    name: str
    videos: tuple[CorpusVideo, ...]
    notes: tuple[str, ...] = ()

    @property
    def subjects(self) -> tuple[str, ...]:
        return tuple(sorted({video.subject for video in self.videos}))

    def counts(self) -> dict[str, int]:
        """Expression type -> number of events."""
        types = Counter(event.interval.type for video in self.videos for event in video.events)
        return {kind: types[kind] for kind in EXPRESSION_TYPES}


@dataclass
class RowReader:
    """Turns sheet rows (numbers as the owner counts pictures) into events, counting every repair.

    Attributes:
        sheet: name for messages.
        counts: sentence pattern -> how often it was needed.
    """

    sheet: str
    counts: Counter[str] = field(default_factory=Counter)

    def number(self, value: Any, column: str, row: int) -> int:
        """A frame number; fractions (SAMM-LV has them) are rounded and counted.

        Raises:
            InvalidFile: naming row and column.
        """
        try:
            exact = float(value)
        except (TypeError, ValueError):
            raise InvalidFile(f"{self.sheet}, row {row}: expected a number in {column}, got {value!r}") from None
        if exact != int(exact):
            self.counts["frame numbers with fractions were rounded"] += 1
        return round(exact)

    def event(self, numbers: tuple[int, int, int], first_number: int, kind: str, row: int,
              action_units: Any = "", emotion: Any = "") -> CorpusEvent:  # fmt: skip
        """An event from (onset, apex, offset) in picture numbers.

        A start before the first picture is moved to it; an apex that is missing or outside the interval becomes
        unknown. Both are counted.

        Raises:
            InvalidFile: the offset lies before the onset.
        """
        onset, apex, offset = (number - first_number for number in numbers)
        if onset < 0:
            self.counts["onsets before the first picture were moved to it"] += 1
            onset = 0
        if offset < onset:
            raise InvalidFile(f"{self.sheet}, row {row}: the offset {numbers[2]} lies before the onset {numbers[0]}")
        known: int | None = apex
        if numbers[1] <= 0:
            self.counts["apexes are not annotated (stored as unknown)"] += 1
            known = None
        elif not onset <= apex <= offset:
            self.counts["apexes outside their interval were stored as unknown"] += 1
            known = None
        return CorpusEvent(Interval(onset, offset, kind, known), _text(action_units), _text(emotion), row)


def sheet_rows(path: Path, number: int = 0) -> list[tuple[Any, ...]]:
    """All rows of one sheet of a workbook as plain values.

    Raises:
        InvalidFile: not a workbook, or it has fewer sheets.
    """
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever its zip and XML readers raise
        raise InvalidFile(f"{path}: expected an .xlsx workbook, reading it failed: {error}") from error
    try:
        if number >= len(book.worksheets):
            raise InvalidFile(f"{path}: expected at least {number + 1} sheets, got {len(book.worksheets)}")
        return [tuple(row) for row in book.worksheets[number].iter_rows(values_only=True)]
    except InvalidFile:
        raise
    except Exception as error:  # sheets are unpacked and parsed only while their rows are read
        raise InvalidFile(f"{path}: expected an .xlsx workbook, reading sheet {number + 1} failed: {error}") from error
    finally:
        book.close()


def find_sheet(root: Path, sheet: Path | str | None, patterns: Sequence[str], what: str) -> Path:
    """The workbook: the one given, else the only one under the root that fits a pattern.

    Raises:
        InvalidFile: none or several.
    """
    if sheet is not None:
        return Path(sheet)
    found = sorted({path for pattern in patterns for path in root.rglob(pattern) if not path.name.startswith("~")})
    if len(found) != 1:
        named = ", ".join(str(path.relative_to(root)) for path in found[:5]) or "none"
        raise InvalidFile(f"{root}: expected one sheet of {what} ({' or '.join(patterns)}), found {named}")
    return found[0]


def first_picture(folder: Path | None, default: int = 1) -> int:
    """Number of the first picture of a folder; `default` where there is no folder."""
    return default if folder is None else numbered_pictures(folder)[0][0]


def usable_folders(folders: Iterable[Path], counts: Counter[str]) -> list[Path]:
    """Folders that can be read as videos, sorted; others are counted, never skipped in silence."""
    usable = []
    for folder in sorted(folders):
        try:
            numbered_pictures(folder)
        except UnreadableVideo as error:
            counts[f"folder could not be used ({error})"] += 1
            continue
        usable.append(folder)
    return usable


def assemble(name: str, fps: float, events: Mapping[str, Sequence[CorpusEvent]], folders: Mapping[str, Path],
             firsts: Mapping[str, int], counts: Counter[str]) -> Corpus:  # fmt: skip
    """The corpus of what was read; ids are SUBJECT_CLIP. Where folders were read, annotated videos without one are
    counted and left out."""
    lacking = sorted(video for video in events if folders and video not in folders)
    if lacking:
        counts[f"annotated videos have no folder and were left out ({', '.join(lacking[:5])})"] += len(lacking)
    videos = tuple(
        CorpusVideo(
            id=video,
            subject=video.rsplit("_", 1)[0],
            folder=folders.get(video),
            fps=fps,
            first_number=firsts.get(video, 1),
            events=tuple(sorted(found, key=lambda event: (event.interval.onset, event.interval.offset))),
        )
        for video, found in sorted(events.items())
        if not folders or video in folders
    )
    return Corpus(name, videos, tuple(f"{count} {what}" for what, count in sorted(counts.items())))


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
