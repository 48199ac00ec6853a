"""What blind coding shows: what coder and model each missed, and whether proposals sway those who see them.

A movement counts as found by both where the coder's interval and a proposal have the same type and overlap by half
(IoU >= 0.5), as everywhere in Glint. What the coder did not find blind is the model's word against theirs until they
have judged it afterwards: accepted or adjusted, they had missed it; rejected, the model was wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy.orm import Session

from db.models import Video, VideoCoding
from db.queries import codings, people, reviewing
from db.queries import spotting as runs
from db.session import Database
from spotcore.intervals import Interval
from webapp import mapping
from webapp.services import blindness, spans
from webapp.services.comparison import partners
from webapp.services.matching import Decided, decisions

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
        checks = [_check(session, row, names) for row in ended]
    return tuple(sorted(checks, key=lambda check: check.ended_at, reverse=True))


def sway(database: Database, study_id: int, annotator_ids: Collection[int]) -> tuple[Sway, Sway]:
    """(blind codings as they ended, videos that these people reviewed wholly with proposals in sight)."""
    checks = blind_checks(database, study_id, annotator_ids)
    found = [check.both + check.only_coder for check in checks]
    blind = _sway(len(checks), sum(found), sum(c.minutes for c in checks), [d for c in checks for d in c.onset_frames])
    videos, intervals, minutes, apart = 0, 0, 0.0, []
    with database.read() as session:
        for row in codings.codings_in(session, study_id, annotator_ids):
            video = session.get_one(Video, row.video_id)
            looked = [(s.first, s.last) for s in reviewing.spans_of(session, [video.id], row.annotator_id)]
            whole = video.frame_count and spans.covers(spans.tidy(looked), (0, video.frame_count - 1))
            if row.blind or not whole:
                continue
            mine = _standing(session, video.id, row.annotator_id)
            shown = _proposals(session, blindness.proposals_shown(session, video.id))
            _, distances = _met(mine, list(shown.values()))
            videos, intervals, minutes = videos + 1, intervals + len(mine), minutes + _minutes(video)
            apart += distances
    return blind, _sway(videos, intervals, minutes, apart)


def _check(session: Session, row: VideoCoding, names: Mapping[int, str]) -> BlindCheck:
    video = session.get_one(Video, row.video_id)
    set_id = row.proposal_set_id or blindness.proposals_shown(session, video.id)
    blind = [Interval(c["onset"], c["offset"], c["type"], c["apex"]) for c in row.coded or () if c["verdict"] in STANDS]
    proposals = _proposals(session, set_id)
    met, apart = _met(blind, list(proposals.values()))
    missed = {id_: interval for place, (id_, interval) in enumerate(proposals.items()) if place not in met}
    said = _judged(session, video.id, row.annotator_id, missed)
    return BlindCheck(
        video_id=video.id, title=video.title, annotator_id=row.annotator_id, coder=names.get(row.annotator_id, ""),
        ended_at=row.ended_at, both=len(met), only_coder=len(blind) - len(met), coder_missed=said.count(True),
        model_wrong=said.count(False), open=said.count(None), minutes=_minutes(video), onset_frames=tuple(apart),
        proposed=set_id is not None,
    )  # fmt: skip


def _judged(session: Session, video_id: int, annotator_id: int, missed: Mapping[int, Interval]) -> list[bool | None]:
    """For each proposal not found blind, whether the coder holds it for an expression now; None while undecided."""
    rows = reviewing.annotations_of(session, [video_id], annotator_id)
    said = decisions(missed, [Decided(r.id, r.proposal_id, r.verdict, mapping.proposal_interval(r)) for r in rows])
    verdicts = [said[id_].verdict if id_ in said else "unsure" for id_ in missed]
    return [None if verdict == "unsure" else verdict in STANDS for verdict in verdicts]


def _met(coded: Sequence[Interval], proposals: Sequence[Interval]) -> tuple[set[int], list[int]]:
    """(places of the proposals that a coded interval matches, frames between their onsets)."""
    matched = partners(proposals, coded)
    return set(matched), [abs(proposals[i].onset - coded[j].onset) for i, (j, _) in matched.items()]


def _standing(session: Session, video_id: int, annotator_id: int) -> list[Interval]:
    rows = reviewing.annotations_of(session, [video_id], annotator_id)
    return [mapping.proposal_interval(row) for row in rows if row.verdict in STANDS]


def _proposals(session: Session, set_id: int | None) -> dict[int, Interval]:
    rows = () if set_id is None else runs.proposals_in(session, [set_id])
    return {row.id: mapping.proposal_interval(row) for row in rows}


def _minutes(video: Video) -> float:
    return (video.duration or 0.0) / 60


def _sway(videos: int, intervals: int, minutes: float, apart: Sequence[int]) -> Sway:
    return Sway(videos, intervals, minutes, sum(d == 0 for d in apart), len(apart), median(apart) if apart else None)
