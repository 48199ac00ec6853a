"""Spotting runs and their sets of proposals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class RunDetails:
    """One model version on one video. Paths are relative to the data folder; progress 0..1."""

    id: int
    video_id: int
    model_version_id: int
    model: str
    false_alarms: float
    settings: Mapping[str, Any]
    state: str
    progress: float
    message: str
    curves_path: str | None
    features_path: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class ProposalSetInfo:
    """The proposals of a run at one rate of expected false alarms a minute."""

    id: int
    run_id: int
    false_alarms: float
    proposals: int
    created_at: datetime
