"""Two sets of proposals on the same videos: how sure their difference is, and which intervals changed sides.

Torch-free, no files. Counting hits stands in `evaluation`; what a hit is in `matching`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from spotcore.evaluation import SCORED, Score, Videos, resampled_f1, score_videos, subject_counts
from spotcore.intervals import Interval
from spotcore.matching import MatchingRule, match

FLIPS = ("found now", "missed now", "new false alarm", "false alarm gone")


@dataclass(frozen=True)
class Gain:
    """F1 of `b` minus F1 of `a` on the same people.

    Attributes:
        difference: on all subjects, none resampled.
        low, high: interval of the difference; None with fewer than two subjects, who know no spread.
        not_better: share of the draws in which b is no better; None with fewer than two subjects.
    """

    difference: float
    low: float | None
    high: float | None
    not_better: float | None

    @property
    def verdict(self) -> str:
        """In words: better or worse where the interval leaves zero out."""
        if self.low is not None and self.low > 0:
            return "better"
        if self.high is not None and self.high < 0:
            return "worse"
        return "no difference shown"


@dataclass(frozen=True)
class PairedScore:
    """One expression type (or both together) under a and b; ranges of F1 are (low, high), None as in `Gain`."""

    a: Score
    b: Score
    a_range: tuple[float, float] | None
    b_range: tuple[float, float] | None
    gain: Gain


@dataclass(frozen=True)
class PairedDifference:
    """a and b on the same videos.

    Attributes:
        subjects, videos: how many people were drawn from, and how many videos they are in.
    """

    macro: PairedScore
    micro: PairedScore
    overall: PairedScore
    subjects: int
    videos: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON: "macro", "micro", "overall", each with "a", "b" (with "range") and "gain"."""
        found: dict[str, Any] = {"subjects": self.subjects, "videos": self.videos}
        for name in SCORED:
            score: PairedScore = getattr(self, name)
            found[name] = {
                "a": score.a.as_dict() | {"range": score.a_range and list(score.a_range)},
                "b": score.b.as_dict() | {"range": score.b_range and list(score.b_range)},
                "gain": asdict(score.gain) | {"verdict": score.gain.verdict},
            }
        return found


def paired_difference(
    truth: Videos,
    a: Videos,
    b: Videos,
    subjects: Mapping[str, str],
    rule: MatchingRule | None = None,
    *,
    repeats: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> PairedDifference:
    """F1 of b minus F1 of a: subjects are drawn with replacement, and both are scored on the same draw.

    Args:
        truth: video -> true intervals. Every video to be scored is named here, also one without intervals.
        a, b: video -> proposals; a missing video is one without proposals. Videos that `truth` lacks do not count.
        subjects: video -> subject; a video without one counts as a subject of its own.
        rule: default `MatchingRule()`.
    """
    rule = rule or MatchingRule()
    sides = [{video: list(side.get(video, ())) for video in truth} for side in (a, b)]
    tables = [subject_counts(truth, side, subjects, rule) for side in sides]  # 2 x (S, K, 3)
    people = len(tables[0])
    plain = [score_videos(truth, side, rule) for side in sides]
    ranges = None
    if people > 1:
        draws = np.random.default_rng(seed).integers(0, people, (repeats, people))
        drawn = [resampled_f1(table, draws, rule) for table in tables]
        edges = [(1 - confidence) / 2, (1 + confidence) / 2]
        ranges = (drawn, edges)
    scores = {name: _paired_score(name, plain, ranges) for name in SCORED}
    return PairedDifference(**scores, subjects=people, videos=len(truth))


def _paired_score(name: str, plain: Sequence[Any], ranges: tuple | None) -> PairedScore:
    a, b = (getattr(scores, name) for scores in plain)
    if ranges is None:
        return PairedScore(a, b, None, None, Gain(b.f1 - a.f1, None, None, None))
    (drawn_a, drawn_b), edges = ranges
    gains = drawn_b[name] - drawn_a[name]
    low, high = np.quantile(gains, edges).tolist()
    gain = Gain(b.f1 - a.f1, low, high, float((gains <= 0).mean()))
    a_range, b_range = (tuple(np.quantile(drawn[name], edges).tolist()) for drawn in (drawn_a, drawn_b))
    return PairedScore(a, b, a_range, b_range, gain)


@dataclass(frozen=True)
class Flip:
    """An interval on which a and b differ.

    Attributes:
        kind: one of FLIPS: a true interval that only b finds ("found now") or only a ("missed now"), a wrong proposal
            that only b makes ("new false alarm") or only a ("false alarm gone").
        interval: the true interval, or the wrong proposal.
    """

    video: str
    kind: str
    interval: Interval


def flips(truth: Videos, a: Videos, b: Videos, rule: MatchingRule | None = None) -> list[Flip]:
    """What b does otherwise than a, by video (in the order of `truth`) and onset.

    Wrong proposals of a and b are the same one where they match each other under `rule`.
    """
    rule = rule or MatchingRule()
    found: list[Flip] = []
    for video, events in truth.items():
        mine = _video_flips(events, a.get(video, ()), b.get(video, ()), rule)
        found += [Flip(video, kind, interval) for kind, interval in sorted(mine, key=lambda f: (f[1].onset, f[0]))]
    return found


def _video_flips(
    events: Sequence[Interval], a: Sequence[Interval], b: Sequence[Interval], rule: MatchingRule
) -> list[tuple[str, Interval]]:
    hits_a, hits_b = match(events, a, rule), match(events, b, rule)
    found_a, found_b = {hit.truth for hit in hits_a}, {hit.truth for hit in hits_b}
    false_a = _without(a, {hit.proposal for hit in hits_a})
    false_b = _without(b, {hit.proposal for hit in hits_b})
    same = match(false_a, false_b, rule)
    return [
        *(("found now", events[i]) for i in sorted(found_b - found_a)),
        *(("missed now", events[i]) for i in sorted(found_a - found_b)),
        *(("new false alarm", p) for p in _without(false_b, {hit.proposal for hit in same})),
        *(("false alarm gone", p) for p in _without(false_a, {hit.truth for hit in same})),
    ]


def _without(intervals: Sequence[Interval], places: set[int]) -> list[Interval]:
    return [interval for place, interval in enumerate(intervals) if place not in places]
