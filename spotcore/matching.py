"""Which proposal found which true interval: the matching rules of the field, each under its name.

One video at a time, arrays and files stay outside. Counting over videos stands in `evaluation`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spotcore.config import Settings, setting
from spotcore.intervals import Interval

MATCHINGS = ("one-to-one", "any-proposal")
LENGTHS = ("inclusive", "exclusive")


@dataclass(frozen=True)
class MatchingRule(Settings):
    """When a proposal counts as a hit (METHODS section 7). The defaults are ours; the rest is for comparison.

    Attributes:
        iou: smallest intersection over union of a hit.
        matching: "one-to-one": greedy by score, each truth and each proposal at most once. "any-proposal": a truth is
            found if any proposal reaches the IoU, so one proposal may serve several truths (LGSNet's release).
        by_type: only the same expression type can match.
        lengths: "inclusive" counts both end frames; "exclusive" takes offset - onset (most releases).
    """

    iou: float = setting(0.5, "smallest intersection over union of a hit", low=0.01, high=1.0)
    matching: str = setting("one-to-one", "who may match whom", choices=MATCHINGS)
    by_type: bool = setting(True, "only the same expression type matches")
    lengths: str = setting("inclusive", "how frames are counted in the IoU", choices=LENGTHS)


@dataclass(frozen=True)
class Hit:
    """Truth number `truth` was found by proposal number `proposal` with this IoU."""

    truth: int
    proposal: int
    iou: float


def overlap(a: Interval, b: Interval, lengths: str = "inclusive") -> float:
    """Intersection over union; 0 for two empty intervals, which exclusive lengths make of single frames.

    >>> truth, proposal = Interval(10, 17, "micro"), Interval(13, 19, "micro")
    >>> round(overlap(truth, proposal), 2), round(overlap(truth, proposal, "exclusive"), 2)
    (0.5, 0.44)
    """
    extra = 1 if lengths == "inclusive" else 0
    shared = max(min(a.offset, b.offset) - max(a.onset, b.onset) + extra, 0)
    union = (a.offset - a.onset) + (b.offset - b.onset) + 2 * extra - shared
    return shared / union if union > 0 else 0.0


def by_score(proposals: Sequence[Interval]) -> list[int]:
    """Indices from the surest proposal to the least sure; ties by onset, then offset. No score is the least sure."""

    def rank(index: int) -> tuple[float, int, int]:
        proposal = proposals[index]
        score = float("-inf") if proposal.score is None else proposal.score
        return (-score, proposal.onset, proposal.offset)

    return sorted(range(len(proposals)), key=rank)


def match(truth: Sequence[Interval], proposals: Sequence[Interval], rule: MatchingRule | None = None) -> list[Hit]:
    """Hits in one video, ordered by truth.

    One-to-one: proposals choose in the order of their score; each takes the free truth with the largest IoU (ties:
    earlier onset). Any-proposal: every truth names the proposal with its largest IoU.

    Args:
        truth: (N,) true intervals.
        proposals: (M,) proposals, with or without score.
        rule: default `MatchingRule()`.
    """
    rule = rule or MatchingRule()
    if rule.matching == "any-proposal":
        return _any_proposal(truth, proposals, rule)
    # Sorted by onset, only truths that start before the proposal ends can overlap it.
    hits: dict[int, Hit] = {}
    order = sorted(range(len(truth)), key=lambda i: (truth[i].onset, truth[i].offset))
    for p in by_score(proposals):
        best: Hit | None = None
        for t in order:
            if truth[t].onset > proposals[p].offset:
                break
            if t not in hits:
                value = _value(truth[t], proposals[p], rule)
                if value >= rule.iou and (best is None or value > best.iou):
                    best = Hit(t, p, value)
        if best is not None:
            hits[best.truth] = best
    return [hits[t] for t in sorted(hits)]


def _value(truth: Interval, proposal: Interval, rule: MatchingRule) -> float:
    if rule.by_type and truth.type != proposal.type:
        return 0.0
    return overlap(truth, proposal, rule.lengths)


def _any_proposal(truth: Sequence[Interval], proposals: Sequence[Interval], rule: MatchingRule) -> list[Hit]:
    hits = []
    for t, interval in enumerate(truth):
        values = [_value(interval, proposal, rule) for proposal in proposals]
        best = max(range(len(values)), key=values.__getitem__, default=None)
        if best is not None and values[best] >= rule.iou:
            hits.append(Hit(t, best, values[best]))
    return hits
