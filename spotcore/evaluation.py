"""How good proposals are: counts pooled over videos, precision, recall, F1, and what stands beside them.

Torch-free, no files. The rules of what counts as a hit stand in `matching`; reading CSV in `label_csv`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.matching import Hit, MatchingRule, match

Videos = Mapping[str, Sequence[Interval]]
SCORED = (*EXPRESSION_TYPES, "overall")


@dataclass(frozen=True)
class Score:
    """Pooled counts and what follows from them; a ratio with nothing below the line is 0.

    Attributes:
        tp: true intervals that were found.
        fp: proposals that found nothing; None where the proposals have no types to count by.
        fn: true intervals that were missed; None where the truth has no types to count by.
    """

    tp: int | None
    fp: int | None
    fn: int | None

    @property
    def precision(self) -> float | None:
        return None if self.tp is None or self.fp is None else _ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float | None:
        return None if self.tp is None or self.fn is None else _ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float | None:
        if self.tp is None or self.fp is None or self.fn is None:
            return None
        return _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    def as_dict(self) -> dict[str, int | float | None]:
        return {
            "tp": self.tp, "fp": self.fp, "fn": self.fn,
            "precision": self.precision, "recall": self.recall, "f1": self.f1,
        }  # fmt: skip


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


@dataclass(frozen=True)
class Scores:
    """One score per expression type and the two pooled."""

    macro: Score
    micro: Score
    overall: Score

    def as_dict(self) -> dict[str, dict[str, int | float | None]]:
        return {name: getattr(self, name).as_dict() for name in SCORED}


def score_videos(
    truth: Videos,
    proposals: Videos,
    rule: MatchingRule | None = None,
    *,
    truth_typed: bool = True,
    proposals_typed: bool = True,
) -> Scores:
    """Match every video and pool the counts.

    A video that only one side names counts: its proposals are false, its true intervals missed. Where types are
    ignored, a hit belongs to the type of the truth and a false proposal to its own type.

    Args:
        truth, proposals: video -> intervals; a missing video is one without intervals.
        rule: default `MatchingRule()`.
        truth_typed, proposals_typed: False where the types mean nothing; what would need them is None then.
    """
    rule = rule or MatchingRule()
    tables = [_video_counts(truth.get(v, ()), proposals.get(v, ()), rule) for v in sorted({*truth, *proposals})]
    return _pool(np.sum(tables, axis=0) if tables else np.zeros((2, 3), int), rule, truth_typed, proposals_typed)


def _video_counts(truth: Sequence[Interval], proposals: Sequence[Interval], rule: MatchingRule) -> np.ndarray:
    """(K, 3) int: hits by type of truth, number of truths, and proposals that are false (or all of them)."""
    hits = match(truth, proposals, rule)
    used = {hit.proposal for hit in hits} if rule.matching == "one-to-one" else set()
    rows = []
    for kind in EXPRESSION_TYPES:
        found = sum(truth[hit.truth].type == kind for hit in hits)
        true = sum(interval.type == kind for interval in truth)
        false = sum(p.type == kind for i, p in enumerate(proposals) if i not in used)
        rows.append((found, true, false))
    return np.array(rows)  # (K, 3)


def _pool(table: np.ndarray, rule: MatchingRule, truth_typed: bool = True, proposals_typed: bool = True) -> Scores:
    def score(found: int, true: int, false: int) -> Score:
        if rule.matching == "any-proposal":
            # The published count: proposals minus found truths. One proposal can serve several truths, so this can
            # fall below zero, which no precision survives; it stops at zero.
            false = max(false - found, 0)
        return Score(int(found), int(false), int(true - found))

    typed = {kind: score(*row) for kind, row in zip(EXPRESSION_TYPES, table.tolist(), strict=True)}
    for kind, value in typed.items():
        typed[kind] = Score(
            value.tp if truth_typed else None, value.fp if proposals_typed else None, value.fn if truth_typed else None
        )
    return Scores(typed["macro"], typed["micro"], score(*table.sum(axis=0).tolist()))


@dataclass(frozen=True)
class Range:
    """A confidence interval, both ends included."""

    low: float
    high: float


def bootstrap_f1(
    truth: Videos,
    proposals: Videos,
    subjects: Mapping[str, str],
    rule: MatchingRule | None = None,
    *,
    repeats: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[str, Range]:
    """Confidence interval of F1 by drawing subjects with replacement (a subject's videos stay together).

    Args:
        subjects: video -> subject; a video without one counts as a subject of its own.

    Returns:
        "macro", "micro", "overall" -> range of F1. One subject gives a range without width: it knows no spread.
    """
    rule = rule or MatchingRule()
    stack = subject_counts(truth, proposals, subjects, rule)
    if not len(stack):
        return {name: Range(0.0, 0.0) for name in SCORED}
    draws = np.random.default_rng(seed).integers(0, len(stack), (repeats, len(stack)))
    edge = (1 - confidence) / 2
    return {
        name: Range(*np.quantile(values, [edge, 1 - edge]).tolist())
        for name, values in resampled_f1(stack, draws, rule).items()
    }


def subject_counts(truth: Videos, proposals: Videos, subjects: Mapping[str, str], rule: MatchingRule) -> np.ndarray:
    """(S, K, 3) int counts of every subject in the order of their names, as `_video_counts` gives them for a video."""
    tables: dict[str, np.ndarray] = {}
    for video in sorted({*truth, *proposals}):
        counts = _video_counts(truth.get(video, ()), proposals.get(video, ()), rule)
        subject = subjects.get(video, video)
        tables[subject] = tables.get(subject, 0) + counts
    none = np.zeros((0, len(EXPRESSION_TYPES), 3), int)
    return np.stack([tables[subject] for subject in sorted(tables)]) if tables else none  # (S, K, 3)


def resampled_f1(counts: np.ndarray, draws: np.ndarray, rule: MatchingRule) -> dict[str, np.ndarray]:
    """F1 of every draw of subjects.

    Args:
        counts: (S, K, 3) int from `subject_counts`.
        draws: (D, n) int, which subjects each draw holds.

    Returns:
        "macro", "micro", "overall" -> (D,) float64.
    """
    pooled = np.stack([counts[draw].sum(axis=0) for draw in draws])  # (D, K, 3)
    typed = {kind: pooled[:, place] for place, kind in enumerate(EXPRESSION_TYPES)}
    return {name: _f1(table, rule) for name, table in (typed | {"overall": pooled.sum(axis=1)}).items()}


def _f1(table: np.ndarray, rule: MatchingRule) -> np.ndarray:
    """(D,) F1 of (D, 3) counts of hits, truths and proposals that are false (all of them for "any-proposal")."""
    found, true, false = table.T
    if rule.matching == "any-proposal":
        false = np.maximum(false - found, 0)
    whole = found + true + false  # 2 TP + FN + FP
    return np.divide(2 * found, whole, out=np.zeros(len(table)), where=whole > 0)


@dataclass(frozen=True)
class HitQuality:
    """How well hits fit: mean IoU, and mean apex error in frames over hits where both apexes are known."""

    mean_iou: float | None
    apex_error: float | None


def hit_quality(truth: Videos, proposals: Videos, rule: MatchingRule | None = None) -> HitQuality:
    """Mean IoU of hits and mean |apex - true apex|; None where there is nothing to average."""
    ious: list[float] = []
    errors: list[int] = []
    for video in sorted({*truth} & {*proposals}):
        hits: list[Hit] = match(truth[video], proposals[video], rule)
        for hit in hits:
            ious.append(hit.iou)
            true, found = truth[video][hit.truth].apex, proposals[video][hit.proposal].apex
            if true is not None and found is not None:
                errors.append(abs(true - found))
    return HitQuality(float(np.mean(ious)) if ious else None, float(np.mean(errors)) if errors else None)


def iou_sweep(
    truth: Videos, proposals: Videos, values: Sequence[float] = (0.3, 0.4, 0.5, 0.6, 0.7)
) -> dict[float, Scores]:
    """Scores under our rule at several IoU thresholds."""
    return {value: score_videos(truth, proposals, MatchingRule(iou=value)) for value in values}
