"""What an import would do, before anything is stored: counts per video and annotator, and what to look at twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from db.session import Database
from webapp.exchange.formats import format_named, read_with_notes
from webapp.services.outside_labels import OutsideLabel, already_there
from webapp.settings import Settings


@dataclass(frozen=True)
class Counted:
    """Labels of one video or one annotator. `known` ones are there already and would be left alone."""

    name: str
    new: int
    known: int
    macro: int
    micro: int


@dataclass(frozen=True)
class Preview:
    """What an import of a file would do.

    Attributes:
        format: title of the format that it was read as.
        new, known: how many labels would be added, and how many are there already.
        per_video, per_annotator: the same counts, by name.
        notes: what the reader had to decide, sentences without their full stop.
    """

    format: str
    new: int
    known: int
    per_video: tuple[Counted, ...]
    per_annotator: tuple[Counted, ...]
    notes: tuple[str, ...]


def preview(
    database: Database, settings: Settings, study_id: int, name: str, file_name: str, data: bytes, importer: str,
    one_based: bool = False,
) -> Preview:  # fmt: skip
    """Read a file as `formats.import_file` would, and store nothing.

    Raises:
        BadTable: as there.
    """
    labels, notes = read_with_notes(database, settings, study_id, name, file_name, data, importer, one_based)
    known = already_there(database, study_id, labels)
    return Preview(
        format_named(name).title,
        known.count(False),
        known.count(True),
        _counted([label.video for label in labels], labels, known),
        _counted([label.annotator for label in labels], labels, known),
        tuple(notes),
    )


def _counted(names: Sequence[str], labels: Sequence[OutsideLabel], known: Sequence[bool]) -> tuple[Counted, ...]:
    counts = Counter((name, there) for name, there in zip(names, known, strict=True))
    types = Counter((name, label.type) for name, label in zip(names, labels, strict=True))
    return tuple(
        Counted(name, counts[name, False], counts[name, True], types[name, "macro"], types[name, "micro"])
        for name in sorted(set(names))
    )
