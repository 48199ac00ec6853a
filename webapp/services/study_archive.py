"""A study as lines of JSON, complete enough to make the same study elsewhere. Zip files are the exchange's business."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from db.models import Annotator, LabelSet, ModelVersion, Study, Video
from db.queries import people
from db.session import Database
from webapp.access import at_least
from webapp.services import archive_tables as tables
from webapp.services import audit
from webapp.services.errors import NotFound, Refused
from webapp.services.matching import interval_id

Line = dict[str, Any]


@dataclass(frozen=True)
class StudyContent:
    """Everything of a study.

    Attributes:
        study: name, scheme, blind share and date.
        lines: table -> its lines, in their order; the n-th line is the row that others call n.
        files: name in the archive -> stored path here: frame tables, curves, imported signals (folders).
        left_out: sentences on what could not come along.
    """

    study: Line
    lines: Mapping[str, tuple[Line, ...]]
    files: Mapping[str, str]
    left_out: tuple[str, ...] = ()


def note_archive(database: Database, study_id: int, by: int | None) -> None:
    """Check who asks for an archive and note it; None is the server's command line.

    Raises:
        Refused: an archive holds everybody's labels, so it is for leads.
    """
    with database.begin() as session:
        place = None if by is None else people.assignment(session, study_id, by)
        if by is not None and not at_least(place.role if place else "", "lead"):
            raise Refused("Archives of a study are made by its leads.")
        audit.note(session, by, study_id, "export study", {})


def content(database: Database, study_id: int) -> StudyContent:
    """Read a study in one snapshot.

    Raises:
        NotFound: there is no such study.
    """
    with database.read() as session:
        return _Writer(session, study_id).content()


class _Writer:
    """Reads table after table and gives every row its number in the archive."""

    def __init__(self, session: Session, study_id: int) -> None:
        self.session, self.study_id = session, study_id
        self.numbers: dict[str, dict[int, int]] = {}
        self.ids: dict[str, str] = {}
        self.files: dict[str, str] = {}

    def content(self) -> StudyContent:
        study = self.session.get(Study, self.study_id)
        if study is None:
            raise NotFound(f"There is no study {self.study_id}.")
        rows = {name: self._rows(name) for name in tables.TABLES}
        named = {name: self._named(name, rows) for name in tables.NAMED}
        for name, found in rows.items():
            key = tables.key_of(name)
            if name != "annotations":
                self.numbers[name] = {row[key]: number for number, row in enumerate(found, start=1)}
        self._name_decisions(rows["annotations"])
        lines = {name: tuple(self._line(name, row) for row in found) for name, found in rows.items()}
        # By their ids, which are the same everywhere; the order of a table is that of one database.
        lines["annotations"] = tuple(sorted(lines["annotations"], key=lambda line: line["id"]))
        self._collect_files(rows)
        about = {"name": study.name, "scheme": study.scheme, "blind_share": study.blind_share,
                 "created_at": study.created_at.isoformat()}  # fmt: skip
        return StudyContent(about, {**named, **lines}, self.files, self._left_out())

    def _rows(self, name: str) -> list[Mapping[str, Any]]:
        table = tables.table(name)
        asked = select(table).where(self._of_study(name)).order_by(table.c[tables.key_of(name)])
        return list(self.session.execute(asked).mappings())

    def _of_study(self, name: str) -> ColumnElement[bool]:
        table = tables.table(name)
        videos = select(Video.id).where(
            Video.study_id == self.study_id, Video.frame_count.is_not(None), Video.sha256.is_not(None),
            Video.fps.is_not(None),
        )  # fmt: skip
        if name == "videos":
            return table.c.id.in_(videos)
        if name == "spotting_runs":
            return and_(table.c.video_id.in_(videos), table.c.state == "done")
        if name == "label_set_subjects":
            return table.c.label_set_id.in_(select(LabelSet.id).where(LabelSet.study_id == self.study_id))
        if "video_id" in table.c:
            return table.c.video_id.in_(videos)
        return table.c.study_id == self.study_id

    def _named(self, name: str, rows: Mapping[str, list[Mapping[str, Any]]]) -> tuple[Line, ...]:
        """The people, or the model versions, that any row names; they are numbered by name."""
        model = {"annotators": Annotator, "model_versions": ModelVersion}[name]
        asked = {
            row[column.name]
            for table, found in rows.items()
            for column in tables.columns(table)
            if column.refers_to == name
            for row in found
        }
        found = {row.id: row for row in self.session.scalars(select(model).where(model.id.in_(asked - {None})))}
        names = {row.id: row.name for row in found.values()}
        if name == "annotators":  # the consensus of each study has a name of its installation
            names |= {row["annotator_id"]: people.CONSENSUS for row in rows["consensus_annotators"]}
        ordered = sorted(found.values(), key=lambda row: names[row.id])
        self.numbers[name] = {row.id: number for number, row in enumerate(ordered, start=1)}
        if name == "annotators":
            return tuple({"name": names[row.id]} for row in ordered)
        return tuple(
            {"name": row.name, "architecture": row.architecture, "checkpoint_sha256": tables.checkpoint_of(row)}
            for row in ordered
        )

    def _name_decisions(self, annotations: list[Mapping[str, Any]]) -> None:
        people, proposals = self.numbers["annotators"], self.numbers["proposals"]
        for row in annotations:
            number = proposals.get(row["proposal_id"])
            if number is not None and row["id"] == interval_id(row["annotator_id"], row["proposal_id"]):
                self.ids[row["id"]] = interval_id(people[row["annotator_id"]], number)

    def _line(self, name: str, row: Mapping[str, Any]) -> Line:
        return {column.name: self._plain(name, column, row[column.name]) for column in tables.columns(name)}

    def _plain(self, name: str, column: tables.Column, value: Any) -> Any:
        place = (name, column.name)
        if column.refers_to:
            return self.numbers[column.refers_to].get(value)
        if place in tables.ANNOTATION_IDS:
            return self.ids.get(value, value)
        if place in tables.LOGGED:
            return tables.logged(value, lambda i: self.ids.get(i, i), self.numbers["proposals"].get)
        return value.isoformat() if isinstance(value, datetime) else value

    def _collect_files(self, rows: Mapping[str, list[Mapping[str, Any]]]) -> None:
        for name, column, folder in (
            ("videos", "frames_path", "frames"), ("spotting_runs", "curves_path", "curves"),
            ("imported_signals", "path", "signals"),
        ):  # fmt: skip
            for number, row in enumerate(rows[name], start=1):
                if row[column]:
                    self.files[f"files/{folder}/{number}"] = row[column]

    def _left_out(self) -> tuple[str, ...]:
        asked = select(Video.title).where(Video.study_id == self.study_id, Video.frame_count.is_(None))
        titles = sorted(self.session.scalars(asked))
        return (f"videos that were never imported: {', '.join(titles[:20])}",) if titles else ()


def text_of(lines: tuple[Line, ...]) -> bytes:
    """Lines of JSON with sorted keys, so that equal content is equal bytes."""
    return b"".join(
        json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
        + b"\n"
        for line in lines
    )
