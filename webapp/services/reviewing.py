"""Decisions of annotators: applying operations. What a reviewing surface shows is in `review_states`, handed on here.

The rules are in `decisions` (pure); here one transaction reads what they need, asks them, writes and logs.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.base import now
from db.models import Annotation as AnnotationRow
from db.models import Operation, Study, Video
from db.queries import people, registry
from db.queries import reviewing as queries
from db.queries import spotting as runs
from db.session import Database
from webapp import mapping
from webapp.services import blindness, decisions
from webapp.services.decisions import Apply, ApplySpans, Clash, Proposed, Refuse
from webapp.services.matching import interval_id
from webapp.services.review_states import list_operations, review_state
from webapp.values.reviewing import (
    Annotation,
    LoggedOperation,
    OperationRequest,
    OperationResult,
    ReviewProposal,
    ReviewState,
    Span,
)

__all__ = [
    "Annotation",
    "LoggedOperation",
    "OperationRequest",
    "OperationResult",
    "ReviewProposal",
    "ReviewState",
    "apply_operation",
    "apply_within",
    "interval_id",
    "list_operations",
    "review_state",
]

log = logging.getLogger(__name__)

BROKEN_RULE = "the database refused this decision; the server's log says why"


def apply_operation(database: Database, request: OperationRequest) -> OperationResult:
    """Apply one operation, once: row, log and reviewed spans change together or not at all.

    Never raises for what a client sends; see `OperationResult.status`. When this returns "applied" the decision is on
    disk.
    """
    problem = _malformed(request)
    if problem:
        return _refused(problem)
    try:
        return _apply(database, request)
    except IntegrityError:
        # Two clients made the same row at the same moment and the other one was first: look again.
        pass
    try:
        return _apply(database, request)
    except IntegrityError:
        # A rule that only the database knew. Said once and for all, because an outbox would send it for ever.
        log.exception("operation %s broke a rule of the database", request.id)
        return _refused(BROKEN_RULE)


def _apply(database: Database, request: OperationRequest) -> OperationResult:
    with database.begin() as session:
        video = queries.lock_video(session, request.video_id)
        if video is None:
            return _refused("this video does not exist any more")
        earlier = queries.operation(session, request.id)
        if earlier is not None:
            return _duplicate(session, earlier, request)
        if video.frame_count is None:
            return _refused("this video is not imported yet")
        if people.assignment(session, video.study_id, request.annotator_id) is None:
            return _refused("you are not assigned to the study of this video")
        if request.model_version_id is not None and registry.version(session, request.model_version_id) is None:
            return _refused("the model version named does not exist")
        return apply_within(session, video, request)


def apply_within(session: Session, video: Video, request: OperationRequest) -> OperationResult:
    """Apply a well-formed operation in the caller's transaction, which has locked the video and knows the author."""
    if request.verb == "undo":
        return _undo(session, video, request)
    if request.verb in decisions.SPAN_VERBS:
        current = _spans(session, request)
        decision = decisions.decide_spans(request, current, video.frame_count)
        return _write_spans(session, video, request, current, decision)
    return _decide(session, video, request)


def _decide(session: Session, video: Video, request: OperationRequest) -> OperationResult:
    row = queries.annotation(session, request.interval_id)
    problem = _foreign(row, request)
    proposal_id = request.proposal_id if request.proposal_id is not None else row and row.proposal_id
    proposal = None if proposal_id is None else runs.proposal(session, proposal_id)
    if proposal_id is not None and (proposal is None or proposal.video_id != video.id):
        problem = problem or "the proposal does not belong to this video"
    own = proposal_id is not None and interval_id(request.annotator_id, proposal_id)
    if (row is None or row.deleted) and own and request.interval_id != own:
        problem = problem or "a decision on a proposal must use the interval_id that came with the proposal"
    if row is None and own and not problem and blindness.codes_blind(session, video, request.annotator_id):
        problem = blindness.WITHHELD  # the answer would tell where the proposal lies
    if problem:
        return _refused(problem)
    current, version = _current(row)
    known = proposal and Proposed(proposal.id, proposal.type, proposal.onset, proposal.apex, proposal.offset)
    imported = row is not None and row.imported
    scheme = mapping.scheme(session.get_one(Study, video.study_id))
    reasons = [reason.name for reason in scheme.reasons]
    decision = decisions.decide(request, current, version, video.frame_count, known, imported, reasons)
    return _write(session, request, row, decision)


def _undo(session: Session, video: Video, request: OperationRequest) -> OperationResult:
    undone = queries.operation(session, request.undoes) if request.undoes else None
    if undone is None or undone.video_id != video.id:
        return _refused("the operation to undo does not exist")
    if undone.annotator_id != request.annotator_id:
        return _refused("only its author can undo an operation")
    if undone.interval_id is None:
        current = _spans(session, request)
        left, before = (tuple(tuple(s) for s in state["spans"]) for state in (undone.after, undone.before))
        same = current == left
        decision = ApplySpans(before) if same else Clash("the reviewed footage was changed after this operation")
        return _write_spans(session, video, request, current, decision)
    row = queries.annotation(session, undone.interval_id)
    request = replace(request, interval_id=undone.interval_id, proposal_id=undone.proposal_id)
    current, version = _current(row)
    left, before = (mapping.annotation_from_log(state) for state in (undone.after, undone.before))
    return _write(session, request, row, decisions.decide_undo(request, current, version, left, before))


def _write(
    session: Session, request: OperationRequest, row: AnnotationRow | None, decision: Apply | Refuse | Clash
) -> OperationResult:
    current, version = _current(row)
    if isinstance(decision, Refuse):
        return _refused(decision.message, current, version)
    if isinstance(decision, Clash):
        return OperationResult("conflict", current, decision.message, None, version)
    after = decision.after
    if row is None:
        row = AnnotationRow(id=request.interval_id, video_id=request.video_id, annotator_id=request.annotator_id)
        session.add(row)
    if after is not None:
        mapping.write_annotation(row, after)
    row.deleted, row.version, row.changed_at = after is None, decision.version, now()
    session.flush()
    before_log, after_log = mapping.annotation_to_log(current), mapping.annotation_to_log(after)
    logged = _log(session, request, request.interval_id, row.proposal_id, decision.version, before_log, after_log)
    return OperationResult("applied", after, "", logged.sequence, decision.version)


def _write_spans(
    session: Session,
    video: Video,
    request: OperationRequest,
    current: tuple[Span, ...],
    decision: ApplySpans | Refuse | Clash,
) -> OperationResult:
    if isinstance(decision, Refuse):
        return _refused(decision.message)
    if isinstance(decision, Clash):
        return OperationResult("conflict", None, decision.message, None, 0, current)
    queries.replace_spans(session, video.id, request.annotator_id, decision.after)
    blindness.end_when_reviewed(session, video, request.annotator_id, decision.after)
    before_log, after_log = ({"spans": [list(s) for s in state]} for state in (current, decision.after))
    logged = _log(session, request, None, None, 0, before_log, after_log)
    return OperationResult("applied", None, "", logged.sequence, 0, decision.after)


def _log(
    session: Session,
    request: OperationRequest,
    interval: str | None,
    proposal_id: int | None,
    version: int,
    before: dict | None,
    after: dict | None,
) -> Operation:
    row = Operation(
        id=request.id,
        video_id=request.video_id,
        annotator_id=request.annotator_id,
        verb=request.verb,
        interval_id=interval,
        proposal_id=proposal_id,
        base_version=request.base_version,
        version=version,
        before=before,
        after=after,
        undoes=request.undoes if request.verb == "undo" else None,
        model_version_id=request.model_version_id,
        session=request.session[:200],
        keys=None if request.keys is None else max(0, request.keys),
        client_time=_moment(request.client_time),
    )
    session.add(row)
    session.flush()
    return row


def _duplicate(session: Session, earlier: Operation, request: OperationRequest) -> OperationResult:
    same = (earlier.annotator_id, earlier.video_id, earlier.verb) == (
        request.annotator_id, request.video_id, request.verb,
    )  # fmt: skip
    if not same:
        return _refused("this id belongs to another operation")
    if earlier.interval_id is None:
        return OperationResult("duplicate", None, "applied before", earlier.sequence, 0, _spans(session, request))
    current, version = _current(queries.annotation(session, earlier.interval_id))
    return OperationResult("duplicate", current, "applied before", earlier.sequence, version)


def _refused(message: str, current: Annotation | None = None, version: int = 0) -> OperationResult:
    return OperationResult("refused", current, message, None, version)


def _current(row: AnnotationRow | None) -> tuple[Annotation | None, int]:
    if row is None:
        return None, 0
    return None if row.deleted else mapping.annotation(row), row.version


def _spans(session: Session, request: OperationRequest) -> tuple[Span, ...]:
    return tuple((s.first, s.last) for s in queries.spans_of(session, [request.video_id], request.annotator_id))


def _foreign(row: AnnotationRow | None, request: OperationRequest) -> str:
    if row is None:
        return ""
    if row.annotator_id != request.annotator_id:
        return "this interval belongs to another annotator"
    return "" if row.video_id == request.video_id else "this interval belongs to another video"


def _malformed(request: OperationRequest) -> str:
    if request.verb not in decisions.VERBS:
        return f"unknown verb {request.verb!r}; expected one of {', '.join(decisions.VERBS)}"
    ids = {"id": request.id, "undoes": request.undoes if request.verb == "undo" else None}
    if request.verb in decisions.INTERVAL_VERBS:
        ids["interval_id"] = request.interval_id or ""
    for name, value in ids.items():
        if value is not None and not _is_uuid(value):
            return f"expected a UUID as {name}, got {value!r}"
    if "\x00" in request.session:  # PostgreSQL keeps no such text
        return "expected the session as a text, got one with NUL"
    try:
        _moment(request.client_time)
    except ValueError:
        return f"expected client_time in ISO format with a time zone, got {request.client_time!r}"
    return ""


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except (ValueError, AttributeError, TypeError):
        return False


def _moment(value: datetime | str | None) -> datetime | None:
    moment = datetime.fromisoformat(value) if isinstance(value, str) and value else value or None
    if moment is not None and moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment
