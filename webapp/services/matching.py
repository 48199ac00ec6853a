"""Which proposals are decided: directly, or because a decision on an earlier run matches (same type, IoU >= 0.5)."""

from __future__ import annotations

import uuid
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spotcore.intervals import Interval, iou

DECIDED_IOU = 0.5
# Fixed for ever: the ids of decisions on proposals are made from it.
_NAMESPACE = uuid.UUID("6f0d8a52-53f5-4b32-9b0b-5c1f2b1d6a0e")


def interval_id(annotator_id: int, proposal_id: int) -> str:
    """Id of this annotator's annotation of this proposal: two tabs that decide it meet in one row."""
    return str(uuid.uuid5(_NAMESPACE, f"{annotator_id}/{proposal_id}"))


@dataclass(frozen=True)
class Decided:
    """An annotation as matching sees it."""

    annotation_id: str
    proposal_id: int | None
    verdict: str
    interval: Interval


def decisions(proposals: Mapping[int, Interval], decided: Sequence[Decided]) -> dict[int, Decided]:
    """Proposal id -> the annotation that decides it.

    A proposal's own annotation comes first; else the best matching one that does not belong to another proposal of
    the same set (an adjusted neighbour must not swallow the next proposal).

    Args:
        proposals: one set, id -> interval.
        decided: annotations of the annotator on the same video that stand.
    """
    answer = {d.proposal_id: d for d in decided if d.proposal_id in proposals}
    free = sorted((d for d in decided if d.proposal_id not in proposals), key=lambda d: d.interval.onset)
    if not free:
        return answer
    longest = max(d.interval.length for d in free)
    onsets = [d.interval.onset for d in free]
    for proposal_id, interval in proposals.items():
        if proposal_id in answer:
            continue
        nearby = free[bisect_left(onsets, interval.onset - longest + 1) : bisect_left(onsets, interval.offset + 1)]
        same = [d for d in nearby if d.interval.type == interval.type]
        best = max(same, key=lambda d: (iou(d.interval, interval), d.annotation_id), default=None)
        if best is not None and iou(best.interval, interval) >= DECIDED_IOU:
            answer[proposal_id] = best
    return answer
