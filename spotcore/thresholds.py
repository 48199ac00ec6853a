"""The score per expression type above which F1 is best, and scores above given thresholds. Torch-free, no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spotcore.evaluation import Score, Scores, Videos
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.matching import match


@dataclass(frozen=True)
class Choice:
    """Thresholds that maximise F1 per type on some videos, and the scores there."""

    thresholds: dict[str, float]
    scores: Scores


def best_thresholds(truth: Videos, proposals: Videos) -> Choice:
    """The score per type above which F1 is best.

    Greedy matching by score serves surer proposals first, so leaving out the less sure ones changes nothing for the
    rest: one matching gives the counts at every threshold.

    Args:
        truth, proposals: video -> intervals; a proposal without a score counts as 0.
    """
    marked: dict[str, list[tuple[float, bool]]] = {kind: [] for kind in EXPRESSION_TYPES}
    events = dict.fromkeys(EXPRESSION_TYPES, 0)
    for video in sorted({*truth, *proposals}):
        true, found = truth.get(video, ()), proposals.get(video, ())
        hits = {hit.proposal for hit in match(true, found)}
        for interval in true:
            events[interval.type] += 1
        for index, proposal in enumerate(found):
            marked[proposal.type].append((float(proposal.score or 0.0), index in hits))
    thresholds, scores = {}, {}
    for kind in EXPRESSION_TYPES:
        thresholds[kind], scores[kind] = _best(marked[kind], events[kind])
    pooled = [sum(getattr(scores[kind], name) for kind in EXPRESSION_TYPES) for name in ("tp", "fp", "fn")]
    return Choice(thresholds, Scores(scores["macro"], scores["micro"], Score(*pooled)))


def _best(marked: list[tuple[float, bool]], events: int) -> tuple[float, Score]:
    """Threshold of largest F1, the highest of equals; above every score where nothing was hit.

    It lies half-way between the last score that counts and the next lower one (or 0): a few events of other people
    say no more than that it is somewhere there.
    """
    marked = sorted(marked, reverse=True)
    top = marked[0][0] if marked else 0.0
    best, threshold, hits = Score(0, 0, events), 1.0 if top < 1.0 else top + 1.0, 0
    for count, (score, hit) in enumerate(marked, start=1):
        hits += hit
        last_of_equals = count == len(marked) or marked[count][0] < score
        candidate = Score(hits, count - hits, events - hits)
        if last_of_equals and candidate.f1 > best.f1:
            following = marked[count][0] if count < len(marked) else min(score, 0.0)
            best, threshold = candidate, (score + following) / 2
    return threshold, best


def above(proposals: Sequence[Interval], thresholds: Mapping[str, float]) -> list[Interval]:
    """The proposals whose score reaches the threshold of their type."""
    return [p for p in proposals if float(p.score or 0.0) >= thresholds[p.type]]
