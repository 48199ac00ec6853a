"""Everything that is known of one subject, as a zip for the person: machine-readable, and complete by construction.

Rows come from the list of tables that an erasure empties, so what would be erased is what is handed out.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from db.base import now
from db.models import AuditEntry, LabelSetInterval, LabelSetVideo, Video
from db.queries import people, withdrawals
from db.queries.erasing import VIDEO_TABLES
from db.session import Database
from webapp.access import at_least
from webapp.services import audit
from webapp.services.errors import NotFound, Refused
from webapp.values.library import Located

FORMAT = "glint-subject/1"
READ_ME = """Everything that this installation of Glint knows of one person.

subject.json   the person's videos, and per table every row about them: decisions (annotations) by everybody, the log of
               all decisions (operations), reviewed footage, what models proposed, imported signals; the label sets that
               hold the person with the frozen labels, the model versions that learned from them, and the audit.
footage/       the videos, where they were asked for. Otherwise "path" of each video says where it lies.
Frames are numbered from 0; moments are in UTC.
"""


def archive(
    database: Database, study_id: int, code: str, by: int | None, located: Located | None = None
) -> bytes:
    """The zip file; noted in the audit.

    Args:
        by: a lead or admin of the study; None for the server's command line.
        located: finds footage, which is then part of the zip.

    Raises:
        NotFound: no such subject; Refused: not for this person.
    """
    with database.begin() as session:
        place = None if by is None else people.assignment(session, study_id, by)
        if by is not None and not (place and at_least(place.role, "lead")):
            raise Refused("Only leads and admins of the study hand out what is known of a person.")
        found = _everything(session, study_id, code)
        ids = [video["id"] for video in found["videos"]]
        audit.note(session, by, study_id, "export subject", {"subject_id": found["subject"]["id"], "videos": len(ids)})
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("README.txt", READ_ME)
        packed.writestr("subject.json", json.dumps(found, indent=1, ensure_ascii=False, default=_plain))
        for video in found["videos"] if located else ():
            _add_footage(packed, located(video["path"]), video["id"])
    return target.getvalue()


def _everything(session: Session, study_id: int, code: str) -> dict[str, Any]:
    subject = withdrawals.subject(session, study_id, code)
    if subject is None:
        raise NotFound(f"There is no subject “{code}” in this study (any more).")
    ids = [video.id for video in withdrawals.videos(session, subject.id)]
    sets = withdrawals.sets_with(session, ids)
    versions = withdrawals.versions_of(session, [row.id for row in sets])
    tables = [model.__table__ for model in VIDEO_TABLES]
    rows = {table.name: _rows(session, table, ids) for table in tables}
    coders = {row["annotator_id"] for found in rows.values() for row in found if "annotator_id" in row}
    return {
        "format": FORMAT,
        "made_at": now(),
        "subject": {"id": subject.id, "code": subject.code, "role": subject.role, "created_at": subject.created_at},
        "videos": _rows(session, Video.__table__, ids, "id"),
        "coders": {number: name for number, name in people.annotator_names(session).items() if number in coders},
        "tables": rows,
        "label_sets": [
            {"name": row.name, "content_hash": row.content_hash, "created_at": row.created_at} for row in sets
        ],
        "frozen_videos": _rows(session, LabelSetVideo.__table__, ids),
        "frozen_labels": _rows(session, LabelSetInterval.__table__, ids),
        "model_versions": [{"name": row.name, "created_at": row.created_at} for row in versions],
        "audit": _rows(session, AuditEntry.__table__, ids),
    }


def _rows(session: Session, table: Table, ids: Collection[int], column: str = "video_id") -> list[dict[str, Any]]:
    question = select(table).where(table.c[column].in_(ids)).order_by(*table.primary_key)
    return [dict(row) for row in session.execute(question).mappings()]


def _add_footage(packed: zipfile.ZipFile, path: Path, video_id: int) -> None:
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    for file in files:
        if file.is_file():
            place = f"footage/{video_id}/{file.name}"
            packed.write(file, place, zipfile.ZIP_STORED)  # compressed by its codec already


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} in a row")
