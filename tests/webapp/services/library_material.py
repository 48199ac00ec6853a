"""A small library for tests: videos, finished runs with proposals, and operations, made through the services."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from db.models import Annotator, Assignment
from db.session import Database
from spotcore.intervals import Interval
from webapp.services import library, reviewing, spotting
from webapp.services.defaults import Defaults, ensure_defaults
from webapp.services.reviewing import OperationRequest, OperationResult, ReviewState

MICRO = Interval(10, 20, "micro", 15, 0.9)
MACRO = Interval(50, 100, "macro", None, 0.5)


@dataclass(frozen=True)
class Desk:
    """One annotator at work in one database."""

    database: Database
    defaults: Defaults
    annotator_id: int

    def video(self, title: str = "a.mp4", subject: str | None = "s1", frames: int = 300, fps: float = 30.0) -> int:
        """An imported video; its content hash follows from the title."""
        study = self.defaults.study_id
        video_id = library.register_video(self.database, study, title, f"uploads/{title}", "file", None, 10, subject)
        facts = library.ImportedVideo(
            sha256=hashlib.sha256(title.encode()).hexdigest(),
            size_bytes=10,
            frame_count=frames,
            fps=fps,
            duration=frames / fps,
            variable_rate=False,
            width=64,
            height=48,
            frames_path=f"media/{video_id}/frames.npz",
        )
        library.finish_import(self.database, video_id, facts)
        return video_id

    def run(self, video_id: int, proposals: Sequence[Interval] = (MICRO, MACRO), version_id: int | None = None) -> int:
        """A finished run with these proposals."""
        version_id = version_id or self.defaults.baseline_version_id
        run_id = spotting.start_run(self.database, video_id, version_id, 6.0, {})
        spotting.finish_run(self.database, run_id, f"runs/{run_id}/curves.npz", f"features/{run_id}.npz", proposals)
        return run_id

    def state(self, video_id: int, **chosen: int) -> ReviewState:
        return reviewing.review_state(self.database, video_id, self.annotator_id, **chosen)

    def request(self, verb: str, video_id: int, **fields: Any) -> OperationRequest:
        fields.setdefault("id", str(uuid.uuid4()))
        return OperationRequest(verb=verb, video_id=video_id, annotator_id=self.annotator_id, **fields)

    def do(self, verb: str, video_id: int, **fields: Any) -> OperationResult:
        return reviewing.apply_operation(self.database, self.request(verb, video_id, **fields))

    def decide(self, verb: str, video_id: int, number: int = 0, **after: Any) -> OperationResult:
        """Decide on the proposal with this number in the newest set, for the first time."""
        proposal = self.state(video_id).proposals[number]
        return self.do(verb, video_id, interval_id=proposal.interval_id, proposal_id=proposal.id, after=after)

    def add(self, video_id: int, **after: Any) -> OperationResult:
        return self.do("add", video_id, interval_id=str(uuid.uuid4()), after=after)

    def reviewed(self, video_id: int, first: int = 0, last: int = 299) -> OperationResult:
        return self.do("review_span", video_id, after={"first": first, "last": last})

    def colleague(self, name: str = "Colleague") -> Desk:
        """Another annotator of the same study."""
        with self.database.begin() as session:
            other = Annotator(name=name)
            session.add(other)
            session.flush()
            session.add(Assignment(study_id=self.defaults.study_id, annotator_id=other.id))
            session.flush()
            return Desk(self.database, self.defaults, other.id)


def desk(database: Database) -> Desk:
    """The default annotator at work."""
    defaults = ensure_defaults(database)
    return Desk(database, defaults, defaults.annotator_id)
