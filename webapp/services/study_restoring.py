"""Making the study of an archive: all of it or nothing, in one transaction, through the guards like any writer."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from db.base import UtcDateTime
from db.models import Annotation, Annotator, Assignment, ModelVersion, Operation, Study, Video
from db.queries import label_sets as set_queries
from db.queries import people
from db.session import Database
from webapp.services import archive_tables as tables
from webapp.services import audit, consensus, label_content, label_sets, studies
from webapp.services.errors import Refused
from webapp.services.matching import interval_id
from webapp.services.study_archive import Line

CHUNK = 1000
AWAITED = "awaited"  # footage of this stored path is not here yet


@dataclass(frozen=True)
class Restored:
    """What was made.

    Attributes:
        files: name in the archive -> stored path, for the files that must lie there before anybody looks.
        rows: table -> how many rows.
        notes: what to look at twice.
    """

    study_id: int
    files: Mapping[str, str]
    rows: Mapping[str, int]
    notes: tuple[str, ...]


def restore(
    database: Database, study: Line, lines: Mapping[str, Sequence[Line]], files: Sequence[str],
    footage: Mapping[str, str], by: int | None, place_files: Callable[[Mapping[str, str]], object],
) -> Restored:  # fmt: skip
    """Make the study.

    Args:
        study: its name, scheme, blind share and date.
        lines: table -> lines, as `study_archive.content` gives them.
        files: names of the files of the archive.
        footage: content hash -> stored path.
        by: who imports it (they become an admin of it if the archive does not know them), None for a command.
        place_files: called with {name: stored path} before the transaction ends; what it raises undoes everything.

    Raises:
        Refused: the name is taken, annotations or operations of it are here already, something is missing or does not
            fit, or the label sets do not give their hashes.
    """
    try:
        with database.begin() as session:
            if by is not None:
                studies.require_site_admin(session, by)
            made = _Reader(session, study, lines, footage).restored(set(files), by)
            place_files(made.files)
            return made
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, SQLAlchemyError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0] if str(error) else ""
        raise Refused(f"The archive does not fit together: {type(error).__name__} {reason[:300]}") from error


class _Reader:
    """Adds table after table and keeps which number became which id."""

    def __init__(
        self, session: Session, study: Line, lines: Mapping[str, Sequence[Line]], footage: Mapping[str, str]
    ) -> None:
        self.session, self.study, self.lines, self.footage = session, study, lines, footage
        self.keys: dict[str, list[int]] = {}
        self.ids: dict[str, str] = {}
        self.notes: list[str] = []

    def restored(self, files: set[str], by: int | None) -> Restored:
        self._refuse_twins()
        row = Study(name=self.study["name"], scheme=self.study["scheme"], blind_share=self.study["blind_share"],
                    created_at=datetime.fromisoformat(self.study["created_at"]))  # fmt: skip
        self.session.add(row)
        self.session.flush()
        self.study_id = row.id
        spoken = {line["annotator_id"] for line in self.lines["consensus_annotators"]}
        self.keys["annotators"] = [
            self._consensus() if number in spoken else self._annotator(line)
            for number, line in enumerate(self.lines["annotators"], start=1)
        ]
        self.keys["model_versions"] = [self._version(line) for line in self.lines["model_versions"]]
        for name in tables.TABLES:
            self._fill(name)
        if by is not None and people.assignment(self.session, self.study_id, by) is None:
            self.session.add(Assignment(study_id=self.study_id, annotator_id=by, role="admin"))
        placed = self._place(files)
        self._check_label_sets()
        counts = {name: len(found) for name, found in self.lines.items()}
        audit.note(self.session, by, self.study_id, "import study", {"name": row.name, "videos": counts["videos"]})
        return Restored(self.study_id, placed, counts, tuple(self.notes))

    def _refuse_twins(self) -> None:
        name = str(self.study["name"])
        if people.study_named(self.session, name) is not None:
            raise Refused(f"There is a study {name} already; an archive comes into an installation that lacks it.")
        for model, table in ((Annotation, "annotations"), (Operation, "operations")):
            ids = [line["id"] for line in self.lines[table]]
            for begin in range(0, len(ids), CHUNK // 2):
                known = self.session.scalar(select(model.id).where(model.id.in_(ids[begin : begin + CHUNK // 2])))
                if known is not None:
                    raise Refused(f"The {table} of this archive are here already, in another study ({known}).")

    def _annotator(self, line: Line) -> int:
        known = people.annotator_named(self.session, line["name"])
        if known is not None:
            self.notes.append(f"{known.name} of this installation is taken for {known.name} of the archive")
            return known.id
        row = Annotator(name=line["name"])
        self.session.add(row)
        self.session.flush()
        return row.id

    def _consensus(self) -> int:
        """A new annotator, whatever the name: that of another study's consensus must not speak for this one."""
        row = Annotator(name=consensus.free_name(self.session, self.study_id), active=False)
        self.session.add(row)
        self.session.flush()
        return row.id

    def _version(self, line: Line) -> int:
        """The version of that name and content; one that is not here gets a row without a checkpoint."""
        known = self.session.scalar(select(ModelVersion).where(ModelVersion.name == line["name"]))
        if known is not None:
            if tables.checkpoint_of(known) != line["checkpoint_sha256"] or known.architecture != line["architecture"]:
                raise Refused(f"Another version is named {known.name} here; rename it before the archive comes.")
            return known.id
        # Its hash would promise a checkpoint; without one it proposes nothing here, it only has a name.
        row = ModelVersion(name=line["name"], architecture=line["architecture"], scores={},
                           settings={tables.AWAY: line["checkpoint_sha256"]},
                           note=f"Came with the study {self.study['name']}; its checkpoint is not here.")  # fmt: skip
        self.session.add(row)
        self.session.flush()
        self.notes.append(f"the checkpoint of {row.name} is not here: only its name came along")
        return row.id

    def _fill(self, name: str) -> None:
        table, lines = tables.table(name), self.lines[name]
        self.keys[name] = []
        if name == "annotations":
            self._name_decisions(lines)
        columns = tables.columns(name)
        key = table.c[tables.key_of(name)]
        for begin in range(0, len(lines), CHUNK):
            rows = [self._row(name, columns, line) for line in lines[begin : begin + CHUNK]]
            if name in ("annotations", "consensus_annotators"):  # nobody refers to them by a number
                self.session.execute(insert(table), rows)
            else:
                asked = insert(table).returning(key, sort_by_parameter_order=True)
                self.keys[name] += list(self.session.scalars(asked, rows))

    def _row(self, name: str, columns: tuple[tables.Column, ...], line: Line) -> dict[str, Any]:
        row = {column.name: self._value(name, column, line[column.name]) for column in columns}
        if "study_id" in tables.table(name).c:
            row["study_id"] = self.study_id
        if name == "videos":  # their ids are known only afterwards: the paths follow in `_place`
            row |= {"path": self.footage[line["sha256"]], "state": "ready", "progress": 1.0, "revision": 0}
        if name == "spotting_runs":
            row |= {"state": "done", "progress": 1.0, "curves_path": "", "features_path": None}
        if name == "imported_signals":
            row["path"] = f"signals/{row['video_id']}/{uuid.uuid4().hex}"
        return row

    def _value(self, name: str, column: tables.Column, value: Any) -> Any:
        if value is None:
            return None
        place = (name, column.name)
        if column.refers_to:
            return self._key(column.refers_to, value)
        if place in tables.ANNOTATION_IDS:
            return self.ids.get(value, value)
        if place in tables.LOGGED:
            return tables.logged(value, lambda i: self.ids.get(i, i), self._proposal)
        kind = tables.table(name).c[column.name].type
        return datetime.fromisoformat(value) if isinstance(kind, UtcDateTime | DateTime) else value

    def _key(self, table: str, number: int) -> int:
        if not 1 <= number <= len(self.keys[table]):
            raise IndexError(f"there is no line {number} of {table}")
        return self.keys[table][number - 1]

    def _proposal(self, number: int | None) -> int | None:
        return None if number is None else self._key("proposals", number)

    def _name_decisions(self, lines: Sequence[Line]) -> None:
        for line in lines:
            annotator, proposal = line["annotator_id"], line["proposal_id"]
            if proposal is not None and line["id"] == interval_id(annotator, proposal):
                here = interval_id(self._key("annotators", annotator), self._key("proposals", proposal))
                self.ids[line["id"]] = here

    def _place(self, files: set[str]) -> dict[str, str]:
        """Say in the rows where their files will lie; returns name -> stored path."""
        placed = {}
        for name, column, folder, stored in (
            ("videos", "frames_path", "frames", "media/{}/frames.npz"),
            ("spotting_runs", "curves_path", "curves", "runs/{}/curves.npz"),
        ):
            table = tables.table(name)
            for number, key in enumerate(self.keys[name], start=1):
                placed[f"files/{folder}/{number}"] = stored.format(key)
                change = table.update().where(table.c.id == key).values({column: stored.format(key)})
                self.session.execute(change)
        signals = tables.table("imported_signals")
        for number, key in enumerate(self.keys["imported_signals"], start=1):
            path = self.session.scalar(select(signals.c.path).where(signals.c.id == key))
            placed[f"files/signals/{number}"] = path
        strange = sorted(name for name in files if owner(name) not in placed)
        if strange:
            raise Refused(f"The archive holds a file that belongs to nothing: {strange[0]}.")
        return placed

    def _check_label_sets(self) -> None:
        """What the rows give must be what their hash says, or labels were changed on the way."""
        self.session.flush()
        for key in self.keys["label_sets"]:
            row = set_queries.label_set(self.session, key)
            if row.withdrawn:
                continue
            found = label_content.content_hash(label_sets.videos_of_sets(self.session, [key])[key])
            if found != row.content_hash:
                raise Refused(f"The labels of the set {row.name} do not give its hash: the archive was changed.")


def owner(name: str) -> str:
    """The row that a file belongs to: "files/signals/3" of "files/signals/3/table.npz"."""
    return "/".join(name.split("/")[:3])


def paths_of_content(database: Database, hashes: Sequence[str]) -> dict[str, str]:
    """Content hash -> stored path of a video of any study with that content."""
    found = {}
    with database.read() as session:
        for begin in range(0, len(hashes), CHUNK // 2):
            asked = select(Video.sha256, Video.path).where(Video.sha256.in_(hashes[begin : begin + CHUNK // 2]))
            found |= dict(session.execute(asked.where(~Video.path.startswith(AWAITED + "/"))).all())
    return found


def awaiting(database: Database, study_id: int) -> dict[int, Video]:
    """Videos of a study whose footage nobody has found yet, by id."""
    with database.read() as session:
        asked = select(Video).where(Video.study_id == study_id, Video.path.startswith(AWAITED + "/"))
        return {row.id: row for row in session.scalars(asked)}


def attach(database: Database, study_id: int, paths: Mapping[str, str]) -> int:
    """Say where footage lies that was found since: content hash -> stored path. Returns for how many videos."""
    with database.begin() as session:
        asked = select(Video).where(Video.study_id == study_id, Video.path.startswith(AWAITED + "/"))
        found = [row for row in session.scalars(asked) if row.sha256 in paths]
        for row in found:
            row.path = paths[row.sha256]
        return len(found)
