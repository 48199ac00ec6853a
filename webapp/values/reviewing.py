"""Decisions: what a client asks for, what it gets back, and everything a reviewing surface shows of one video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.values.scheme import Scheme
from webapp.values.spotting import ProposalSetInfo, RunDetails

Span = tuple[int, int]
"""First and last frame, both included."""


@dataclass(frozen=True)
class Annotation:
    """An interval decided by a person, at one version; the field names are those of the API."""

    id: str
    proposal_id: int | None
    type: str
    onset: int
    apex: int | None
    offset: int
    verdict: str
    reason: str | None
    action_units: tuple[str, ...]
    emotion: str
    confidence: float | None
    note: str
    version: int


@dataclass(frozen=True)
class OperationRequest:
    """One decision as the client sends it.

    Attributes:
        id: UUID made by the client; the same one sent again is answered "duplicate".
        verb: accept, adjust, reject, unsure, add, edit, delete, undo, review_span or unreview_span.
        annotator_id: the author, already checked against the token.
        interval_id: UUID of the annotation; for a decision on a proposal `reviewing.interval_id` gives it. Ignored for
            spans.
        base_version: version of the row the client saw, 0 where it saw none. Ignored for spans.
        after: fields that shall stand afterwards (type, onset, apex, offset, reason, action_units, emotion,
            confidence, note); left out ones keep the value of the row, else of the proposal. {"first", "last"} for
            spans. A "verdict" in it is checked against the verb.
        undoes: id of the operation to undo.
        client_time: ISO text or datetime with zone, None where unknown.
        keys: key presses and clicks since the operation before, None where nobody counted.
    """

    id: str
    verb: str
    video_id: int
    annotator_id: int
    interval_id: str | None = None
    proposal_id: int | None = None
    base_version: int = 0
    after: Mapping[str, Any] | None = None
    undoes: str | None = None
    client_time: datetime | str | None = None
    model_version_id: int | None = None
    session: str = ""
    keys: int | None = None


@dataclass(frozen=True)
class OperationResult:
    """What became of an operation.

    Attributes:
        status: "applied"; "duplicate" (the id was applied before, nothing was done); "conflict" (the row moved on,
            `annotation` and `version` are theirs, nothing was done); "refused" (it can never be applied, `message`
            says why).
        annotation: the row as it stands now, None where there is none (also after a deletion).
        message: a sentence, empty when applied.
        sequence: position in the log, None unless applied or duplicate.
        version: version of the row now; 0 where there never was one, and for spans.
        reviewed: the reviewed spans now, for the span verbs (and their undo) only.
    """

    status: str
    annotation: Annotation | None
    message: str
    sequence: int | None
    version: int
    reviewed: tuple[Span, ...] | None = None


@dataclass(frozen=True)
class ReviewProposal:
    """A proposal in front of one annotator.

    `decided_by` is the annotation that decides it (its own, or a matching one from an earlier run), `decided_verdict`
    that annotation's verdict, `decided_elsewhere` true when it is a matching one.
    """

    id: int
    interval_id: str
    type: str
    onset: int
    apex: int | None
    offset: int
    score: float | None
    decided_by: str | None
    decided_verdict: str | None
    decided_elsewhere: bool


@dataclass(frozen=True)
class ReviewState:
    """One video in front of one annotator; `run` and `proposal_set_id` are None before the first finished run.

    Where `blind` they are withheld: this annotator judges the whole video without them first.
    """

    video_id: int
    annotator_id: int
    annotator_name: str
    run: RunDetails | None
    proposal_set_id: int | None
    sets: tuple[ProposalSetInfo, ...]
    proposals: tuple[ReviewProposal, ...]
    annotations: tuple[Annotation, ...]
    reviewed: tuple[Span, ...]
    reviewed_share: float
    scheme: Scheme
    blind: bool


@dataclass(frozen=True)
class LoggedOperation:
    """One line of the log; `before` and `after` hold the annotation's fields, or {"spans": [...]}."""

    sequence: int
    id: str
    verb: str
    video_id: int
    annotator_id: int
    interval_id: str | None
    proposal_id: int | None
    base_version: int
    version: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    undoes: str | None
    model_version_id: int | None
    session: str
    client_time: datetime | None
    server_time: datetime


@dataclass(frozen=True)
class Change:
    """One field of an annotation before and after an operation; None where it was empty."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class HistoryEntry:
    """One operation on an interval as people read it; `verb` is "redo" where an undo was taken back."""

    sequence: int
    verb: str
    annotator: str
    version: int
    model: str | None
    client_time: datetime | None
    server_time: datetime
    changes: tuple[Change, ...]
