"""What stands beside F1: precision against recall, and which types are taken for which. Torch-free, no files."""

from __future__ import annotations

from spotcore.evaluation import Videos
from spotcore.intervals import EXPRESSION_TYPES
from spotcore.matching import MatchingRule, match


def precision_recall(truth: Videos, proposals: Videos, kind: str | None = None) -> list[dict[str, float]]:
    """The curve over falling scores: one entry per distinct score, keys threshold, precision, recall.

    Args:
        kind: one expression type, or None for both pooled.
    """
    marked: list[tuple[float, bool]] = []
    events = 0
    for video in sorted({*truth, *proposals}):
        true = [i for i in truth.get(video, ()) if kind in (None, i.type)]
        found = [p for p in proposals.get(video, ()) if kind in (None, p.type)]
        events += len(true)
        hits = {hit.proposal for hit in match(true, found)}
        marked += [(float(p.score or 0.0), index in hits) for index, p in enumerate(found)]
    marked.sort(reverse=True)
    curve, hit_count = [], 0
    for count, (score, hit) in enumerate(marked, start=1):
        hit_count += hit
        if count == len(marked) or marked[count][0] < score:
            recall = hit_count / events if events else 0.0
            curve.append({"threshold": score, "precision": hit_count / count, "recall": recall})
    return curve


def type_confusion(truth: Videos, proposals: Videos, iou: float = 0.5) -> dict[str, dict[str, int]]:
    """True type -> proposed type -> hits when types are ignored; "missed" and "false" complete rows and columns."""
    table = {row: dict.fromkeys((*EXPRESSION_TYPES, "missed"), 0) for row in EXPRESSION_TYPES}
    table["false"] = dict.fromkeys(EXPRESSION_TYPES, 0)
    rule = MatchingRule(iou=iou, by_type=False)
    for video in sorted({*truth, *proposals}):
        true, found = truth.get(video, ()), proposals.get(video, ())
        hits = match(true, found, rule)
        partner = {hit.truth: found[hit.proposal].type for hit in hits}
        for index, interval in enumerate(true):
            table[interval.type][partner.get(index, "missed")] += 1
        used = {hit.proposal for hit in hits}
        for index, proposal in enumerate(found):
            if index not in used:
                table["false"][proposal.type] += 1
    return table
