"""Questions to the audit, and the one change it allows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from db.models import AuditEntry


def conditions(
    study_ids: Sequence[int] | None,
    annotator_id: int | None = None,
    action: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    text: str = "",
) -> list[ColumnElement[bool]]:
    """What an entry must meet; `study_ids` None asks for all, also those of no study. `until` is not included."""
    asked: list[ColumnElement[bool]] = []
    if study_ids is not None:
        asked.append(AuditEntry.study_id.in_(study_ids))
    if annotator_id is not None:
        asked.append(AuditEntry.annotator_id == annotator_id)
    if action:
        asked.append(AuditEntry.action == action)
    if since is not None:
        asked.append(AuditEntry.at >= since)
    if until is not None:
        asked.append(AuditEntry.at < until)
    asked.extend(AuditEntry.words.contains(word.lower(), autoescape=True) for word in text.split())
    return asked


def ids(session: Session, asked: Sequence[ColumnElement[bool]], begin: int, count: int) -> Sequence[int]:
    """Entries of one page, newest first; alone, because what is skipped is then read from an index only."""
    newest = (AuditEntry.at.desc(), AuditEntry.id.desc())
    return session.scalars(select(AuditEntry.id).where(*asked).order_by(*newest).offset(begin).limit(count)).all()


def actions(session: Session, study_ids: Sequence[int] | None) -> list[str]:
    """The actions there are entries of, in alphabetical order."""
    return list(session.scalars(select(AuditEntry.action).where(*conditions(study_ids)).distinct().order_by("action")))


def redact(session: Session, video_ids: Sequence[int], words: Sequence[str], study_id: int | None = None) -> int:
    """Blank what entries tell about these videos or with these whole words; an erasure must be open.

    Args:
        study_id: whose entries the words are looked for in, beside those of no study; None for all.

    Returns:
        How many entries were blanked.
    """
    meant = set(session.scalars(select(AuditEntry.id).where(AuditEntry.video_id.in_(video_ids))))
    for word in filter(None, (word.strip().lower() for word in words)):
        whole = re.compile(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])")  # "s1" is not in "s10", but in "s1_smile.mp4"
        holding = select(AuditEntry.id, AuditEntry.words).where(AuditEntry.words.contains(word, autoescape=True))
        if study_id is not None:
            holding = holding.where(or_(AuditEntry.study_id.is_(None), AuditEntry.study_id == study_id))
        meant |= {entry_id for entry_id, told in session.execute(holding) if whole.search(told)}
    blank = update(AuditEntry).where(AuditEntry.id.in_(meant), AuditEntry.redacted.is_(False))
    return session.execute(
        blank.values(about={}, words="", redacted=True), execution_options={"synchronize_session": False}
    ).rowcount
