"""Non-maximum suppression: of proposals of one type that overlap much, the surest stays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.matching import by_score


def suppress(proposals: Sequence[Interval], iou: float = 0.5) -> list[Interval]:
    """Keep, per type, the surest proposals that overlap no surer kept one by `iou` or more.

    Returns:
        The kept proposals, surest first, ties by onset (both types mixed).
    """
    kept: list[Interval] = []
    spans = {kind: np.empty((2, len(proposals)), np.int64) for kind in EXPRESSION_TYPES}
    counts = dict.fromkeys(EXPRESSION_TYPES, 0)
    for index in by_score(proposals):
        candidate = proposals[index]
        n = counts[candidate.type]
        onsets, offsets = spans[candidate.type][:, :n]
        shared = np.minimum(offsets, candidate.offset) - np.maximum(onsets, candidate.onset) + 1
        shared = np.maximum(shared, 0)
        union = (offsets - onsets + 1) + candidate.length - shared
        if n and (shared / union >= iou).any():
            continue
        spans[candidate.type][:, n] = candidate.onset, candidate.offset
        counts[candidate.type] = n + 1
        kept.append(candidate)
    return kept
