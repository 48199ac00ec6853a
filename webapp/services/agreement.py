"""Agreement of two coders of a study on the footage both have reviewed: what was coded twice, and how well it agrees.

The measures stand in `spotcore.agreement`; here it is decided what is compared. Only footage that both marked as
reviewed counts, and frames that either left unsure count for neither. Clips of a blind ladder are left out: what moves
in them was rendered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from sqlalchemy.orm import Session

from db.models import Video
from db.queries import adjudication as adjudications
from db.queries import library, people
from db.queries import reviewing as queries
from db.session import Database
from spotcore import agreement as measures
from spotcore.agreement import IOUS, Differences, EventAgreement, FrameAgreement
from spotcore.intervals import Interval
from webapp.services import spans
from webapp.services.blindness import is_blind
from webapp.services.codings import Coding, codings, difference, shared
from webapp.services.errors import Refused

__all__ = ["Agreement", "Disagreement", "TwiceCoded", "against_consensus", "agreement", "twice_coded"]

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


def twice_coded(database: Database, study_id: int) -> tuple[TwiceCoded, ...]:
    """Pairs of coders with footage in common, the most footage first."""
    with database.read() as session:
        twice = queries.reviewed_by_several(session, study_id)
        videos, work_of, names = _material(session, study_id, twice, events=False)
    found = []
    coders = sorted({coder for per_video in work_of.values() for coder in per_video}, key=lambda one: names[one])
    for first, second in combinations(coders, 2):
        count, seconds = 0, 0.0
        for video in videos:
            common = shared(work_of[video.id], first, second)
            count += bool(common)
            seconds += spans.frames(common) / video.fps
        if count:
            found.append(TwiceCoded(first, second, names[first], names[second], count, seconds))
    return tuple(sorted(found, key=lambda pair: (-pair.seconds, pair.first_name, pair.second_name)))


def agreement(database: Database, study_id: int, first: int, second: int) -> Agreement:
    """Everything measured about two coders.

    Raises:
        Refused: they have no reviewed footage in common.
    """
    with database.read() as session:
        both = queries.reviewed_by_several(session, study_id, (first, second))
        videos, work_of, names = _material(session, study_id, both)
    return _measured(videos, work_of, names, first, second)


def against_consensus(database: Database, study_id: int) -> tuple[Agreement, ...]:
    """Each coder (first) beside the consensus (second) on the footage it covers, by name; none before there is one."""
    with database.read() as session:
        agreed = adjudications.consensus_of(session, study_id)
        if agreed is None:
            return ()
        twice = queries.reviewed_by_several(session, study_id)
        videos, work_of, names = _material(session, study_id, twice, with_consensus=True)
    coders = {coder for per_coder in work_of.values() if agreed in per_coder for coder in per_coder} - {agreed}
    found = []
    for coder in sorted(coders, key=lambda one: names[one]):
        only = {id_: {who: one for who, one in w.items() if who in (coder, agreed)} for id_, w in work_of.items()}
        if any(shared(per_coder, coder, agreed) for per_coder in only.values()):
            found.append(_measured(videos, defaultdict(dict, only), names, coder, agreed))
    return tuple(found)


def _measured(
    videos: Sequence[Video],
    work_of: Mapping[int, dict[int, Coding]],
    names: Mapping[int, str],
    first: int,
    second: int,
) -> Agreement:
    both = {v.id: shared(work_of[v.id], first, second) for v in videos}
    videos = [video for video in videos if both[video.id]]
    if not videos:
        raise Refused("These two have not reviewed any footage in common.")
    seconds = sum(spans.frames(both[video.id]) / video.fps for video in videos)
    pair = TwiceCoded(first, second, names[first], names[second], len(videos), seconds)
    sides = [
        {str(v.id): measures.within(work_of[v.id][coder].events, both[v.id]) for v in videos}
        for coder in (first, second)
    ]
    events = {smallest: measures.event_agreement(*sides, smallest) for smallest in IOUS}
    codes = {
        coder: [_codes(work_of[v.id].get(coder), v.frame_count) for v in videos]
        for coder in sorted({coder for v in videos for coder in work_of[v.id]})
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
        _disagreements(events[SHOWN_EVENTS], videos, work_of, first, second),
    )


def _material(
    session: Session, study_id: int, only: Collection[int], with_consensus: bool = False, events: bool = True
) -> tuple[list[Video], Mapping[int, dict[int, Coding]], dict[int, str]]:
    """These videos of a study, video -> coder -> coding, and the names; the consensus is no coder: only if wanted."""
    videos = [
        v for v in library.videos_in(session, study_id)
        if v.state == "ready" and v.id in only and not is_blind(v.path)
    ]  # fmt: skip
    agreed = None if with_consensus else adjudications.consensus_of(session, study_id)
    found = {
        video_id: {coder: one for coder, one in per_coder.items() if coder != agreed}
        for video_id, per_coder in codings(session, videos, events).items()
    }
    return videos, defaultdict(dict, found), people.annotator_names(session)


def _codes(coding: Coding | None, frame_count: int):
    if coding is None:
        return measures.frame_codes((), (), frame_count)
    return measures.frame_codes(coding.events, coding.judged, frame_count)


def _disagreements(
    found: EventAgreement, videos: Sequence[Video], work_of: Mapping[int, dict[int, Coding]], first: int, second: int
) -> tuple[Disagreement, ...]:
    titles = {str(video.id): video.title for video in videos}

    def one(video: str, kind: str, a: Interval | None, b: Interval | None, iou: float = 0.0) -> Disagreement:
        work = work_of[int(video)]
        return Disagreement(
            int(video), titles[video], kind, a, b,
            work[first].ids[a] if a else None, work[second].ids[b] if b else None, iou,
        )  # fmt: skip

    rows = [one(p.video, kind, p.first, p.second, p.iou) for p in found.pairs if (kind := difference(p))]
    rows += [one(video, "only first", event, None) for video, event in found.only_first]
    rows += [one(video, "only second", None, event) for video, event in found.only_second]
    return tuple(sorted(rows, key=lambda row: (row.title, (row.first or row.second).onset, row.kind)))
