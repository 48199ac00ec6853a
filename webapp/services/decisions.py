"""The rules of deciding on an interval, as one pure function: the row as it is and a request in, what to do out.

Nothing here reads or writes; `reviewing` reads what is known, calls `decide` or `decide_spans`, and writes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from webapp.services import spans
from webapp.values.reviewing import Annotation, OperationRequest, Span
from webapp.values.scheme import DEFAULT_SCHEME

VERDICT_OF = {"accept": "accepted", "adjust": "adjusted", "reject": "rejected", "unsure": "unsure", "add": "added"}
INTERVAL_VERBS = (*VERDICT_OF, "edit", "delete")
SPAN_VERBS = ("review_span", "unreview_span")
VERBS = (*INTERVAL_VERBS, *SPAN_VERBS, "undo")
REASONS = tuple(reason.name for reason in DEFAULT_SCHEME.reasons)
TYPES = ("macro", "micro")
EDITABLE = ("type", "onset", "apex", "offset", "reason", "action_units", "emotion", "confidence", "note")
LONGEST_NOTE = 10_000


@dataclass(frozen=True)
class Proposed:
    """The proposal a decision is about."""

    id: int
    type: str
    onset: int
    apex: int | None
    offset: int


@dataclass(frozen=True)
class Apply:
    """Write this: the annotation with its new version, or None for a deletion."""

    after: Annotation | None
    version: int


@dataclass(frozen=True)
class ApplySpans:
    """Write these reviewed spans."""

    after: tuple[Span, ...]


@dataclass(frozen=True)
class Refuse:
    """It can never be applied."""

    message: str


@dataclass(frozen=True)
class Clash:
    """The row moved on since the client saw it."""

    message: str


def decide(
    request: OperationRequest,
    current: Annotation | None,
    version: int,
    frame_count: int,
    proposal: Proposed | None = None,
    imported: bool = False,
    reasons: Collection[str] = REASONS,
) -> Apply | Refuse | Clash:
    """What an operation on an interval does.

    Args:
        request: any of INTERVAL_VERBS.
        current: the annotation that stands, None where there is none or it was deleted.
        version: version of its row, deleted or not; 0 where there never was one.
        frame_count: frames of the video.
        proposal: the one named by the request, else the one of the row.
        imported: the row came from outside, so it may be accepted or rejected without a proposal of ours.
        reasons: those of the study's scheme; the usual ones and the one that stands are always allowed, so that neither
            a decision made before the scheme changed nor an old one that gets a note is stranded.

    An interval that a person added has no proposal: accepting or adjusting it leaves it "added", rejecting is refused.
    """
    if moved_on(request, current, version):
        return Clash("somebody changed this interval in the meantime")
    verb = request.verb
    if verb == "delete":
        return Apply(None, version + 1) if current else Refuse("there is no annotation to delete")
    if verb == "edit" and current is None:
        return Refuse("there is no annotation to edit")
    if verb == "add" and current is not None:
        return Refuse("this interval exists already; edit it instead")
    if verb == "add" and request.proposal_id is not None:
        return Refuse("an added interval has no proposal; accept or adjust the proposal instead")
    if verb in ("accept", "adjust", "reject") and proposal is None and current is None:
        return Refuse(f"{verb} needs a proposal")
    by_hand = current is not None and current.proposal_id is None and not imported
    if verb == "reject" and by_hand:
        return Refuse("this interval was added by hand; delete it instead of rejecting it")
    wanted = dict(request.after or {})
    verdict = VERDICT_OF.get(verb) or current.verdict  # type: ignore[union-attr]
    if by_hand and verb in ("accept", "adjust"):
        verdict, proposal = "added", None
        wanted.pop("verdict", None)
    fields = _start(current, proposal if verb != "edit" else None, verb)
    problem = _unknown(wanted) or _wrong_verdict(wanted, verb, verdict)
    if problem:
        return Refuse(problem)
    fields |= {name: value for name, value in wanted.items() if name in EDITABLE}
    allowed = dict.fromkeys([*reasons, *REASONS, *([current.reason] if current and current.reason else [])])
    problem = _problem(fields, frame_count, verdict, allowed)
    if problem:
        return Refuse(problem)
    if verb == "accept" and proposal is not None and _differs(fields, proposal):
        return Refuse("accepting keeps the frames and the type of the proposal; send the verb adjust to change them")
    if verb == "edit" and verdict == "accepted" and _moved(fields, current):
        verdict = "adjusted"
    # A row keeps the proposal it was made for: the id of the row follows from it.
    proposal_id = current.proposal_id if current else request.proposal_id
    after = Annotation(
        id=request.interval_id or "",
        proposal_id=proposal_id,
        verdict=verdict,
        version=version + 1,
        **{
            **fields,
            "reason": fields["reason"] if verdict == "rejected" else None,
            "action_units": tuple(fields["action_units"] or ()),
            "emotion": fields["emotion"] or "",
            "note": fields["note"] or "",
        },
    )
    return Apply(after, version + 1)


def decide_undo(
    request: OperationRequest,
    current: Annotation | None,
    version: int,
    left: Annotation | None,
    before: Annotation | None,
) -> Apply | Clash:
    """Undo an operation on an interval.

    Args:
        request: carries the version the client saw.
        current, version: as in `decide`.
        left: the annotation as the undone operation left it, None if that deleted it.
        before: the annotation as it found it, None if there was none.
    """
    if moved_on(request, current, version) or not _same(current, left):
        return Clash("this interval was changed after the operation that shall be undone")
    return Apply(None if before is None else replace(before, version=version + 1), version + 1)


def decide_spans(request: OperationRequest, current: tuple[Span, ...], frame_count: int) -> ApplySpans | Refuse:
    """Add footage to what was reviewed, or take it out."""
    after = request.after or {}
    first, last = after.get("first"), after.get("last")
    if not _is_frame(first) or not _is_frame(last) or not 0 <= first <= last < frame_count:
        return Refuse(f"expected frames 0 <= first <= last < {frame_count}, got first {first} and last {last}")
    change = spans.add if request.verb == "review_span" else spans.remove
    return ApplySpans(change(current, (first, last)))


def moved_on(request: OperationRequest, current: Annotation | None, version: int) -> bool:
    """Whether the row changed since the client saw it. A deleted row counts as none (0) or by its own version."""
    allowed = {version} if current else {0, version}
    return request.base_version not in allowed


def _start(current: Annotation | None, proposal: Proposed | None, verb: str) -> dict[str, Any]:
    fields: dict[str, Any] = dict.fromkeys(EDITABLE)
    if current is not None:
        fields |= {name: getattr(current, name) for name in EDITABLE}
    # A first decision, and any accept, starts from the proposal's frames; later ones from what stands.
    if proposal is not None and (current is None or verb == "accept"):
        fields |= {name: getattr(proposal, name) for name in ("type", "onset", "apex", "offset")}
    return fields


def _unknown(wanted: Mapping[str, Any]) -> str:
    # The client may send the whole row back; what it cannot change is ignored, what nobody knows is a mistake.
    known = {*EDITABLE, "verdict", "id", "proposal_id", "version"}
    unknown = sorted(set(wanted) - known)
    return f"unknown fields: {', '.join(unknown)}" if unknown else ""


def _wrong_verdict(wanted: Mapping[str, Any], verb: str, verdict: str) -> str:
    given = wanted.get("verdict")
    fine = given is None or given == verdict or (verb == "edit" and {given, verdict} == {"accepted", "adjusted"})
    return "" if fine else f"the verb {verb} gives the verdict {verdict}, not {given}"


def _problem(fields: Mapping[str, Any], frame_count: int, verdict: str, reasons: Collection[str]) -> str:
    onset, apex, offset = fields["onset"], fields["apex"], fields["offset"]
    if not (_is_frame(onset) and _is_frame(offset) and (apex is None or _is_frame(apex))):
        return f"expected whole frame numbers, got onset {onset!r}, apex {apex!r}, offset {offset!r}"
    if not 0 <= onset <= (onset if apex is None else apex) <= offset < frame_count:
        return f"expected 0 <= onset <= apex <= offset < {frame_count}, got onset {onset}, apex {apex}, offset {offset}"
    if fields["type"] not in TYPES:
        return f"expected the type macro or micro, got {fields['type']!r}"
    if verdict == "rejected" and fields["reason"] not in reasons:
        return f"a rejection needs one of the reasons {', '.join(reasons)}, got {fields['reason']!r}"
    units, confidence = fields["action_units"] or (), fields["confidence"]
    if isinstance(units, str) or len(units) > 60 or not all(_is_action_unit(unit) for unit in units):
        return "expected the action units as a list of short texts without + ; , in them"
    if confidence is not None and (isinstance(confidence, bool) or not isinstance(confidence, int | float)):
        return f"expected the confidence as a number from 0 to 1, got {confidence!r}"
    if confidence is not None and not 0 <= confidence <= 1:
        return f"expected the confidence as a number from 0 to 1, got {confidence!r}"
    for name, longest in (("emotion", 100), ("note", LONGEST_NOTE)):
        text = fields[name] or ""
        if not isinstance(text, str) or len(text) > longest or "\x00" in text:
            return f"expected the {name} as a text of at most {longest} characters"
    return ""


def _is_frame(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_action_unit(value: Any) -> bool:
    # The separators are what exchanged tables put between action units.
    return isinstance(value, str) and 0 < len(value.strip()) == len(value) <= 20 and not set(value) & set("+;,\x00")


def _differs(fields: Mapping[str, Any], proposal: Proposed) -> bool:
    frames_differ = any(fields[name] != getattr(proposal, name) for name in ("type", "onset", "offset"))
    # Where the model knew no apex a person may give one and still accept.
    return frames_differ or (proposal.apex is not None and fields["apex"] != proposal.apex)


def _moved(fields: Mapping[str, Any], current: Annotation | None) -> bool:
    return current is not None and any(fields[n] != getattr(current, n) for n in ("type", "onset", "apex", "offset"))


def _same(a: Annotation | None, b: Annotation | None) -> bool:
    if a is None or b is None:
        return a is b
    return replace(a, version=0) == replace(b, version=0)
