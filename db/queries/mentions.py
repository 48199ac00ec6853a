"""Words that name a person, looked for and blanked in the free text of every table.

Every text and JSON column of every table is free text unless it stands in `NO_TEXT` with its reason, so a new table is
looked through from its first day. Guarded rows let their text change only while an erasure is open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import JSON, ColumnElement, String, Table, Text, cast, or_, select, update
from sqlalchemy.orm import Session

from db.base import Base, Code
from db.naming import blanked, pattern

# Table, or table.column -> why nothing is blanked there.
NO_TEXT = {
    "annotators.name": "who works here is not who is filmed",
    "accounts": "who signs in", "invitations": "who signs in", "sessions": "who signs in", "sign_in_tries": "hashes",
    "workers": "machines", "aliases": "champion and its like",
    "audit_entries": "blanked as a whole, in `audit.redact`",
    "withdrawals": "knows the words until it is over",
    "subjects.code": "another subject's code is theirs", "label_set_subjects.code": "another subject's code is theirs",
    "videos.path": "where another file lies", "videos.frames_path": "numbers", "videos.audio_path": "numbers",
    "videos.thumbnail_path": "numbers", "imported_signals.path": "numbers", "spotting_runs.curves_path": "numbers",
    "spotting_runs.features_path": "a hash", "model_versions.checkpoint_path": "numbers", "backups.folder": "a folder",
    "videos.person": "a frame and a point", "videos.sha256": "a hash",
}  # fmt: skip
_HASH = 64


def free_text(table: Table) -> list[Any]:
    """The columns of a table in which people or programs may have named somebody."""
    if table.name in NO_TEXT:
        return []
    return [
        column
        for column in table.columns
        if isinstance(column.type, String | Text | JSON)
        and not column.primary_key
        and not column.foreign_keys
        and getattr(column.type, "length", None) not in (Code.length, _HASH)
        and f"{table.name}.{column.name}" not in NO_TEXT
    ]


def count(session: Session, study_id: int, words: Sequence[str], but_videos: Collection[int] = ()) -> dict[str, int]:
    """Table -> rows whose free text names the person, without those of some videos; only tables that have any."""
    named = pattern(words)
    found = {
        table.name: len(list(_rows(session, table, study_id, words, named, but_videos)))
        for table in Base.metadata.sorted_tables
    }
    return {name: rows for name, rows in found.items() if rows}


def blank(session: Session, study_id: int, words: Sequence[str]) -> dict[str, list[Any]]:
    """Replace the words everywhere but in rows of other studies, where the same code is another person's.

    An erasure must be open. Returns table -> keys of the rows that changed.
    """
    named = pattern(words)
    changed: dict[str, list[Any]] = {}
    for table in Base.metadata.sorted_tables:
        for key, values in _rows(session, table, study_id, words, named):
            new = {name: blanked(value, named) for name, value in values.items()}
            new |= {name: f"{text} {key[0]}" for name, text in new.items() if _taken(session, table, name, text)}
            session.execute(update(table).where(*_is(table, key)).values(new))
            changed.setdefault(table.name, []).append(key[0] if len(key) == 1 else key)
    return changed


def _rows(
    session: Session, table: Table, study_id: int, words: Sequence[str], named: re.Pattern[str],
    but_videos: Collection[int] = (),
) -> Iterator[tuple[tuple, dict[str, Any]]]:
    """(primary key, column -> value) of every row with such a word, only the columns that have one."""
    columns, keys = free_text(table), list(table.primary_key.columns)
    if not columns or not words:
        return
    like = [_holds(column, form) for column in columns for word in words for form in _forms(word)]
    video = table.c.get("id" if table.name == "videos" else "video_id")
    others = [] if video is None or not but_videos else [video.not_in(but_videos)]
    others += _not_of_others(table, study_id)
    for row in session.execute(select(*keys, *columns).where(or_(*like), *others)).all():
        values = dict(zip((column.name for column in columns), row[len(keys) :], strict=True))
        named_in = {n: v for n, v in values.items() if v is not None and blanked(v, named) != v}
        if named_in:
            yield tuple(row[: len(keys)]), named_in


def _not_of_others(table: Table, study_id: int) -> list[ColumnElement[bool]]:
    """Leaves out rows that belong to another study; what belongs to none, such as a retry's reason, stays in."""
    tables = Base.metadata.tables
    if table.name == "studies":
        return [table.c.id == study_id]
    if "study_id" in table.c:
        return [or_(table.c.study_id.is_(None), table.c.study_id == study_id)]
    for name, owner in (("video_id", tables["videos"]), ("label_set_id", tables["label_sets"])):
        if name in table.c:
            theirs = select(owner.c.id).where(owner.c.study_id != study_id)
            return [or_(table.c[name].is_(None), table.c[name].not_in(theirs))]
    return []


def _holds(column: Any, form: str) -> ColumnElement[bool]:
    return cast(column, Text).icontains(form, autoescape=True)


def _forms(word: str) -> set[str]:
    """How a word may stand in a column: plain, as JSON writes it, and in cases that SQLite takes for others."""
    cases = {word, word.lower(), word.upper()}
    return cases | {json.dumps(form)[1:-1] for form in cases}


def _taken(session: Session, table: Table, name: str, text: Any) -> bool:
    """Whether a column of names, unique among some rows, would hold the same text twice."""
    unique = any(name in constraint.columns for constraint in table.constraints if _is_unique(constraint))
    return unique and isinstance(text, str) and bool(session.execute(select(1).where(table.c[name] == text)).first())


def _is_unique(constraint: Any) -> bool:
    return constraint.__visit_name__ == "unique_constraint"


def _is(table: Table, key: tuple) -> list[ColumnElement[bool]]:
    return [column == value for column, value in zip(table.primary_key.columns, key, strict=True)]
