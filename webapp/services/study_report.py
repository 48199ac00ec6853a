"""What a study holds, for its report: the decisions that count, per subject and person, and what they cost.

Per video the decisions of one person count, the same that would be frozen (`reviewed_footage`). Agreement and effort
come from their own services. No drawing here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from db.base import now
from db.models import Study
from db.queries import adjudication, library, people, registry
from db.queries import label_sets as sets
from db.queries import reviewing as queries
from db.session import Database
from webapp.services import agreement, spans
from webapp.services.agreement import TwiceCoded
from webapp.services.blindness import is_blind
from webapp.services.effort import effort_curve
from webapp.services.errors import NotFound
from webapp.services.reviewed_footage import collect
from webapp.values.effort import EffortPoint
from webapp.values.label_sets import LabelledVideo

EXPRESSIONS = ("accepted", "adjusted", "added")
MOST_PAIRS = 6


@dataclass(frozen=True)
class Event:
    """An expression that counts, with its place in seconds of its video's nominal rate."""

    subject: str
    video: str
    type: str
    onset: float
    seconds: float
    action_units: tuple[str, ...]
    emotion: str


@dataclass(frozen=True)
class SubjectRow:
    """One person filmed. Rates are per reviewed minute; None without reviewed footage."""

    subject: str
    videos: int
    reviewed: int
    minutes: float
    macro: int
    micro: int

    @property
    def per_minute(self) -> float | None:
        return (self.macro + self.micro) / self.minutes if self.minutes else None


@dataclass(frozen=True)
class PersonRow:
    """One coder: videos with reviewed footage, minutes of it, decisions by verdict."""

    name: str
    videos: int
    minutes: float
    verdicts: Mapping[str, int]


@dataclass(frozen=True)
class PairRow:
    """Two coders in short; None where a measure is not defined."""

    pair: TwiceCoded
    f1: float | None
    frame_kappa: float | None
    alpha: float | None
    onset_median: float | None
    offset_median: float | None


@dataclass(frozen=True)
class StudyReport:
    """Everything the report shows.

    Attributes:
        verdicts: of the decisions that count, with the reasons of rejections ("rejected (blink)").
        reviewed_shares: title -> share of its frames that count as reviewed.
    """

    name: str
    made_at: datetime
    videos: int
    minutes: float
    reviewed_minutes: float
    verdicts: Mapping[str, int]
    subjects: tuple[SubjectRow, ...]
    events: tuple[Event, ...]
    people: tuple[PersonRow, ...]
    pairs: tuple[PairRow, ...]
    effort: tuple[EffortPoint, ...]
    label_sets: tuple[str, ...]
    models: tuple[str, ...]
    reviewed_shares: Mapping[str, float] = field(default_factory=dict)

    def action_units(self) -> Counter[tuple[str, str]]:
        """(action unit without side and intensity, expression type) -> events that show it."""
        found: Counter[tuple[str, str]] = Counter()
        for event in self.events:
            for unit in {bare(unit) for unit in event.action_units}:
                found[unit, event.type] += 1
        return found

    def emotions(self) -> Counter[tuple[str, str]]:
        """(emotion, expression type) -> events; those without a word are left out."""
        return Counter((event.emotion, event.type) for event in self.events if event.emotion)


def bare(unit: str) -> str:
    """An action unit's number without side and intensity.

    >>> bare("R12B"), bare("AU4"), bare("25")
    ('12', '4', '25')
    """
    digits = "".join(letter for letter in unit if letter.isdigit())
    return digits or unit


def study_report(database: Database, study_id: int) -> StudyReport:
    """Collect the report of a study; NotFound for no such study."""
    with database.read() as session:
        study = session.get(Study, study_id)
        if study is None:
            raise NotFound(f"There is no study {study_id}.")
        videos = [v for v in library.videos_in(session, study_id) if v.state == "ready" and not is_blind(v.path)]
        labelled, _ = collect(session, study_id)
        ids = [video.id for video in videos]
        footage = queries.spans_of(session, ids)
        rows = queries.annotations_of(session, ids)
        names, agreed = people.annotator_names(session), adjudication.consensus_of(session, study_id)
        frozen = tuple(row.name for row in sets.label_sets(session, study_id))
        taught = {row.id for row in sets.label_sets(session, study_id)}
        models = tuple(row.name for row, *_ in registry.versions(session) if row.label_set_id in taught)
        subjects = {video.id: video.subject.code if video.subject else "" for video in videos}
    rates = {video.id: video.fps for video in videos}
    per_person: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in footage:
        per_person[row.annotator_id].append((row.video_id, row.last - row.first + 1))
    verdicts: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        verdicts[row.annotator_id][row.verdict] += 1
    coders = sorted({*per_person, *verdicts} - {agreed}, key=lambda coder: names[coder])
    return StudyReport(
        name=study.name,
        made_at=now(),
        videos=len(videos),
        minutes=sum(v.frame_count / v.fps for v in videos) / 60,
        reviewed_minutes=sum(spans.frames(v.reviewed) / v.fps for v in labelled) / 60,
        verdicts=_verdicts(labelled),
        subjects=_subjects(subjects.values(), labelled),
        events=tuple(_events(labelled)),
        people=tuple(
            PersonRow(names[coder], len({video for video, _ in per_person[coder]}),
                      sum(frames / rates[video] for video, frames in per_person[coder]) / 60, dict(verdicts[coder]))
            for coder in coders
        ),
        pairs=_pairs(database, study_id),
        effort=effort_curve(database, study_id),
        label_sets=frozen,
        models=models,
        reviewed_shares={v.title: spans.frames(v.reviewed) / v.frame_count for v in labelled},
    )  # fmt: skip


def _verdicts(videos: Iterable[LabelledVideo]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for video in videos:
        for one in video.intervals:
            found[f"rejected ({one.reason})" if one.verdict == "rejected" else one.verdict] += 1
    return dict(sorted(found.items()))


def _events(videos: Iterable[LabelledVideo]) -> Iterable[Event]:
    for video in videos:
        for one in video.intervals:
            if one.verdict in EXPRESSIONS:
                yield Event(
                    video.subject, video.title, one.type, one.onset / video.fps,
                    (one.offset - one.onset) / video.fps, tuple(one.action_units), one.emotion,
                )  # fmt: skip


def _subjects(codes: Iterable[str], labelled: Iterable[LabelledVideo]) -> tuple[SubjectRow, ...]:
    videos = Counter(codes)
    seen: dict[str, list[LabelledVideo]] = defaultdict(list)
    for video in labelled:
        seen[video.subject].append(video)
    made = []
    for code in sorted(videos):
        types = Counter(event.type for event in _events(seen[code]))
        minutes = sum(spans.frames(v.reviewed) / v.fps for v in seen[code]) / 60
        made.append(SubjectRow(code, videos[code], len(seen[code]), minutes, types["macro"], types["micro"]))
    return tuple(made)


def _pairs(database: Database, study_id: int) -> tuple[PairRow, ...]:
    """The pairs with the most footage in common; more would make a report of hours for a large lab."""
    made = []
    for pair in agreement.twice_coded(database, study_id)[:MOST_PAIRS]:
        found = agreement.agreement(database, study_id, pair.first, pair.second)
        medians = {
            name: one.median if one.count else None for name, one in found.differences.items()
        }
        made.append(PairRow(
            pair, found.events[0.5].f1, found.frames.kappa, found.alpha, medians["onset"], medians["offset"],
        ))  # fmt: skip
    return tuple(made)
