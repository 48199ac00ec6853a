"""Adjudication: two people coded the same footage, a third decides where they differ, and a consensus is left.

Everything a consensus holds comes from here. Each decision is one transaction: the operation on the annotation of the
consensus, through the same rules and into the same log as any other, and a row that says who chose what and why.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.models import Adjudication, Video, VideoCoding
from db.models import Annotation as AnnotationRow
from db.queries import adjudication as queries
from db.queries import codings as openings
from db.queries import library, people
from db.queries import reviewing as decided
from db.session import Database
from webapp.services import blindness, consensus, reviewing
from webapp.services.adjudication_items import standing, video_between
from webapp.services.codings import codings
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.services.schemes import EDITORS
from webapp.values.adjudication import (
    AGREED,
    REASONS,
    AdjudicatedVideo,
    AdjudicationProgress,
    AdjudicationRequest,
    Item,
)
from webapp.values.reviewing import OperationRequest

SESSION = "adjudication"
CONSENSUS = people.CONSENSUS
CHOICES = ("a", "b", "mean", "redraw", "neither")
_OPERATIONS = uuid.UUID("1d5b7c9e-90a3-4d0c-8a36-5ad8e5b5a1f4")
LONGEST_NOTE = 1000


def view(database: Database, video_id: int, first: int, second: int) -> AdjudicatedVideo:
    """What the two say about a video and what was decided; NotFound, or Refused where they share no footage."""
    with database.read() as session:
        return _view(session, _video(session, video_id), first, second)


def begin(database: Database, video_id: int, first: int, second: int, by: int) -> AdjudicatedVideo:
    """Take over what both agree on, drop what no longer belongs to anything, and say what is left to decide.

    Whoever adjudicates a video has seen it: it is never one of their blind ones afterwards.

    Raises:
        NotFound: no such video.
        Refused: not by this person, no footage in common, another pair made this video's consensus, or the asking one
            is coding the video blind.
    """
    with database.begin() as session:
        video = _opened(session, video_id, first, second, by)
        _seen(session, video, by)
        return _settled(session, video, first, second, by)


def decide(database: Database, request: AdjudicationRequest) -> AdjudicatedVideo:
    """Settle one item; the same id sent again changes nothing.

    Raises:
        NotFound: no such video.
        Conflict: a coder changed theirs since it was looked at.
        Refused: see `begin`; no such item, choice or reason, or a rule of decisions forbids it.
    """
    _check(request)
    try:
        with database.begin() as session:
            video = _opened(session, request.video_id, request.first, request.second, request.by)
            if queries.named(session, request.id) is None:
                item = _item(_view(session, video, request.first, request.second), request)
                fields = consensus.outcome(request.choice, item.first, item.second, request.type, request.after)
                _write(session, video, request, item, fields)
            return _settled(session, video, request.first, request.second, request.by)
    except IntegrityError as error:
        raise Conflict("Somebody else decided this at the same moment; look again.") from error


def undo(database: Database, video_id: int, first: int, second: int, by: int, undo_id: str) -> AdjudicatedVideo:
    """Take back this person's newest decision between the two in this video.

    Raises:
        NotFound, Refused: as `decide`, or nothing of theirs is left to take back.
        Conflict: somebody decided the same item after them.
    """
    with database.begin() as session:
        video = _opened(session, video_id, first, second, by)
        if queries.named(session, undo_id) is None:
            last = [stack[-1] for stack in standing(queries.of_videos(session, [video_id])).values()]
            mine = [row for row in last if row.decided_by == by and row.choice != AGREED]
            if not mine:
                raise Refused("You have decided nothing here that could be taken back.")
            newest = max(mine, key=lambda row: row.sequence)
            _take_back(session, video, newest, by, undo_id, newest.reason)
        return _settled(session, video, first, second, by)


def progress(database: Database, study_id: int, first: int, second: int) -> tuple[AdjudicationProgress, ...]:
    """Every video with footage that both judged, by title. What both agree on is not open, even before it is taken."""
    with database.read() as session:
        ready = [video for video in library.videos_in(session, study_id) if video.state == "ready"]
        videos = [video for video in ready if not blindness.is_blind(video.path)]
        found = _between(session, videos, first, second)
    titles = {video.id: video.title for video in videos}
    made = []
    for one in found:
        open_ = sum(item.open and item.kind != AGREED for item in one.items)
        agreed = sum(item.kind == AGREED for item in one.items)
        covered = all(any(a <= x and y <= b for a, b in one.reviewed) for x, y in one.shared)
        made.append(AdjudicationProgress(
            one.video_id, titles[one.video_id], open_, agreed, len(one.items) - open_ - agreed,
            covered and not one.open,
        ))  # fmt: skip
    return tuple(sorted(made, key=lambda row: row.title))


def has_consensus(database: Database, study_id: int) -> bool:
    """Whether anything was adjudicated in a study."""
    with database.read() as session:
        return queries.consensus_of(session, study_id) is not None


def provenance(database: Database, annotation_ids: Sequence[str]) -> dict[str, str]:
    """Annotation of a consensus -> "adjudicated from A and B by C"; others are left out."""
    with database.read() as session:
        names = people.annotator_names(session)
        return {row.annotation_id: words(row, names) for row in queries.leading_to(session, annotation_ids)}


def words(row: Adjudication, names: Mapping[int, str]) -> str:
    """Where a label of the consensus comes from, in words."""
    pair = f"{names[row.first_coder]} and {names[row.second_coder]}"
    return f"agreed by {pair}" if row.choice == AGREED else f"adjudicated from {pair} by {names[row.decided_by]}"


def _video(session: Session, video_id: int) -> Video:
    video = session.get(Video, video_id)
    if video is None or not video.frame_count:
        raise NotFound("There is no such video (any more).")
    return video


def _opened(session: Session, video_id: int, first: int, second: int, by: int) -> Video:
    """The video, locked, once it is certain that this person may decide between these two there."""
    video = decided.lock_video(session, video_id)
    if video is None or not video.frame_count:
        raise NotFound("There is no such video (any more).")
    place = people.assignment(session, video.study_id, by)
    if place is None or place.role not in EDITORS:
        raise Refused("Only leads and admins of the study adjudicate.")
    return video


def _seen(session: Session, video: Video, by: int) -> None:
    opening = openings.coding(session, by, video.id)
    if opening is None:
        session.add(VideoCoding(annotator_id=by, video_id=video.id, blind=False))
    elif opening.blind and opening.ended_at is None:
        raise Refused("You are coding this video blind yourself: mark it reviewed before you adjudicate it.")


def _between(session: Session, videos: Sequence[Video], first: int, second: int) -> list[AdjudicatedVideo]:
    """Those of the videos that both coders judged in part."""
    first, second = sorted((first, second))
    ids = [video.id for video in videos]
    names = people.annotator_names(session)
    agreed = queries.consensus_of(session, videos[0].study_id) if videos else None
    work = {
        id_: {coder: one for coder, one in per_coder.items() if coder != agreed}
        for id_, per_coder in codings(session, videos).items()
    }
    by_video: dict[int, dict[str, AnnotationRow]] = {id_: {} for id_ in ids}
    for row in decided.annotations_of(session, ids):
        by_video[row.video_id][row.id] = row
    spans: dict[int, list] = {id_: [] for id_ in ids}
    for row in decided.spans_of(session, ids, agreed) if agreed is not None else ():
        spans[row.video_id].append((row.first, row.last))
    log: dict[int, list[Adjudication]] = {id_: [] for id_ in ids}
    for row in queries.of_videos(session, ids):
        log[row.video_id].append(row)
    pair = (first, second)
    made = (video_between(i, work.get(i, {}), pair, by_video[i], spans[i], log[i], names) for i in ids)
    return [one for one in made if one is not None]


def _view(session: Session, video: Video, first: int, second: int) -> AdjudicatedVideo:
    if first == second:
        raise Refused("Adjudication needs two coders.")
    found = _between(session, [video], first, second)
    if not found:
        raise Refused("These two have not reviewed any footage of this video in common.")
    return found[0]


def _settled(session: Session, video: Video, first: int, second: int, by: int) -> AdjudicatedVideo:
    """Bring the consensus in line with what stands: the agreed in, the stale out, the footage marked once all is."""
    now = _view(session, video, first, second)
    first, second = now.first, now.second
    wanted = {(i.first and i.first.id, i.second and i.second.id) for i in now.items}
    for key, stack in standing(queries.of_videos(session, [video.id])).items():
        if {stack[-1].first_coder, stack[-1].second_coder} != {first, second}:
            raise Refused("The consensus of this video was made from two other people; take that back first.")
        if key not in wanted:  # one of the two deleted theirs, or it meets another partner now
            for row in reversed(stack):
                _take_back(session, video, row, by, str(uuid.uuid4()), "changed")
    for item in now.items:
        if item.kind == AGREED and item.open and (item.ruling is None or item.ruling.choice == AGREED):
            fields = consensus.outcome("mean", item.first, item.second)
            _write(session, video, _agreed(now, item, by), item, fields)
    now = _view(session, video, first, second)
    _mark(session, video, now)
    return _view(session, video, first, second)


def _agreed(now: AdjudicatedVideo, item: Item, by: int) -> AdjudicationRequest:
    return AdjudicationRequest(
        str(uuid.uuid4()), now.video_id, now.first, now.second, item.first.id, item.second.id,
        (item.first.version, item.second.version), AGREED, AGREED, by,
    )  # fmt: skip


def _check(request: AdjudicationRequest) -> None:
    if request.choice not in CHOICES:
        raise Refused(f"There is no choice {request.choice!r}.")
    if request.reason not in REASONS:
        raise Refused(f"Say why: {', '.join(REASONS)}.")
    if request.reason == "other" and not request.note.strip():
        raise Refused("The reason “other” needs a note.")
    if len(request.note) > LONGEST_NOTE or "\x00" in request.note:
        raise Refused(f"A note has at most {LONGEST_NOTE} characters.")


def _item(now: AdjudicatedVideo, request: AdjudicationRequest) -> Item:
    """The item that is asked about, as the client saw it."""
    found = next((i for i in now.items if i.id == consensus.item_id(request.first_id, request.second_id)), None)
    if found is None:
        raise Conflict("One of the two changed theirs meanwhile: these intervals are not opposite each other any more.")
    if request.versions != (found.first and found.first.version, found.second and found.second.version):
        raise Conflict("One of the two changed theirs meanwhile; look again before you decide.")
    return found


def _write(session: Session, video: Video, request: AdjudicationRequest, item: Item, fields: Mapping | None) -> None:
    """The operation on the consensus, where there is one, and the line of the log of adjudications."""
    agreed = consensus.ensure(session, video.study_id)
    # What was brought from another installation keeps the id that it had there.
    interval = item.consensus.id if item.consensus else item.id
    row = decided.annotation(session, interval)
    stands = row is not None and not row.deleted
    verb = ("edit" if stands else "add") if fields is not None else ("delete" if stands else None)
    operation = verb and str(uuid.uuid5(_OPERATIONS, request.id))
    if verb:
        _apply(session, video, OperationRequest(
            operation, verb, video.id, agreed, interval, base_version=row.version if row else 0, after=fields,
            session=SESSION,
        ))  # fmt: skip
    session.add(Adjudication(
        id=request.id, video_id=video.id, first_coder=request.first, second_coder=request.second,
        first_annotation_id=request.first_id, second_annotation_id=request.second_id,
        first_version=request.versions[0], second_version=request.versions[1], choice=request.choice,
        reason=request.reason, note=request.note.strip(), decided_by=request.by,
        annotation_id=interval if fields is not None else None, operation_id=operation,
    ))  # fmt: skip
    session.flush()


def _take_back(session: Session, video: Video, row: Adjudication, by: int, undo_id: str, reason: str) -> None:
    """Undo the operation of a decision; the log keeps both."""
    agreed = consensus.ensure(session, video.study_id)
    operation = None
    if row.operation_id is not None:
        held = decided.annotation(session, decided.operation(session, row.operation_id).interval_id)
        operation = str(uuid.uuid5(_OPERATIONS, undo_id))
        _apply(session, video, OperationRequest(
            operation, "undo", video.id, agreed, held.id, base_version=held.version, undoes=row.operation_id,
            session=SESSION,
        ))  # fmt: skip
    session.add(Adjudication(
        id=undo_id, video_id=video.id, first_coder=row.first_coder, second_coder=row.second_coder,
        first_annotation_id=row.first_annotation_id, second_annotation_id=row.second_annotation_id, choice="undo",
        reason=reason, decided_by=by, operation_id=operation, undoes=row.id,
    ))  # fmt: skip
    session.flush()


def _mark(session: Session, video: Video, now: AdjudicatedVideo) -> None:
    """The consensus has looked at what both judged once nothing is open there, and at nothing before."""
    wanted = () if now.open else now.shared
    if now.reviewed == wanted:
        return
    agreed = consensus.ensure(session, video.study_id)
    changes = [("unreview_span", span) for span in now.reviewed] + [("review_span", span) for span in wanted]
    for verb, (first, last) in changes:
        _apply(session, video, OperationRequest(
            str(uuid.uuid4()), verb, video.id, agreed, after={"first": first, "last": last}, session=SESSION,
        ))  # fmt: skip


def _apply(session: Session, video: Video, request: OperationRequest) -> None:
    result = reviewing.apply_within(session, video, request)
    if result.status == "conflict":
        raise Conflict(f"The consensus was changed meanwhile: {result.message}.")
    if result.status != "applied":
        raise Refused(f"{result.message[:1].upper()}{result.message[1:]}.")
