"""Decoder settings and thresholds for a held-out subject, chosen on all other subjects. Torch-free, no files.

Works on what every setting proposed, matched once: taking less sure proposals away changes nothing for the surer
ones, so one matching gives the counts at every threshold.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spotcore.evaluation import Videos
from spotcore.intervals import Interval
from spotcore.matching import MatchingRule, match
from spotcore.score_curve_decoding import CurveSettings

SUPPRESSED = math.inf  # a threshold that no proposal reaches


@dataclass(frozen=True)
class Marked:
    """What one setting proposed for one expression type, over all videos.

    Attributes:
        scores: (P,) of all proposals, descending.
        hits: (P,) bool, True where a proposal found a true interval.
        names: (S,) subjects with proposals.
        owners: (P,) int, whose video it was, as an index into `names`.
        proposals: video -> all proposals of that video.
    """

    scores: np.ndarray
    hits: np.ndarray
    names: tuple[str, ...]
    owners: np.ndarray
    proposals: Videos

    def of(self, judges: Collection[str]) -> np.ndarray:
        """(P,) bool, True for the proposals in videos of these subjects."""
        return np.array([name in judges for name in self.names], bool)[self.owners]


@dataclass(frozen=True)
class KindCandidates:
    """All settings to choose among for one expression type, with its true intervals per subject."""

    marked: Mapping[CurveSettings, Marked]
    events: Mapping[str, int]


@dataclass(frozen=True)
class Choice:
    """Settings of one expression type and the score that a proposal must reach."""

    settings: CurveSettings
    threshold: float


@dataclass(frozen=True)
class NestedProposals:
    """video -> proposals of its held-out subject, and subject -> type -> what was chosen for it."""

    proposals: dict[str, list[Interval]]
    choices: dict[str, dict[str, Choice]]


def mark(truth: Videos, proposals: Videos, subjects: Mapping[str, str], rule: MatchingRule) -> Marked:
    """Match every video once, at the loosest threshold.

    Args:
        truth: video -> true intervals of ONE type, for the videos of `proposals` at least.
        subjects: video -> subject.
        rule: one-to-one; where one proposal may serve several truths the counts do not add up.
    """
    rows = []
    for video, found in proposals.items():
        used = {hit.proposal for hit in match(truth[video], found, rule)}
        rows += [(found[i].score, i in used, subjects[video]) for i in range(len(found))]
    rows.sort(key=lambda row: -row[0])
    names = tuple(sorted({name for _, _, name in rows}))
    index = {name: number for number, name in enumerate(names)}
    owners = np.array([index[name] for _, _, name in rows], int)
    scores, hits = np.array([row[0] for row in rows], float), np.array([row[1] for row in rows], bool)
    return Marked(scores, hits, names, owners, proposals)


@dataclass(frozen=True)
class _Points:
    """Counts of one type on the judging subjects at every threshold of every setting.

    Attributes:
        hits, proposed: (Q,) true and all proposals that reach the threshold.
        thresholds: (Q,).
        settings: setting number -> settings; `number` (Q,) says which is whose.
    """

    hits: np.ndarray
    proposed: np.ndarray
    thresholds: np.ndarray
    number: np.ndarray
    settings: Sequence[CurveSettings]

    def choice(self, index: int) -> Choice:
        return Choice(self.settings[self.number[index]], float(self.thresholds[index]))


def _points(candidates: KindCandidates, judges: Collection[str], threshold: float | None) -> _Points:
    """Thresholds between two scores, and the one above all; or only the given threshold."""
    columns = []
    for number, marked in enumerate(candidates.marked.values()):
        mine = marked.of(judges)
        scores, hits = marked.scores[mine], np.r_[0, np.cumsum(marked.hits[mine])]
        if threshold is None:
            # Half-way to the next score: a few events of other people say no more than that it is somewhere there.
            last = np.flatnonzero(np.diff(scores, append=-np.inf) < 0)
            following = np.append(scores[1:], 0.0)
            limits = np.r_[SUPPRESSED, (scores[last] + following[last]) / 2]
            counts = np.r_[0, last + 1]
        else:
            limits, counts = np.array([threshold]), np.array([(scores >= threshold).sum()])
        columns.append((hits[counts], counts, limits, np.full(len(counts), number)))
    return _Points(*(np.concatenate(column) for column in zip(*columns, strict=True)), list(candidates.marked))


def choose_each(
    candidates: Mapping[str, KindCandidates], judges: Collection[str], threshold: float | None = None
) -> dict[str, Choice]:
    """Per type, the setting and threshold with the largest F1 of that type on the judges; the first of equals.

    Args:
        threshold: where it is fixed and only the setting is chosen.
    """
    chosen = {}
    for kind, mine in candidates.items():
        points = _points(mine, judges, threshold)
        f1 = 2 * points.hits / np.maximum(points.proposed + _events(mine, judges), 1)
        chosen[kind] = points.choice(int(np.argmax(f1)))
    return chosen


def choose_together(candidates: Mapping[str, KindCandidates], judges: Collection[str]) -> dict[str, Choice]:
    """Settings and thresholds of all types with the largest pooled F1 on the judges; a type may be suppressed.

    F1 = 2 hits / (proposed + events) is a ratio of sums over the types: at the best value f, each type maximises
    2 hits - f proposed for itself (Dinkelbach's method), so no pair of settings has to be tried against another.
    """
    events = sum(_events(mine, judges) for mine in candidates.values())
    points = {kind: _points(mine, judges, None) for kind, mine in candidates.items()}
    f1 = 0.0
    while True:
        best = {kind: int(np.argmax(2 * table.hits - f1 * table.proposed)) for kind, table in points.items()}
        hits = sum(int(points[kind].hits[i]) for kind, i in best.items())
        proposed = sum(int(points[kind].proposed[i]) for kind, i in best.items())
        better = 2 * hits / max(proposed + events, 1)
        if better <= f1 + 1e-12:
            return {kind: points[kind].choice(i) for kind, i in best.items()}
        f1 = better


def _events(candidates: KindCandidates, judges: Collection[str]) -> int:
    return sum(candidates.events.get(judge, 0) for judge in judges)


def held_out(candidates: Mapping[str, KindCandidates], subjects: Mapping[str, str], choose) -> NestedProposals:
    """Proposals of every subject under the choice that all other subjects make.

    Args:
        subjects: video -> subject.
        choose: function of (candidates, judges), as `choose_each` and `choose_together`.
    """
    everybody = sorted(set(subjects.values()))
    proposals: dict[str, list[Interval]] = {}
    choices = {}
    for subject in everybody:
        choices[subject] = choose(candidates, [other for other in everybody if other != subject])
        for kind, choice in choices[subject].items():
            for video, found in candidates[kind].marked[choice.settings].proposals.items():
                if subjects[video] == subject:
                    proposals.setdefault(video, []).extend(p for p in found if p.score >= choice.threshold)
    return NestedProposals(proposals, choices)
