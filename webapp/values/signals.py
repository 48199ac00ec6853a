"""What is known of a signal that was imported beside a video."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SignalInfo:
    """One imported table.

    Attributes:
        path: folder of its numbers, relative to the data folder.
        columns: (name, unit) in the order of the numbers; the unit is "" where the file does not say.
        samples: rows that lie within the video.
        note: what was left out, for people.
    """

    id: int
    video_id: int
    annotator_id: int
    title: str
    path: str
    columns: tuple[tuple[str, str], ...]
    samples: int
    note: str
