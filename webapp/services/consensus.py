"""The consensus of a study: who holds it, what it is made of, and where it counts. Rules, no decisions of people."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from db.models import Annotation as AnnotationRow
from db.models import Annotator, ConsensusAnnotator
from db.queries import adjudication as queries
from db.queries import people
from webapp.services.codings import EXPRESSIONS
from webapp.services.errors import Refused
from webapp.values.reviewing import Annotation, Span

_ITEMS = uuid.UUID("a9c0e3b4-6f1d-4f5e-9b53-1f6f0a5d7c21")
_CODES = ("action_units", "emotion", "confidence", "note")


def ensure(session: Session, study_id: int) -> int:
    """The annotator that holds the consensus of a study, made where there is none: nobody can sign in as it."""
    known = queries.consensus_of(session, study_id)
    if known is not None:
        return known
    annotator = Annotator(name=free_name(session, study_id), active=False)
    session.add(annotator)
    session.flush()
    session.add(ConsensusAnnotator(study_id=study_id, annotator_id=annotator.id))
    session.flush()
    return annotator.id


def free_name(session: Session, study_id: int) -> str:
    """What the consensus of a study is called: nobody else is."""
    name = f"{people.CONSENSUS} of study {study_id}"
    while people.annotator_named(session, name) is not None:
        name += "'"
    return name


def item_id(first_id: str | None, second_id: str | None) -> str:
    """Id of what a consensus holds for these two annotations: always the same, so that two leads collide as they must.

    >>> item_id("a", None) == item_id("a", None), item_id("a", None) == item_id(None, "a")
    (True, False)
    """
    return str(uuid.uuid5(_ITEMS, f"{first_id or '-'}/{second_id or '-'}"))


def outcome(
    choice: str,
    first: Annotation | None,
    second: Annotation | None,
    type_: str | None = None,
    after: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """What the consensus shall hold, as fields of an annotation; None for nothing.

    Raises:
        Refused: a mean of one, of two types without saying which, or a redrawn one without frames.
    """
    if choice == "neither":
        return None
    if choice in ("a", "b"):
        chosen = first if choice == "a" else second
        return chosen and _fields(chosen)
    if choice == "mean":
        return _mean(first, second, type_)
    if choice != "redraw":
        raise Refused(f"There is no choice {choice!r}.")
    frames = {name: (after or {}).get(name) for name in ("type", "onset", "apex", "offset")}
    if frames["type"] is None or frames["onset"] is None or frames["offset"] is None:
        raise Refused("A redrawn interval needs its type, onset and offset.")
    return {**_codes(first, second), **frames}


def _mean(first: Annotation | None, second: Annotation | None, type_: str | None) -> dict[str, Any]:
    """Halfway between two. Half a frame widens: the onset goes to the earlier frame, the offset to the later one.

    The apex goes to the earlier one, is that of who gave one, and stays inside.
    """
    if first is None or second is None:
        raise Refused("Only one of the two saw something here: there is no mean of it.")
    if first.type != second.type and type_ not in (first.type, second.type):
        raise Refused("The two see different types: say which the mean shall have.")
    onset, offset = (first.onset + second.onset) // 2, -(-(first.offset + second.offset) // 2)
    known = [one.apex for one in (first, second) if one.apex is not None]
    apex = min(max(sum(known) // len(known), onset), offset) if known else None
    kind = first.type if first.type == second.type else type_
    return {**_codes(first, second), "type": kind, "onset": onset, "apex": apex, "offset": offset}


def _codes(first: Annotation | None, second: Annotation | None) -> dict[str, Any]:
    """Codes of both: all action units, an emotion only where they name the same one."""
    both = [one for one in (first, second) if one is not None]
    if len(both) == 1:
        return {name: _plain(getattr(both[0], name)) for name in _CODES}
    emotions = {one.emotion for one in both if one.emotion}
    sure = [one.confidence for one in both if one.confidence is not None]
    return {
        "action_units": list(dict.fromkeys(unit for one in both for unit in one.action_units)),
        "emotion": emotions.pop() if len(emotions) == 1 else "",
        "confidence": sum(sure) / len(sure) if sure else None,
        "note": "",
    }


def _fields(one: Annotation) -> dict[str, Any]:
    return {name: _plain(getattr(one, name)) for name in ("type", "onset", "apex", "offset", *_CODES)}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def beside(
    rows: Sequence[AnnotationRow], agreed: Sequence[AnnotationRow], covered: Sequence[Span]
) -> list[AnnotationRow]:
    """What of one coder's decisions still counts where a consensus covers a part of the footage.

    Expressions and doubts outside of it, and rejections that touch none of its expressions: a blink that somebody
    named is none of what the two were asked about, and still worth knowing.
    """
    expressions = [row for row in agreed if row.verdict in EXPRESSIONS]

    def counts(row: AnnotationRow) -> bool:
        if row.verdict == "rejected":
            return not any(row.onset <= one.offset and one.onset <= row.offset for one in expressions)
        return not any(first <= row.onset and row.offset <= last for first, last in covered)

    return [row for row in rows if counts(row)]
