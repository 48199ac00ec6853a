"""The table of formats: what each is called, what it loses, who writes and reads it. Pages and commands ask here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from db.session import Database
from spotcore.frame_table import FrameTable
from webapp.exchange import (
    boris,
    corpus_sheets,
    csv_labels,
    elan,
    label_studio,
    megc_labels,
    xlsx_labels,
)
from webapp.exchange.clock import Clock
from webapp.exchange.label_rows import BadTable, checked, context_of
from webapp.exchange.material import Material, Rows, Source
from webapp.services.errors import NotFound
from webapp.services.outside_labels import AddedLabels, OutsideLabel, Target, add_labels, all_labels, targets
from webapp.settings import Settings

EXPRESSIONS = ("accepted", "adjusted", "added")


@dataclass(frozen=True)
class Format:
    """A format of labels.

    Attributes:
        name: for addresses and commands.
        title: for people.
        suffix, mime: of the file that is written.
        accepts: suffixes of files that are read.
        lost: what does not survive the way out and in again, a sentence part for the table of losses.
        write, read: None where that way does not exist, or is another function's (CSV).
        tells_time: knows milliseconds, no frames.
    """

    name: str
    title: str
    suffix: str
    mime: str
    accepts: tuple[str, ...]
    lost: str
    write: Callable[[Material], bytes]
    read: Callable[[Source], Rows] | None
    tells_time: bool = False


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _write_csv(material: Material) -> bytes:
    return csv_labels.write_labels(material.labels).encode()


FORMATS = {
    one.name: one
    for one in (
        Format("csv", "CSV table", ".csv", "text/csv", (".csv", ".tsv", ".txt"),
               "nothing of the labels (the score is written, not read)", _write_csv, None),
        Format("xlsx", "Excel workbook", ".xlsx", _XLSX, (".xlsx",),
               "control characters in notes", xlsx_labels.write, xlsx_labels.read),
        Format("elan", "ELAN", ".zip", "application/zip", (".eaf", ".zip"),
               "score; control characters; frames shorter than a millisecond", elan.write, elan.read, True),
        Format("boris", "BORIS project", ".boris", "application/json", (".boris", ".json"),
               "score; frames shorter than a millisecond", boris.write, boris.read, True),
        Format("label_studio", "Label Studio timeline", ".json", "application/json", (".json",),
               "score", label_studio.write, label_studio.read),
        Format("megc", "MEGC submission", ".csv", "text/csv", (".csv",),
               "apex, annotator, status, action units, emotion, confidence, note; rejections and what is unsure",
               megc_labels.write, megc_labels.read),
        Format("casme2_sq", "CAS(ME)² sheet", ".xlsx", _XLSX, (".xlsx",),
               "annotator, status, confidence, note; rejections and what is unsure; titles unlike 15_0101 are numbered",
               corpus_sheets.write_casme2_sq, corpus_sheets.read_casme2_sq),
        Format("samm_long", "SAMM Long Videos sheet", ".xlsx", _XLSX, (".xlsx",),
               "annotator, status, emotion, confidence, note; rejections and what is unsure",
               corpus_sheets.write_samm_long, corpus_sheets.read_samm_long),
    )
}  # fmt: skip


def format_named(name: str) -> Format:
    """Raises NotFound where there is none."""
    try:
        return FORMATS[name]
    except KeyError:
        raise NotFound(f"There is no format {name!r}; there are {', '.join(FORMATS)}.") from None


def export_labels(
    database: Database, settings: Settings, study_id: int, study: str, name: str, annotator: str = "",
    expressions_only: bool = False,
) -> bytes:  # fmt: skip
    """The labels of a study in a format.

    Args:
        annotator: only theirs.
        expressions_only: leave out rejections and what is unsure.
    """
    chosen = format_named(name)
    labels = all_labels(database, study_id, annotator)
    if expressions_only:
        labels = tuple(label for label in labels if label.verdict in EXPRESSIONS)
    videos = {video.title: video for video in targets(database, study_id)[0]}
    return chosen.write(Material(study, labels, videos, clocks(settings, videos)))


def read_file(
    database: Database, settings: Settings, study_id: int, name: str, file_name: str, data: bytes, importer: str,
    one_based: bool = False,
) -> list[OutsideLabel]:  # fmt: skip
    """Labels of a file, checked against the study; nothing is stored. Arguments and errors as `read_with_notes`."""
    return read_with_notes(database, settings, study_id, name, file_name, data, importer, one_based)[0]


def read_with_notes(
    database: Database, settings: Settings, study_id: int, name: str, file_name: str, data: bytes, importer: str,
    one_based: bool = False,
) -> tuple[list[OutsideLabel], list[str]]:  # fmt: skip
    """Labels of a file, checked against the study, and what its reader had to decide; nothing is stored.

    Args:
        one_based: only for tables that do not say it themselves (CSV, Excel): frames count from 1.

    Raises:
        BadTable: naming every bad row by its place.
    """
    chosen = format_named(name)
    if name == "csv":
        return csv_labels.read_labels(data, context_of(database, study_id, importer, one_based)), []
    context = context_of(database, study_id, importer, one_based and name == "xlsx")
    source = Source(file_name, data, context.videos, clocks(settings, context.videos))
    rows = chosen.read(source)
    # Names of annotators come from another installation; the person who imports stands in for strangers.
    if name != "xlsx":
        strangers = {row.get("annotator", "") for _, row in rows} - context.annotators - {""}
        rows = [(where, _known(row, context.annotators)) for where, row in rows]
        if strangers:
            named = ", ".join(sorted(strangers)[:5])
            source.notes.append(f"labels of people who are not in this study become those of {importer}: {named}")
    if chosen.tells_time:
        coarse = sorted(title for title in {row["video"] for _, row in rows} if source.clock(title).coarse)
        source.notes.extend(f"frames of {title} are shorter than a millisecond: borders may be off" for title in coarse)
    return checked(rows, context), source.notes


def import_file(
    database: Database, settings: Settings, study_id: int, name: str, file_name: str, data: bytes, importer: str,
    one_based: bool = False, mark_reviewed: bool = False, by: int | None = None,
) -> AddedLabels:  # fmt: skip
    """Add the labels of a file, all or none; the same file again adds nothing. Errors as `read_file`."""
    labels = read_file(database, settings, study_id, name, file_name, data, importer, one_based)
    return add_labels(database, study_id, labels, mark_reviewed, by, f"{format_named(name).title}, {file_name}")


def _known(row: dict, annotators: frozenset[str]) -> dict:
    return row if row.get("annotator", "") in annotators else {**row, "annotator": ""}


def clocks(settings: Settings, videos: dict[str, Target]) -> Callable[[str], Clock]:
    """Title -> when its frames are shown, read at the first question."""

    @cache
    def clock(title: str) -> Clock:
        video = videos[title]
        if video.frames_path is None:
            return Clock.steady(video.frame_count, video.fps)
        try:
            return Clock(FrameTable.load(settings.located(video.frames_path)).timestamps)
        except OSError as error:
            raise BadTable([f"the frame table of “{title}” cannot be read: {error}"]) from error

    return clock


__all__ = [
    "EXPRESSIONS", "FORMATS", "Format", "export_labels", "format_named", "import_file", "read_file", "read_with_notes",
]  # fmt: skip
