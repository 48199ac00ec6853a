"""Adjudication as pages and routes see it: what two coders say, what was decided, and how far a video is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.values.reviewing import Annotation, Span

REASONS = {
    "boundaries": "better boundaries",
    "type": "the right type",
    "missed": "missed by the other",
    "no expression": "no expression",
    "discussed": "discussed by both",
    "other": "other",
}
"""Why somebody decided as they did -> what it is called; "other" needs a note."""

AGREED = "agreed"


@dataclass(frozen=True)
class AdjudicationRequest:
    """One decision between two coders as the client sends it.

    Attributes:
        id: UUID made by the client; the same one sent again changes nothing.
        first, second: the two coders. `first_id` and `second_id` are their annotations, None for who saw nothing;
            `versions` those that were looked at.
        choice: "a" or "b" (what the first or second says, also where that is nothing), "mean", "redraw", "neither".
        reason: one of REASONS; "other" needs a note.
        type: for a mean of two types, which of them.
        after: for "redraw" the type, onset, apex and offset.
    """

    id: str
    video_id: int
    first: int
    second: int
    first_id: str | None
    second_id: str | None
    versions: tuple[int | None, int | None]
    choice: str
    reason: str
    by: int
    note: str = ""
    type: str | None = None
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Ruling:
    """The decision that stands on an item; choice "agreed" was taken over without asking anybody."""

    id: str
    choice: str
    reason: str
    note: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Item:
    """One event as two coders saw it, or one of them alone.

    Attributes:
        id: of the consensus annotation that it has, or would have.
        kind: "agreed", "only first", "only second", "type" or "boundaries".
        status: "open", "agreed", "decided", or "changed" where a coder changed theirs after the decision: open again.
        iou: overlap of the two, 0 where one is missing.
        consensus: what the consensus holds; None before the decision, and where it is that there is nothing.
    """

    id: str
    kind: str
    status: str
    first: Annotation | None
    second: Annotation | None
    iou: float
    ruling: Ruling | None
    consensus: Annotation | None

    @property
    def open(self) -> bool:
        return self.status in ("open", "changed")


@dataclass(frozen=True)
class AdjudicatedVideo:
    """One video between two coders.

    Attributes:
        shared: footage that both judged; items lie wholly inside of it.
        reviewed: footage that the consensus covers: all of `shared` once nothing is open.
    """

    video_id: int
    first: int
    second: int
    first_name: str
    second_name: str
    shared: tuple[Span, ...]
    reviewed: tuple[Span, ...]
    items: tuple[Item, ...]

    @property
    def open(self) -> int:
        return sum(item.open for item in self.items)


@dataclass(frozen=True)
class AdjudicationProgress:
    """How far the adjudication of a pair is in one video; `done` when the consensus covers what both judged."""

    video_id: int
    title: str
    open: int
    agreed: int
    decided: int
    done: bool
