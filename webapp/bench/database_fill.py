"""A database as a busy laboratory has it after years: filled in bulk, seeded, without any file behind its rows.

Every row keeps the rules of the schema, and the parts hang together as the services leave them: decisions belong to
proposals of the newest set, each one is in the log, label sets copy what was reviewed.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import numpy as np

from db import models
from db.session import Database
from webapp.bench.team_fill import coders, team_tables
from webapp.services.defaults import ensure_defaults

CHUNK = 20_000
SETS_PER_VIDEO = 3  # one of the older run, two of the newest
ANNOTATORS = 8
VIDEOS_PER_SUBJECT = 25
FPS = 30.0
START = datetime(2023, 1, 2, 8, tzinfo=UTC)
VERDICTS = ("accepted", "accepted", "rejected", "adjusted", "rejected", "accepted", "unsure", "added")
REASONS = ("blink", "speech", "head motion", "other")
REVIEWED_SHARE = 0.7  # of the videos, somebody has decided on
LABEL_SETS = 6
OTHER_STUDY = 0.05  # of the videos lie in a second study


@dataclass(frozen=True)
class Size:
    """How many rows of each kind, about."""

    videos: int = 10_000
    proposals: int = 1_000_000
    annotations: int = 200_000


@dataclass(frozen=True)
class Decision:
    """One decided interval on its way into annotations, log and label sets."""

    id: str
    video: int
    annotator: int
    proposal: int | None
    values: Mapping[str, Any]
    at: datetime


def fill(database: Database, size: Size, seed: int = 0) -> None:
    """Fill an empty, migrated database."""
    defaults = ensure_defaults(database)
    lab = _Lab(np.random.default_rng(seed), size, defaults.study_id, defaults.annotator_id)
    for table, rows in lab.tables():
        _insert(database, table, rows)
    _continue_numbers(database)


def _insert(database: Database, table: type, rows: Iterable[Mapping[str, Any]]) -> None:
    left = iter(rows)
    while piece := list(islice(left, CHUNK)):
        with database.begin() as session:
            session.bulk_insert_mappings(table, piece)


def _continue_numbers(database: Database) -> None:
    """PostgreSQL gives the next number from a sequence, which has not heard of the numbers given here."""
    if database.engine.dialect.name != "postgresql":
        return
    with database.begin() as session:
        for table in models.Base.metadata.sorted_tables:
            key = next(iter(table.primary_key.columns), None)
            if key is not None and key.autoincrement in (True, "auto") and key.type.python_type is int:
                session.connection().exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key.name}'), "
                    f"(SELECT coalesce(max({key.name}), 1) FROM {table.name}))"
                )


class _Lab:
    """Draws the rows, table after table, parents first."""

    def __init__(self, rng: np.random.Generator, size: Size, study: int, me: int) -> None:
        self.rng, self.size, self.study, self.other_study = rng, size, study, study + 1
        self.annotators = [me, *range(me + 1, me + ANNOTATORS)]
        self.videos = np.arange(1, size.videos + 1)
        self.subjects = max(2, size.videos // VIDEOS_PER_SUBJECT)
        self.frames = rng.integers(900, 9000, size.videos)
        self.elsewhere = rng.random(size.videos) < OTHER_STUDY
        weights = rng.lognormal(0, 0.6, size.videos)
        per_set = size.proposals / SETS_PER_VIDEO * weights / weights.sum()
        self.per_set = np.maximum(1, np.round(per_set)).astype(int)
        self.newest: dict[int, list[tuple[int, tuple]]] = {}  # video -> proposals of its newest set
        self.decided: list[Decision] = []
        self.spans: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def tables(self) -> Iterator[tuple[type, Iterable[Mapping[str, Any]]]]:
        """(table, rows), in an order that foreign keys allow."""
        yield models.Study, [{"id": self.other_study, "name": "Second study"}]
        yield models.Annotator, [{"id": i, "name": f"Coder {i}"} for i in self.annotators[1:]]
        yield models.Assignment, [{"study_id": self.study, "annotator_id": i} for i in self.annotators[1:]]
        yield models.Subject, self._subjects()
        yield models.Video, self._videos()
        yield models.ModelVersion, [
            {"id": n, "name": f"dilated-{n}", "architecture": "dilated", "settings": {"width": 64}, "scores": {}}
            for n in range(10, 22)
        ]
        yield models.SpottingRun, self._runs()
        yield models.ProposalSet, self._sets()
        yield models.Proposal, self._proposals()
        self._decide()
        yield models.Annotation, map(_annotation, self.decided)
        yield models.ReviewedSpan, self._reviewed()
        yield models.Operation, self._log()
        yield models.Place, self._places()
        yield from self._label_sets()
        here = [v for v, other in zip(self.videos.tolist(), self.elsewhere, strict=True) if not other and v % 200 != 1]
        yield from team_tables(self.study, self.annotators, here, START)

    def _subjects(self) -> Iterator[Mapping[str, Any]]:
        for number in range(1, self.subjects + 1):
            yield {"id": number, "study_id": self.study, "code": f"s{number:04d}"}
        yield {"id": self.subjects + 1, "study_id": self.other_study, "code": "t0001"}

    def _videos(self) -> Iterator[Mapping[str, Any]]:
        for place, video in enumerate(self.videos.tolist()):
            frames, other = int(self.frames[place]), bool(self.elsewhere[place])
            state = "ready" if place % 200 else ("failed" if place % 400 else "importing")
            yield {
                "id": video, "study_id": self.other_study if other else self.study,
                "subject_id": self.subjects + 1 if other else 1 + place % self.subjects,
                "title": f"day{place % 365:03d}_s{1 + place % self.subjects:04d}_clip{video:06d}.mp4",
                "path": f"uploads/{video:032x}/source.mp4", "kind": "file", "sha256": f"{video:064x}",
                "size_bytes": 10_000_000 + video, "state": state, "progress": 1.0 if state == "ready" else 0.3,
                "frame_count": frames, "fps": FPS, "duration": frames / FPS, "variable_rate": False, "width": 1280,
                "height": 720, "has_audio": False, "frames_path": f"media/{video}/frames.npz", "missing_frames": 0,
                "created_at": START + timedelta(hours=video), "message": "",
            }  # fmt: skip

    def _runs(self) -> Iterator[Mapping[str, Any]]:
        for video in self.videos.tolist():
            for turn in (0, 1):
                run = 2 * video - 1 + turn
                yield {
                    "id": run, "video_id": video, "model_version_id": 10 + turn * (1 + video % 2), "false_alarms": 6.0,
                    "settings": {}, "state": "done", "progress": 1.0, "message": "",
                    "curves_path": f"runs/{run}/curves.npz", "features_path": f"features/{video:032x}.npz",
                }  # fmt: skip
        after = 2 * len(self.videos)
        for number, video in enumerate(self.videos[::97].tolist(), 1):
            state = ("queued", "running", "failed", "cancelled")[number % 4]
            yield {
                "id": after + number, "video_id": video, "model_version_id": 14, "false_alarms": 6.0, "settings": {},
                "state": state, "progress": 0.0, "message": "", "curves_path": None, "features_path": None,
            }  # fmt: skip

    def _sets(self) -> Iterator[Mapping[str, Any]]:
        for video in self.videos.tolist():
            for turn in range(SETS_PER_VIDEO):
                run, rate = 2 * video - 1 + min(turn, 1), 6.0 if turn < 2 else 12.0
                yield {"id": self._set(video, turn), "run_id": run, "video_id": video, "false_alarms": rate,
                       "settings": {}}  # fmt: skip

    def _set(self, video: int, turn: int) -> int:
        return SETS_PER_VIDEO * (video - 1) + turn + 1

    def _proposals(self) -> Iterator[Mapping[str, Any]]:
        number = 0
        for turn in range(SETS_PER_VIDEO):
            for place, video in enumerate(self.videos.tolist()):
                count, frames = int(self.per_set[place]), int(self.frames[place])
                onsets = np.sort(self.rng.integers(0, frames - 40, count)).tolist()
                lengths = self.rng.integers(6, 40, count).tolist()
                scores = self.rng.random(count).round(4).tolist()
                for onset, length, score in zip(onsets, lengths, scores, strict=True):
                    number += 1
                    interval = ("micro" if length < 15 else "macro", onset, onset + length // 2, onset + length - 1)
                    if turn == SETS_PER_VIDEO - 1:
                        self.newest.setdefault(video, []).append((number, interval))
                    yield {"id": number, "proposal_set_id": self._set(video, turn), "video_id": video,
                           **_interval(interval), "score": score}  # fmt: skip

    def _decide(self) -> None:
        here = [v for v, other in zip(self.videos.tolist(), self.elsewhere, strict=True) if not other and v % 200 != 1]
        coded = here[: int(len(here) * REVIEWED_SHARE)]
        wanted = self.size.annotations
        share = wanted / max(1, sum(len(self.newest[v]) for v in coded)) / 1.25  # every fourth video is coded twice
        moment = START
        for video in coded:
            known = self.newest[video]
            for annotator in coders(self.annotators, video):
                moment += timedelta(minutes=7)
                whole = video % 10 < 7
                end = int(self.frames[video - 1]) - 1
                self.spans[video, annotator] = [(0, end)] if whole else [(0, end // 3), (end // 2, end)]
                count = min(len(known), int(self.rng.poisson(share * len(known))))
                for number, place in enumerate(np.sort(self.rng.choice(len(known), count, replace=False)).tolist()):
                    moment += timedelta(seconds=4)
                    self.decided.append(self._decision(video, annotator, known[place], number, moment))

    def _decision(self, video: int, annotator: int, known: tuple, number: int, moment: datetime) -> Decision:
        proposal, interval = known
        verdict = VERDICTS[number % len(VERDICTS)]
        values = {
            **_interval(interval), "verdict": verdict, "reason": REASONS[number % 4] if verdict == "rejected" else None,
            "action_units": ["AU4", "AU12"][: number % 3], "emotion": "", "confidence": None, "note": "",
        }  # fmt: skip
        key = str(uuid.UUID(bytes=self.rng.bytes(16), version=4))
        return Decision(key, video, annotator, None if verdict == "added" else proposal, values, moment)

    def _reviewed(self) -> Iterator[Mapping[str, Any]]:
        for (video, annotator), spans in self.spans.items():
            for first, last in spans:
                yield {"video_id": video, "annotator_id": annotator, "first": first, "last": last}

    def _log(self) -> Iterator[Mapping[str, Any]]:
        verbs = {"accepted": "accept", "adjusted": "adjust", "rejected": "reject", "unsure": "unsure", "added": "add"}
        for place, d in enumerate(self.decided):
            after = {"id": d.id, "proposal_id": d.proposal, "version": 1, "imported": False, **d.values}
            line = {
                "video_id": d.video, "annotator_id": d.annotator, "interval_id": d.id, "proposal_id": d.proposal,
                "before": None, "after": after, "undoes": None, "model_version_id": 11,
                "session": f"visit-{d.video}-{d.annotator}", "client_time": d.at, "server_time": d.at,
            }  # fmt: skip
            yield {"id": str(uuid.UUID(bytes=self.rng.bytes(16), version=4)), "verb": verbs[d.values["verdict"]],
                   "base_version": 0, "version": 1, **line}  # fmt: skip
            if place % 6 == 0:  # the note is changed later
                yield {"id": str(uuid.UUID(bytes=self.rng.bytes(16), version=4)), "verb": "edit", "base_version": 1,
                       "version": 1, **line, "before": after}  # fmt: skip

    def _places(self) -> Iterator[Mapping[str, Any]]:
        for number, (video, annotator) in enumerate(self.spans):
            yield {"annotator_id": annotator, "video_id": video, "interval_id": None, "frame": 10,
                   "changed_at": START + timedelta(minutes=number)}  # fmt: skip

    def _label_sets(self) -> Iterator[tuple[type, Iterable[Mapping[str, Any]]]]:
        """Sets that grow from round to round, each a copy of half of what is reviewed at most."""
        by_video: dict[int, list[Decision]] = {}
        for d in self.decided:
            if d.annotator == self.annotators[d.video % ANNOTATORS]:
                by_video.setdefault(d.video, []).append(d)
        coded = sorted(by_video)
        sets = [(n, coded[: len(coded) * n // (2 * LABEL_SETS)]) for n in range(1, LABEL_SETS + 1)]
        yield models.LabelSet, [
            {"id": n, "study_id": self.study, "name": f"round {n}", "content_hash": f"{n:064x}",
             "created_at": START + timedelta(days=30 * n)} for n, _ in sets
        ]  # fmt: skip
        subjects, videos, owner = [], [], {}
        for n, held in sets:
            for video in held:
                subject = 1 + (video - 1) % self.subjects
                if (n, subject) not in owner:
                    owner[n, subject] = len(owner) + 1
                    subjects.append({"id": owner[n, subject], "label_set_id": n, "subject_id": subject,
                                     "code": f"s{subject:04d}", "role": _role(subject)})  # fmt: skip
                videos.append((len(videos) + 1, n, owner[n, subject], video))
        yield models.LabelSetSubject, subjects
        yield models.LabelSetVideo, (self._frozen(by_video, *one) for one in videos)
        yield models.LabelSetInterval, (
            {"label_set_video_id": number, "video_id": video, **d.values}
            for number, _, _, video in videos
            for d in by_video[video]
        )
        yield models.TrainingJob, (
            {"label_set_id": 1 + n % LABEL_SETS, "architecture": "dilated", "preset": "quick", "settings": {},
             "state": "failed", "progress": 0.5, "message": "stopped"} for n in range(40) if sets[-1][1]
        )  # fmt: skip

    def _frozen(self, decided: Mapping[int, list[Decision]], number: int, n: int, subject: int, video: int) -> dict:
        annotator = self.annotators[video % ANNOTATORS]
        return {"id": number, "label_set_id": n, "label_set_subject_id": subject, "video_id": video,
                "annotator_id": annotator, "title": f"clip{video:06d}.mp4", "sha256": f"{video:064x}",
                "frame_count": int(self.frames[video - 1]), "fps": FPS,
                "reviewed": [list(span) for span in self.spans[video, annotator]],
                **_totals(decided[video], self.spans[video, annotator])}  # fmt: skip


def _totals(decided: Sequence[Decision], spans: Sequence[tuple[int, int]]) -> dict[str, float]:
    seconds = sum(last - first + 1 for first, last in spans) / FPS
    truth = [d.values["type"] for d in decided if d.values["verdict"] in ("accepted", "adjusted", "added")]
    said = [d.values["verdict"] for d in decided]
    return {
        "reviewed_seconds": seconds, "empty_seconds": seconds / 2, "macro": truth.count("macro"),
        "micro": truth.count("micro"), "rejected": said.count("rejected"), "unsure": said.count("unsure"),
    }  # fmt: skip


def _role(subject: int) -> str:
    return ("train", "train", "train", "validation", "test")[subject % 5]


def _interval(interval: tuple) -> dict[str, Any]:
    return dict(zip(("type", "onset", "apex", "offset"), interval, strict=True))


def _annotation(d: Decision) -> dict[str, Any]:
    return {"id": d.id, "video_id": d.video, "annotator_id": d.annotator, "proposal_id": d.proposal, "version": 1,
            "imported": False, "deleted": False, "created_at": d.at, "changed_at": d.at, **d.values}  # fmt: skip
