"""Somebody's own work: where they stopped, how fast they decide, and what they did in one sitting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Place:
    """The interval (None: none was selected) and frame at which an annotator left a video."""

    video_id: int
    title: str
    interval_id: str | None
    frame: int
    changed_at: datetime


@dataclass(frozen=True)
class Pace:
    """How long one decision takes this person.

    Attributes:
        median_seconds: from the end of one interval's decision to the end of the next one's; None before the first.
        intervals: how many intervals the median is over.
    """

    median_seconds: float | None
    intervals: int


@dataclass(frozen=True)
class Sitting:
    """Work without a long break, up to now.

    Attributes:
        intervals: that were decided.
        videos: in which they lie.
        pace: within the sitting.
        started, ended: first and last operation; None without any.
    """

    intervals: int
    videos: int
    pace: Pace
    started: datetime | None
    ended: datetime | None
