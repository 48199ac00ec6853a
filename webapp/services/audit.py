"""The audit: services note what was done in their own transaction; leads and admins search it.

`note` is called where something was changed that people ask about later: roles, accounts, champions, exports,
withdrawals. Single decisions of coders are not noted here: the log of operations holds them already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Annotator, AuditEntry, Study
from db.queries import audit as questions
from db.session import Database

PER_PAGE = 50


@dataclass(frozen=True)
class AuditRow:
    """One thing done. `about` is empty where a withdrawal took it (`redacted`)."""

    id: int
    at: datetime
    who: str
    study: str
    action: str
    about: Mapping[str, Any]
    redacted: bool


@dataclass(frozen=True)
class AuditPage:
    """Newest first. `total` counts the entries of all pages."""

    rows: tuple[AuditRow, ...]
    total: int
    page: int
    pages: int


def note(
    session: Session, annotator_id: int | None, study_id: int | None, action: str, about: Mapping[str, Any]
) -> None:
    """Add an entry in the caller's transaction: it is there exactly when the change is.

    Args:
        session: of a writing transaction.
        annotator_id: who did it; None for programs.
        study_id: where; None for the installation (accounts, models).
        action: verb and noun, such as "promote version".
        about: JSON details; a "video_id" in it lets a withdrawal of that video blank the entry.
    """
    details = dict(about)
    video_id = details.get("video_id")
    session.add(
        AuditEntry(
            annotator_id=annotator_id, study_id=study_id, action=action, about=details,
            video_id=video_id if isinstance(video_id, int) else None,
            words=" ".join([action, *_texts(details)]).lower(),
        )
    )  # fmt: skip


def redact(session: Session, video_ids: Sequence[int], words: Sequence[str]) -> int:
    """Blank the details of entries about these videos or with these words (a withdrawal; its erasure must be open)."""
    return questions.redact(session, video_ids, words)


def entries(
    database: Database,
    study_ids: Sequence[int] | None,
    *,
    annotator_id: int | None = None,
    action: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    text: str = "",
    page: int = 1,
    per_page: int = PER_PAGE,
) -> AuditPage:
    """A page of what was done in these studies; None for the whole installation. `until` is not included."""
    asked = questions.conditions(study_ids, annotator_id, action, since, until, text)
    with database.read() as session:
        total = session.scalar(select(func.count()).select_from(AuditEntry).where(*asked)) or 0
        pages = max(1, -(-total // per_page))
        page = min(max(1, page), pages)
        found = session.execute(
            select(AuditEntry, Annotator.name, Study.name)
            .outerjoin(Annotator, Annotator.id == AuditEntry.annotator_id)
            .outerjoin(Study, Study.id == AuditEntry.study_id)
            .where(AuditEntry.id.in_(questions.ids(session, asked, (page - 1) * per_page, per_page) if total else ()))
            .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        )
        rows = tuple(
            AuditRow(entry.id, entry.at, who or "Glint", study or "", entry.action, entry.about, entry.redacted)
            for entry, who, study in found
        )
    return AuditPage(rows, total, page, pages)


def actions(database: Database, study_ids: Sequence[int] | None) -> list[str]:
    """The actions that entries of these studies have."""
    with database.read() as session:
        return questions.actions(session, study_ids)


def _texts(value: Any) -> list[str]:
    """Every text and number in a JSON value, keys of objects included."""
    if isinstance(value, Mapping):
        return [text for key, inner in value.items() for text in (str(key), *_texts(inner))]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in _texts(inner)]
    return [] if value is None else [str(value)]
