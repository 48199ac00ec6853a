"""What blind coding shows: what coder and model each missed, and whether proposals sway those who see them.

A movement counts as found by both where the coder's interval and a proposal have the same type and overlap by half
(IoU >= 0.5), as everywhere in Glint. What the coder did not find blind is the model's word against theirs until they
have judged it afterwards: accepted or adjusted, they had missed it; rejected, the model was wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy.orm import Session

from db.models import Annotation, Video, VideoCoding
from db.queries import codings, library, people, reviewing
from db.queries import spotting as runs
from db.session import Database
from spotcore.intervals import Interval
from webapp import mapping
from webapp.services import spans
from webapp.services.comparison import partners
from webapp.services.matching import Decided, decisions
from webapp.values.reviewing import Span

AT_ONCE = 300  # codings read together
STANDS = ("accepted", "adjusted", "added")


@dataclass(frozen=True)
class BlindCheck:
    """One video that one person has coded blind to the end.

    Attributes:
        both: movements that coder and model found.
        only_coder: found blind, not proposed: the model missed them.
        coder_missed, model_wrong, open: proposals without a blind interval, by what the coder said of them afterwards.
        minutes: length of the video.
        onset_frames: for each of `both`, how far the coder's onset lies from the model's, in frames.
        proposed: the model had been asked when the coding ended, or has been since.
    """

    video_id: int
    title: str
    annotator_id: int
    coder: str
    ended_at: datetime
    both: int
    only_coder: int
    coder_missed: int
    model_wrong: int
    open: int
    minutes: float
    onset_frames: tuple[int, ...]
    proposed: bool


@dataclass(frozen=True)
class Sway:
    """How the intervals of blind and of other codings differ: does seeing proposals change what people say?

    Attributes:
        videos: reviewed to the end.
        intervals: that stand, in all of them.
        minutes: of footage.
        same_onset: of the intervals that match a proposal, how many begin on the very frame of it.
        matched: how many match a proposal.
        onset_frames: median distance of those from the proposal's onset, None without any.
    """

    videos: int
    intervals: int
    minutes: float
    same_onset: int
    matched: int
    onset_frames: float | None


def blind_checks(database: Database, study_id: int, annotator_ids: Collection[int]) -> tuple[BlindCheck, ...]:
    """Every blind coding of these people that is over, newest first."""
    with database.read() as session:
        names = people.annotator_names(session)
        ended = [row for row in codings.codings_in(session, study_id, annotator_ids) if row.ended_at is not None]
        checks = [_check(row, seen, names) for some, seen in _together(session, ended) for row in some]
    return tuple(sorted(checks, key=lambda check: check.ended_at, reverse=True))


def sway(database: Database, study_id: int, annotator_ids: Collection[int]) -> tuple[Sway, Sway]:
    """(blind codings as they ended, videos that these people reviewed wholly with proposals in sight)."""
    checks = blind_checks(database, study_id, annotator_ids)
    found = [check.both + check.only_coder for check in checks]
    blind = _sway(len(checks), sum(found), sum(c.minutes for c in checks), [d for c in checks for d in c.onset_frames])
    videos, intervals, minutes, apart = 0, 0, 0.0, []
    with database.read() as session:
        open_eyed = [row for row in codings.codings_in(session, study_id, annotator_ids) if not row.blind]
        for some, seen in _together(session, _whole(session, open_eyed)):
            for row in some:
                mine = seen.standing(row)
                _, distances = _met(mine, list(seen.shown(row).values()))
                videos, intervals = videos + 1, intervals + len(mine)
                minutes += _minutes(seen.videos[row.video_id])
                apart += distances
    return blind, _sway(videos, intervals, minutes, apart)


@dataclass(frozen=True)
class _Seen:
    """What some codings rest on, read together.

    Attributes:
        rows: (video, annotator) -> decisions that stand.
        newest: video -> the set of proposals that is shown first.
        proposals: set -> proposal -> interval.
    """

    videos: Mapping[int, Video]
    rows: Mapping[tuple[int, int], Sequence[Annotation]]
    newest: Mapping[int, int]
    proposals: Mapping[int, Mapping[int, Interval]]

    def set_of(self, coding: VideoCoding) -> int | None:
        """What the model had proposed when the coding ended, else what it proposes now."""
        return coding.proposal_set_id or self.newest.get(coding.video_id)

    def shown(self, coding: VideoCoding) -> Mapping[int, Interval]:
        return self.proposals.get(self.newest.get(coding.video_id), {})

    def standing(self, coding: VideoCoding) -> list[Interval]:
        rows = self.rows.get((coding.video_id, coding.annotator_id), ())
        return [mapping.proposal_interval(row) for row in rows if row.verdict in STANDS]


def _together(session: Session, rows: Sequence[VideoCoding]) -> Iterator[tuple[Sequence[VideoCoding], _Seen]]:
    """The codings in batches, each with what it rests on: a question each would be thousands."""
    for begin in range(0, len(rows), AT_ONCE):
        some = rows[begin : begin + AT_ONCE]
        ids = sorted({row.video_id for row in some})
        decided: dict[tuple[int, int], list[Annotation]] = defaultdict(list)
        for row in reviewing.annotations_of(session, ids):
            decided[row.video_id, row.annotator_id].append(row)
        newest = runs.newest_set_ids(session, runs.newest_run_ids(session, ids, "done").values())
        proposals: dict[int, dict[int, Interval]] = defaultdict(dict)
        for row in runs.proposals_in(session, sorted({*newest.values(), *(r.proposal_set_id for r in some)} - {None})):
            proposals[row.proposal_set_id][row.id] = mapping.proposal_interval(row)
        videos = {video.id: video for video in library.videos_with(session, ids)}
        yield some, _Seen(videos, decided, newest, proposals)


def _whole(session: Session, rows: Sequence[VideoCoding]) -> list[VideoCoding]:
    """The codings of people who reviewed the video to its last frame."""
    found = []
    for begin in range(0, len(rows), AT_ONCE):
        some = rows[begin : begin + AT_ONCE]
        looked: dict[tuple[int, int], list[Span]] = defaultdict(list)
        for span in reviewing.spans_of(session, [row.video_id for row in some]):
            looked[span.video_id, span.annotator_id].append((span.first, span.last))
        frames = {video.id: video.frame_count for video in library.videos_with(session, [r.video_id for r in some])}
        found += [
            row for row in some
            if frames[row.video_id]
            and spans.covers(spans.tidy(looked[row.video_id, row.annotator_id]), (0, frames[row.video_id] - 1))
        ]  # fmt: skip
    return found


def _check(row: VideoCoding, seen: _Seen, names: Mapping[int, str]) -> BlindCheck:
    video, set_id = seen.videos[row.video_id], seen.set_of(row)
    blind = [Interval(c["onset"], c["offset"], c["type"], c["apex"]) for c in row.coded or () if c["verdict"] in STANDS]
    proposals = seen.proposals.get(set_id, {})
    met, apart = _met(blind, list(proposals.values()))
    missed = {id_: interval for place, (id_, interval) in enumerate(proposals.items()) if place not in met}
    said = _judged(seen.rows.get((video.id, row.annotator_id), ()), missed)
    return BlindCheck(
        video_id=video.id, title=video.title, annotator_id=row.annotator_id, coder=names.get(row.annotator_id, ""),
        ended_at=row.ended_at, both=len(met), only_coder=len(blind) - len(met), coder_missed=said.count(True),
        model_wrong=said.count(False), open=said.count(None), minutes=_minutes(video), onset_frames=tuple(apart),
        proposed=set_id is not None,
    )  # fmt: skip


def _judged(rows: Sequence[Annotation], missed: Mapping[int, Interval]) -> list[bool | None]:
    """For each proposal not found blind, whether the coder holds it for an expression now; None while undecided."""
    said = decisions(missed, [Decided(r.id, r.proposal_id, r.verdict, mapping.proposal_interval(r)) for r in rows])
    verdicts = [said[id_].verdict if id_ in said else "unsure" for id_ in missed]
    return [None if verdict == "unsure" else verdict in STANDS for verdict in verdicts]


def _met(coded: Sequence[Interval], proposals: Sequence[Interval]) -> tuple[set[int], list[int]]:
    """(places of the proposals that a coded interval matches, frames between their onsets)."""
    matched = partners(proposals, coded)
    return set(matched), [abs(proposals[i].onset - coded[j].onset) for i, (j, _) in matched.items()]


def _minutes(video: Video) -> float:
    return (video.duration or 0.0) / 60


def _sway(videos: int, intervals: int, minutes: float, apart: Sequence[int]) -> Sway:
    return Sway(videos, intervals, minutes, sum(d == 0 for d in apart), len(apart), median(apart) if apart else None)
