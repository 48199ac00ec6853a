"""Videos and subjects as pages, routes and jobs see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

Located = Callable[[str], Path]
"""The file behind a path as the database holds it, fetched from the shared store where it is not here."""


@dataclass(frozen=True)
class Defaults:
    """Ids of the study, annotator and model version that exist from the first start."""

    study_id: int
    annotator_id: int
    baseline_version_id: int


@dataclass(frozen=True)
class VideoRow:
    """One line of the library.

    Attributes:
        state: importing, ready or failed; `message` and `progress` (0..1) belong to it.
        duration: seconds.
        proposals: number in the newest set of the newest finished run.
        decided: how many of them somebody has decided (matching decisions on earlier runs count).
        reviewed_share: 0..1, of the annotator who has looked at most of it.
        annotators: names of those with decisions or reviewed footage, sorted.
        run_id, run_state, run_progress: the newest run, whatever its state.
        notes: what the import noticed although the video can be used, sentences joined by "; ".
    """

    id: int
    title: str
    subject: str | None
    frame_count: int | None
    fps: float | None
    duration: float | None
    width: int | None
    height: int | None
    state: str
    message: str
    progress: float
    proposals: int
    decided: int
    reviewed_share: float
    annotators: tuple[str, ...]
    run_id: int | None
    run_state: str | None
    run_progress: float | None
    synthetic: bool
    has_audio: bool | None
    notes: str = ""


@dataclass(frozen=True)
class VideoPage:
    """`page` is 1-based and within 1..pages; `total` counts all rows that match."""

    rows: tuple[VideoRow, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class VideoDetails:
    """Every column of a video; what only the import knows is None until the state is "ready"."""

    id: int
    study_id: int
    subject: str | None
    title: str
    path: str
    kind: str
    sha256: str | None
    size_bytes: int | None
    rate: float | None
    synthetic: bool
    person: Mapping[str, Any] | None
    added_by: int | None
    created_at: datetime
    state: str
    progress: float
    message: str
    frame_count: int | None
    fps: float | None
    duration: float | None
    variable_rate: bool | None
    width: int | None
    height: int | None
    rotation: int | None
    pixel_aspect: float | None
    codec: str | None
    bit_depth: int | None
    has_audio: bool | None
    missing_frames: int
    frames_path: str | None
    audio_path: str | None
    thumbnail_path: str | None


@dataclass(frozen=True)
class ImportedVideo:
    """What an import found out; paths are relative to the data folder, duration in seconds.

    `message` holds what people should know although the video can be used: damaged frames, holes, missing pictures.
    """

    sha256: str
    size_bytes: int
    frame_count: int
    fps: float
    duration: float
    variable_rate: bool
    width: int
    height: int
    frames_path: str
    rotation: int = 0
    pixel_aspect: float = 1.0
    codec: str = ""
    bit_depth: int = 8
    has_audio: bool = False
    missing_frames: int = 0
    audio_path: str | None = None
    thumbnail_path: str | None = None
    message: str = ""


@dataclass(frozen=True)
class SubjectRow:
    """A person filmed; role is None until a label set has given one."""

    id: int
    code: str
    role: str | None
    videos: int
