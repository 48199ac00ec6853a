"""Agreement of two coders of a study on the footage both have reviewed: what was coded twice, and how well it agrees.

The measures stand in `spotcore.agreement`; here it is decided what is compared. Only footage that both marked as
reviewed counts, and frames that either left unsure count for neither. Clips of a blind ladder are left out: what moves
in them was rendered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from sqlalchemy.orm import Session

from db.models import Annotation, Video
from db.queries import library, people
from db.queries import reviewing as queries
from db.session import Database
from spotcore import agreement as measures
from spotcore.agreement import IOUS, Differences, EventAgreement, FrameAgreement, Pair
from spotcore.intervals import Interval
from webapp import mapping
from webapp.services import spans
from webapp.services.blindness import is_blind
from webapp.services.errors import Refused
from webapp.values.reviewing import Span

__all__ = ["Agreement", "Disagreement", "TwiceCoded", "agreement", "twice_coded"]

SHOWN_EVENTS = 0.5


@dataclass(frozen=True)
class TwiceCoded:
    """Two coders who reviewed the same footage.

    Attributes:
        first, second: their ids, in order of name.
        videos: how many videos both have reviewed at least in part.
        seconds: footage that both have reviewed.
    """

    first: int
    second: int
    first_name: str
    second_name: str
    videos: int
    seconds: float


@dataclass(frozen=True)
class Disagreement:
    """Something the two see differently: one side alone, another type, or boundaries apart.

    Attributes:
        kind: "only first", "only second", "type" or "boundaries".
        first, second: the intervals with the ids of their annotations; None for the side that saw nothing.
        iou: overlap of the two, 0 where one is missing.
    """

    video_id: int
    title: str
    kind: str
    first: Interval | None
    second: Interval | None
    first_id: str | None
    second_id: str | None
    iou: float


@dataclass(frozen=True)
class Agreement:
    """Everything measured about two coders.

    Attributes:
        events: smallest IoU -> agreement about events.
        frames: frame by frame.
        alpha: Krippendorff's alpha over the frames of all coders of the study who reviewed any of these videos.
        coders: how many people alpha is about.
        differences: boundary -> signed differences in frames, of the pairs at the smallest IoU.
        milliseconds: boundary -> the same in milliseconds, comparable between videos of different rates.
        disagreements: by video and onset.
    """

    pair: TwiceCoded
    events: Mapping[float, EventAgreement]
    frames: FrameAgreement
    alpha: float | None
    coders: int
    differences: Mapping[str, Differences]
    milliseconds: Mapping[str, Differences]
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True)
class _Coding:
    """One coder's work on one video; `ids` names the annotation of each event."""

    judged: tuple[Span, ...]
    events: tuple[Interval, ...]
    ids: Mapping[Interval, str]


def twice_coded(database: Database, study_id: int) -> tuple[TwiceCoded, ...]:
    """Pairs of coders with footage in common, the most footage first."""
    with database.read() as session:
        videos, codings, names = _material(session, study_id)
    found = []
    coders = sorted({coder for per_video in codings.values() for coder in per_video}, key=lambda one: names[one])
    for first, second in combinations(coders, 2):
        count, seconds = 0, 0.0
        for video in videos:
            shared = _shared(codings[video.id], first, second)
            count += bool(shared)
            seconds += spans.frames(shared) / video.fps
        if count:
            found.append(TwiceCoded(first, second, names[first], names[second], count, seconds))
    return tuple(sorted(found, key=lambda pair: (-pair.seconds, pair.first_name, pair.second_name)))


def agreement(database: Database, study_id: int, first: int, second: int) -> Agreement:
    """Everything measured about two coders.

    Raises:
        Refused: they have no reviewed footage in common.
    """
    with database.read() as session:
        videos, codings, names = _material(session, study_id)
    both = {v.id: _shared(codings[v.id], first, second) for v in videos}
    videos = [video for video in videos if both[video.id]]
    if not videos:
        raise Refused("These two have not reviewed any footage in common.")
    seconds = sum(spans.frames(both[video.id]) / video.fps for video in videos)
    pair = TwiceCoded(first, second, names[first], names[second], len(videos), seconds)
    sides = [
        {str(v.id): measures.within(codings[v.id][coder].events, both[v.id]) for v in videos}
        for coder in (first, second)
    ]
    events = {smallest: measures.event_agreement(*sides, smallest) for smallest in IOUS}
    codes = {
        coder: [_codes(codings[v.id].get(coder), v.frame_count) for v in videos]
        for coder in sorted({coder for v in videos for coder in codings[v.id]})
    }
    rates = {str(video.id): video.fps for video in videos}
    pairs = events[min(IOUS)].pairs
    return Agreement(
        pair,
        events,
        measures.frame_agreement(codes[first], codes[second]),
        measures.krippendorff_alpha(list(codes.values())),
        len(codes),
        measures.boundary_differences(pairs),
        measures.boundary_differences(pairs, {video: 1000.0 / rate for video, rate in rates.items()}),
        _disagreements(events[SHOWN_EVENTS], videos, codings, first, second),
    )


def _material(session: Session, study_id: int) -> tuple[list[Video], Mapping[int, dict[int, _Coding]], dict[int, str]]:
    """Videos of a study, video -> coder -> coding, and the names of the coders."""
    videos = [v for v in library.videos_in(session, study_id) if v.state == "ready" and not is_blind(v.path)]
    ids = [video.id for video in videos]
    judged: dict[tuple[int, int], list[Span]] = defaultdict(list)
    for row in queries.spans_of(session, ids):
        judged[row.video_id, row.annotator_id].append((row.first, row.last))
    rows: dict[tuple[int, int], list[Annotation]] = defaultdict(list)
    for row in queries.annotations_of(session, ids):
        rows[row.video_id, row.annotator_id].append(row)
    codings: dict[int, dict[int, _Coding]] = defaultdict(dict)
    for (video_id, coder), reviewed in judged.items():
        codings[video_id][coder] = _coding(reviewed, rows[video_id, coder])
    return videos, codings, people.annotator_names(session)


def _coding(reviewed: Sequence[Span], rows: Sequence[Annotation]) -> _Coding:
    judged = spans.tidy(reviewed)
    for row in rows:
        if row.verdict == "unsure":
            judged = spans.remove(judged, (row.onset, row.offset))
    kept = {mapping.proposal_interval(row): row.id for row in rows if row.verdict in ("accepted", "adjusted", "added")}
    return _Coding(judged, tuple(kept), kept)


def _shared(per_coder: Mapping[int, _Coding], first: int, second: int) -> tuple[Span, ...]:
    if first not in per_coder or second not in per_coder:
        return ()
    return measures.both(per_coder[first].judged, per_coder[second].judged)


def _codes(coding: _Coding | None, frame_count: int):
    if coding is None:
        return measures.frame_codes((), (), frame_count)
    return measures.frame_codes(coding.events, coding.judged, frame_count)


def _disagreements(
    found: EventAgreement, videos: Sequence[Video], codings: Mapping[int, dict[int, _Coding]], first: int, second: int
) -> tuple[Disagreement, ...]:
    titles = {str(video.id): video.title for video in videos}

    def one(video: str, kind: str, a: Interval | None, b: Interval | None, iou: float = 0.0) -> Disagreement:
        work = codings[int(video)]
        return Disagreement(
            int(video), titles[video], kind, a, b,
            work[first].ids[a] if a else None, work[second].ids[b] if b else None, iou,
        )  # fmt: skip

    rows = [one(p.video, kind, p.first, p.second, p.iou) for p in found.pairs if (kind := _differs(p))]
    rows += [one(video, "only first", event, None) for video, event in found.only_first]
    rows += [one(video, "only second", None, event) for video, event in found.only_second]
    return tuple(sorted(rows, key=lambda row: (row.title, (row.first or row.second).onset, row.kind)))


def _differs(pair: Pair) -> str | None:
    a, b = pair.first, pair.second
    if a.type != b.type:
        return "type"
    same = (a.onset, a.offset) == (b.onset, b.offset) and (a.apex == b.apex or None in (a.apex, b.apex))
    return None if same else "boundaries"
