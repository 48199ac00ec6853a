"""What happened to one interval: its part of the log as who, when and which fields changed. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from db.models import Operation
from db.queries import people
from db.queries import reviewing as queries
from db.queries import spotting as runs
from db.session import Database
from webapp.values.reviewing import Change, HistoryEntry

SHOWN = ("verdict", "type", "onset", "apex", "offset", "reason", "action_units", "emotion", "confidence", "note")


def interval_history(
    database: Database, video_id: int, interval_id: str, annotator_id: int | None = None
) -> tuple[HistoryEntry, ...]:
    """Every operation on an interval, oldest first; empty where there is none.

    Args:
        annotator_id: only operations of this person; None for everybody's.
    """
    with database.read() as session:
        lines = queries.operations_on(session, video_id, interval_id, annotator_id)
        names, models = people.annotator_names(session), runs.model_names(session)
        return tuple(
            HistoryEntry(
                sequence=line.sequence,
                verb=verb,
                annotator=names.get(line.annotator_id, "?"),
                version=line.version,
                model=models.get(line.model_version_id),
                client_time=line.client_time,
                server_time=line.server_time,
                changes=changes(line.before, line.after),
            )
            for line, verb in zip(lines, _verbs(lines), strict=True)
        )


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> tuple[Change, ...]:
    """Fields that differ between two states of an annotation, in the order of SHOWN; a deletion ends the verdict.

    >>> changes({"verdict": "accepted", "onset": 4}, {"verdict": "accepted", "onset": 3})
    (Change(field='onset', before=4, after=3),)
    """
    then = before or {}
    if after is None:
        return (Change("verdict", then.get("verdict"), None),)
    pairs = ((name, _filled(then.get(name)), _filled(after.get(name))) for name in SHOWN)
    return tuple(Change(name, old, new) for name, old, new in pairs if old != new)


def _filled(value: Any) -> Any:
    return None if value in ("", []) else value


def _verbs(lines: Sequence[Operation]) -> list[str]:
    """Verbs as people say them: taking back an undo is "redo", taking that back is an undo again."""
    said: dict[str, str] = {}
    for line in lines:
        redo = line.verb == "undo" and said.get(line.undoes or "") == "undo"
        said[line.id] = "redo" if redo else line.verb
    return list(said.values())
