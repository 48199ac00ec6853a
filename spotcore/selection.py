"""Which videos to code next: what a model doubts, what differs from everything coded, and a random share.

Torch-free, no files. The page and the simulation (`experiments.coding_order`) both ask this module.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spotcore.config import Settings, setting
from spotcore.feature_files import Traces
from spotcore.intervals import Interval

KINDS = ("random", "uncertain", "different")


@dataclass(frozen=True)
class SelectionSettings(Settings):
    """How the places of a batch are dealt; what is not random is chosen by doubt and difference together.

    Attributes:
        random_share: of every batch, rounded up. These videos are a random sample of all uncoded ones, so they can
            tell how often expressions are and how good a model is; the chosen ones are hard on purpose and cannot.
        doubt_weight: of doubt against difference: 1 asks only for doubt, 0 only for difference.
    """

    random_share: float = setting(0.2, "share of every batch that is drawn at random", low=0.0, high=1.0)
    doubt_weight: float = setting(0.5, "weight of doubt against difference", low=0.0, high=1.0)


@dataclass(frozen=True)
class Candidate:
    """A video that may be coded next, or one that is coded.

    Attributes:
        id: unique.
        subject: who is filmed; "" where nobody said.
        doubt: doubtful proposals a minute, see `doubt`; None where no model looked at it yet.
        description: (D,) from `description`; None where nothing was measured.
    """

    id: str
    subject: str = ""
    doubt: float | None = None
    description: np.ndarray | None = None


@dataclass(frozen=True)
class Pick:
    """A chosen video.

    Attributes:
        id: of the candidate.
        kind: one of KINDS: by chance, or which of doubt and difference spoke more for it.
        doubt: as the candidate's.
        difference: distance to the most similar video that is coded or chosen before, in usual distances between
            videos; None where nothing was measured.
        new_subject: nobody coded a video of this person, and none was chosen before.
    """

    id: str
    kind: str
    doubt: float | None = None
    difference: float | None = None
    new_subject: bool = False


def doubt(proposals: Sequence[Interval], thresholds: Mapping[str, float], minutes: float) -> float:
    """Doubtful proposals a minute.

    A proposal counts 1 where its score is at the threshold of its type and 0 from half or double of it on.

    >>> thresholds = {"macro": 0.4, "micro": 0.2}
    >>> doubt([Interval(0, 9, "macro", score=0.4), Interval(20, 24, "micro", score=0.4)], thresholds, 0.5)
    2.0
    """
    total = 0.0
    for proposal in proposals:
        score, threshold = proposal.score or 0.0, thresholds[proposal.type]
        if score > 0 and threshold > 0:
            total += max(0.0, 1.0 - abs(math.log2(score / threshold)))
    return total / minutes if minutes > 0 else 0.0


def description(traces: Traces) -> np.ndarray:
    """(D,) how a face moves in a video: where, how much and how restlessly; logarithms, so that shares count.

    Per region the movement over a fifth of a second in the median frame and in the most moved fiftieth; the same of
    the head, the restlessness of lids and lips, the noise, and the share of frames that could be measured.
    """
    usable = traces.found & traces.analysable
    step = max(1, round(traces.kind.rate / 5))
    if usable.sum() <= step:
        return np.zeros(2 * len(traces.kind.regions) + 6)
    moved = np.linalg.norm(traces.displacement[step:] - traces.displacement[:-step], axis=2)  # (T - step, R)
    head = np.linalg.norm(traces.head_motion[step:, :2] - traces.head_motion[:-step, :2], axis=1)  # (T - step,)
    both = usable[step:] & usable[:-step]
    moved, head = (moved[both], head[both]) if both.any() else (moved, head)
    values = [
        *np.quantile(moved, [0.5, 0.98], axis=0).ravel(),
        *np.quantile(head, [0.5, 0.98]),
        traces.eye_openness[usable].std(),
        np.median(traces.mouth_activity[usable]),
        np.median(traces.noise_floor[usable]),
    ]
    return np.array([*np.log(np.asarray(values, float) + 0.01), usable.mean()])


def choose(
    candidates: Sequence[Candidate],
    coded: Sequence[Candidate],
    count: int,
    settings: SelectionSettings | None = None,
    seed: int = 0,
) -> list[Pick]:
    """The next videos to code, random ones first.

    The random ones are drawn before anything else is looked at, from all candidates alike, so that they stay a fair
    sample. The others are taken one by one: each time the video with the largest weighted mean of its rank by doubt
    and its rank by difference from everything coded or chosen, where a new subject goes before a known one.

    Args:
        candidates: not coded yet; their order does not matter.
        coded: what is coded.
        count: how many; fewer come back where there are fewer.
        seed: of the random ones; the same seed and candidates give the same choice.
    """
    settings = settings or SelectionSettings()
    ordered = sorted(candidates, key=lambda candidate: candidate.id)
    count = min(count, len(ordered))
    by_chance = math.ceil(count * settings.random_share)
    drawn = set(np.random.default_rng([seed, 83]).permutation(len(ordered))[:by_chance].tolist())
    space = _Space(ordered, coded)
    picks = [space.take(place, "random") for place in sorted(drawn)]
    while len(picks) < count:
        place, kind = space.best(settings.doubt_weight)
        picks.append(space.take(place, kind))
    return picks


class _Space:
    """Candidates with their distance to whatever is coded or chosen so far (greedy k-center)."""

    def __init__(self, candidates: Sequence[Candidate], coded: Sequence[Candidate]) -> None:
        self.candidates = candidates
        self.known_subjects = {other.subject for other in coded if other.subject}
        self.free = np.ones(len(candidates), bool)
        self.points = _standardised([*candidates, *coded])  # (candidates + coded, D), NaN where not measured
        self.nearest = np.full(len(candidates), np.inf)
        for place in range(len(candidates), len(self.points)):
            self._approach(self.points[place])
        self.doubts = _ranks(np.array([np.nan if c.doubt is None else c.doubt for c in candidates]))

    def _approach(self, point: np.ndarray) -> None:
        away = np.linalg.norm(self.points[: len(self.candidates)] - point, axis=1)
        self.nearest = np.fmin(self.nearest, away)

    def best(self, doubt_weight: float) -> tuple[int, str]:
        """Place of the best free candidate, and which of doubt and difference ranked it higher."""
        free = np.flatnonzero(self.free)
        doubts = self.doubts[free]
        new = np.array([self._is_new(self.candidates[place]) for place in free])
        # Whole steps before the distance within them: another person differs more than another film of the same.
        different = _ranks(np.where(np.isinf(self.nearest[free]), 1e9, self.nearest[free]) + 1e12 * new)
        worth = doubt_weight * doubts + (1 - doubt_weight) * different
        at = int(np.argmax(worth))
        by_doubt = doubt_weight > 0 and (doubt_weight == 1 or doubts[at] >= different[at])
        return int(free[at]), "uncertain" if by_doubt else "different"

    def _is_new(self, candidate: Candidate) -> bool:
        return bool(candidate.subject) and candidate.subject not in self.known_subjects

    def take(self, place: int, kind: str) -> Pick:
        candidate, away = self.candidates[place], float(self.nearest[place])
        pick = Pick(candidate.id, kind, candidate.doubt, away if math.isfinite(away) else None, self._is_new(candidate))
        self.free[place] = False
        self.known_subjects.add(candidate.subject)
        self._approach(self.points[place])
        return pick


def _ranks(values: np.ndarray) -> np.ndarray:
    """(N,) 0 for the smallest to 1 for the largest, equals share theirs; NaN (not known) is in the middle."""
    known = ~np.isnan(values)
    ranks = np.full(len(values), 0.5)
    if known.sum() > 1:
        _, inverse, counts = np.unique(values[known], return_inverse=True, return_counts=True)
        middle = np.cumsum(counts) - (counts + 1) / 2
        ranks[known] = middle[inverse] / (known.sum() - 1)
    return ranks


def _standardised(everybody: Sequence[Candidate]) -> np.ndarray:
    """(N, D) descriptions in units in which two videos are usually 1 apart; NaN rows where nothing was measured."""
    width = max((len(c.description) for c in everybody if c.description is not None), default=1)
    rows = [np.full(width, np.nan) if c.description is None else np.asarray(c.description, float) for c in everybody]
    points = np.array(rows).reshape(len(rows), width)
    known = points[~np.isnan(points).any(axis=1)]
    if len(known) < 2:
        return points
    spread = known.std(axis=0)
    centred = np.where(spread > 1e-9, (points - known.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0), points * 0)
    varying = max(int((spread > 1e-9).sum()), 1)
    return centred / math.sqrt(2 * varying)  # two draws of unit variance are sqrt(2 D) apart
