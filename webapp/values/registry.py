"""Training jobs, model versions and the history of aliases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# Stands for a folder in `ModelVersion.checkpoint_path`: the model that comes with Glint, wherever that is installed.
SHIPPED_PATH = "shipped:default"


@dataclass(frozen=True)
class TrainingJob:
    """A training job; progress 0..1, `warm_start` and `model_version_id` are model versions."""

    id: int
    label_set_id: int
    label_set: str
    architecture: str
    preset: str
    settings: Mapping[str, Any]
    warm_start: int | None
    model_version_id: int | None
    created_by: int | None
    state: str
    progress: float
    message: str
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class ModelVersion:
    """A registered checkpoint with its lineage.

    Attributes:
        label_set_id, label_set: what it was trained on, None for the baseline.
        parent_id: the version it started from, None when trained from scratch.
        checkpoint_path: folder, relative to the data folder; SHIPPED_PATH; None for the baseline.
        scores: nested numbers by name, as the training job wrote them.
        lineage: "origin" ("trained" or "imported"; absent for what comes with Glint and for old rows) and what else is
            known of the making: preset, training settings, hardware, seconds, epochs, notes, calibration.
        affected_at: when a person whose footage trained it withdrew; None while nobody did.
        aliases: names that point to it now, sorted.
    """

    id: int
    name: str
    architecture: str
    settings: Mapping[str, Any]
    label_set_id: int | None
    label_set: str | None
    parent_id: int | None
    job_id: int | None
    code_version: str
    seed: int | None
    checkpoint_path: str | None
    checkpoint_sha256: str | None
    scores: Mapping[str, Any]
    note: str
    lineage: Mapping[str, Any]
    affected_at: datetime | None
    created_at: datetime
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class AliasChange:
    """One move of an alias; `kind` is "promote" or "roll_back"."""

    id: int
    alias: str
    kind: str
    from_version_id: int | None
    to_version_id: int
    changed_by: int | None
    changed_at: datetime


@dataclass(frozen=True)
class ScoreDifference:
    """One number of two versions, by its dotted name ("held_out.overall.f1"); None where a version lacks it."""

    name: str
    first: float | None
    second: float | None

    @property
    def gain(self) -> float | None:
        return None if self.first is None or self.second is None else self.second - self.first


@dataclass(frozen=True)
class ProposalDifference:
    """Newest proposals of two versions on one video, matched by type and IoU of at least 0.5."""

    video_id: int
    title: str
    both: int
    only_first: int
    only_second: int


@dataclass(frozen=True)
class ModelComparison:
    """Two versions side by side; `settings` holds only those that differ, name -> (first, second).

    `videos` is one page of the `video_count` that both have spotted, of `pages`.
    """

    first: ModelVersion
    second: ModelVersion
    settings: Mapping[str, tuple[Any, Any]]
    scores: tuple[ScoreDifference, ...]
    videos: tuple[ProposalDifference, ...]
    video_count: int
    pages: int
