"""Jobs: long work of some kinds, what it is asked to do and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

SPOT_LIBRARY, LOSO, COMPARE, SEEDED_RECALL, TONIGHT = "spot_library", "loso", "compare", "seeded_recall", "tonight"
BENCHMARK, CLIPS = "benchmark", "clips"
KIND_NAMES = {
    SPOT_LIBRARY: "Spot the library",
    LOSO: "Leave one subject out",
    COMPARE: "Compare two versions",
    SEEDED_RECALL: "Seeded recall",
    TONIGHT: "Tonight",
    BENCHMARK: "Study of a benchmark",
    CLIPS: "Clips for a paper",
}


@dataclass(frozen=True)
class Job:
    """A job; progress 0..1.

    Attributes:
        params: what was asked for; the members depend on the kind (`webapp.services.job_wishes`).
        result: what came of it; while it runs, what is finished of it under "parts". None before the first part.
        priority: a smaller one comes first.
    """

    id: int
    study_id: int
    kind: str
    params: Mapping[str, Any]
    priority: int
    state: str
    progress: float
    message: str
    result: Mapping[str, Any] | None
    cancel_requested: bool
    created_by: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def title(self) -> str:
        return KIND_NAMES[self.kind]

    def part(self, name: str) -> Mapping[str, Any]:
        """What is known of one part of the work; empty before it has begun."""
        return ((self.result or {}).get("parts") or {}).get(name) or {}


@dataclass(frozen=True)
class JobPage:
    """Jobs, newest first. `total` counts all pages."""

    rows: tuple[Job, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class RunCounts:
    """Spotting runs that a job waits for, by how far they are."""

    waiting: int
    done: int
    failed: int
    cancelled: int

    @property
    def over(self) -> int:
        return self.done + self.failed + self.cancelled

    @property
    def total(self) -> int:
        return self.waiting + self.over


@dataclass(frozen=True)
class FailedRun:
    """A video that could not be spotted, and why."""

    video_id: int
    run_id: int
    reason: str
