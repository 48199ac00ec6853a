"""What each step of decoding gives on published score curves of real videos: from the published recipe to ours.

The experiment behind `python -m spotcore decoding-table`: its steps, the files it reads and the numbers it reports.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from spotcore.errors import InvalidFile
from spotcore.evaluation import bootstrap_f1, score_videos
from spotcore.intervals import Interval
from spotcore.matching import MatchingRule
from spotcore.nested_decoding import (
    SUPPRESSED,
    KindCandidates,
    Marked,
    NestedProposals,
    choose_each,
    choose_together,
    held_out,
    mark,
)
from spotcore.paired import paired_difference
from spotcore.published_decoding import SL_SWIN_HALF_LENGTH, SL_SWIN_SHARE, decode_sl_swin
from spotcore.score_curve_decoding import CurveSettings, decode_score_curve

RULE = MatchingRule(lengths="exclusive")
FILES = {"macro": "mae", "micro": "me"}

# Written down once, coarse, the same for both types, never refined around a winner.
SMOOTHING = (0.25, 0.5, 0.75, 1.0)
LEVELS = (0.4, 0.5, 0.6, 0.7)
FIXED_SHARES = (0.0, 0.5, 1.0)
PAIRS = (0.0, 1.0)


@dataclass(frozen=True)
class Curves:
    """Score curves with their truth.

    Attributes:
        scores: type -> video -> (T,) score per frame.
        truth: video -> true intervals of the types that have a curve of that video.
        subjects: video -> subject.
    """

    scores: Mapping[str, Mapping[str, np.ndarray]]
    truth: Mapping[str, list[Interval]]
    subjects: Mapping[str, str]


def read_sl_swin(folder: Path) -> Curves:
    """casme2_{mae,me}_scores.npz and casme2_{mae,me}_gt.csv of SL-Swin (0-based frames).

    Raises:
        InvalidFile: a file is missing, or truth and curves name different videos.
    """
    scores: dict[str, dict[str, np.ndarray]] = {}
    truth: dict[str, list[Interval]] = {}
    subjects: dict[str, str] = {}
    for kind, name in FILES.items():
        table, curves = folder / f"casme2_{name}_gt.csv", folder / f"casme2_{name}_scores.npz"
        for path in (table, curves):
            if not path.is_file():
                raise InvalidFile(f"{path}: expected the published file, found none")
        with np.load(curves) as stored:
            scores[kind] = {video: stored[video] for video in sorted(stored.files)}
        named = set()
        with table.open(newline="") as file:
            for row in csv.DictReader(file):
                named.add(row["video"])
                subjects[row["video"]] = row["subject"]
                truth.setdefault(row["video"], []).append(Interval(int(row["onset"]), int(row["offset"]), kind))
        if named != scores[kind].keys():
            raise InvalidFile(f"{table}: names other videos than {curves.name}")
    return Curves(scores, truth, subjects)


@dataclass(frozen=True)
class Step:
    """One line of the table.

    Attributes:
        name, meaning: what a reader sees.
        grid: settings to choose among, the same for both types.
        choose: function of (candidates, judges) that chooses them.
    """

    name: str
    meaning: str
    grid: Sequence[CurveSettings]
    choose: Callable[..., dict]


def steps() -> list[Step]:
    """From the published recipe on, each adding one idea to the one before."""
    fixed_threshold = partial(choose_each, threshold=SL_SWIN_SHARE)

    def grid(ranking: str, levels=LEVELS, shares=FIXED_SHARES, pairs=(0.0,)) -> list[CurveSettings]:
        return [CurveSettings(*values, ranking) for values in product(SMOOTHING, levels, shares, pairs)]

    return [
        Step("Gaussian", "Gaussian instead of the moving mean, interval centred on the peak",
             grid("share", levels=(0.5,), shares=(1.0,)), fixed_threshold),
        Step("width", "edges where the curve has fallen by a share of its prominence, mixed with the fixed length",
             grid("share"), fixed_threshold),
        Step("one threshold", "one prominence for all videos instead of 60 % of each video's range",
             grid("prominence"), choose_each),
        Step("pair", "a score may belong to the middle of the two frames it compares: everything k / 2 later",
             grid("prominence", pairs=PAIRS), choose_each),
        Step("together", "macro and micro chosen together for the overall F1; a type may be left out",
             grid("prominence", pairs=PAIRS), choose_together),
    ]  # fmt: skip


def published(curves: Curves, pair_distance: float = 0.0) -> NestedProposals:
    """The published recipe on every video; nothing is chosen.

    Args:
        pair_distance: as in `CurveSettings`; the recipe itself takes score t as the score of frame t.
    """
    proposals: dict[str, list[Interval]] = {}
    for kind, videos in curves.scores.items():
        later = round(SL_SWIN_HALF_LENGTH[kind] * pair_distance / 2)
        for video, scores in videos.items():
            found = decode_sl_swin(scores, kind)
            moved = [replace(p, onset=p.onset + later, offset=p.offset + later) for p in found]
            proposals.setdefault(video, []).extend(moved)
    return NestedProposals(proposals, {})


def candidates(
    curves: Curves, grid: Sequence[CurveSettings], known: dict[str, dict[CurveSettings, Marked]]
) -> dict[str, KindCandidates]:
    """Every video decoded and matched under every setting, per type; `known` holds what earlier steps did and grows."""
    made = {}
    for kind, videos in curves.scores.items():
        truth = {video: [event for event in curves.truth[video] if event.type == kind] for video in videos}
        for settings in grid:
            if settings not in known[kind]:
                found = {
                    video: decode_score_curve(scores, kind, SL_SWIN_HALF_LENGTH[kind], settings)
                    for video, scores in videos.items()
                }
                known[kind][settings] = mark(truth, found, curves.subjects, RULE)
        events = Counter(curves.subjects[video] for video in videos for _ in truth[video])
        made[kind] = KindCandidates({settings: known[kind][settings] for settings in grid}, events)
    return made


def decoding_table(curves: Curves, progress: Callable[[str], None] = lambda name: None) -> dict[str, Any]:
    """All steps, scored, each against the published recipe on the same resampled subjects.

    Returns:
        JSON-able: "rule", "half_length", "subjects", "videos", "events" and "steps", a list from the published
        recipe to the last step.
    """
    start = published(curves)
    rows = [_row("published", "moving mean, 60 % of each video's range, fixed length", 1, start, start, curves)]
    moved = published(curves, pair_distance=1.0)
    rows.append(_row("published, pair", "the same with every interval k / 2 later", 1, moved, start, curves))
    known: dict[str, dict[CurveSettings, Marked]] = {kind: {} for kind in curves.scores}
    for step in steps():
        progress(step.name)
        chosen = held_out(candidates(curves, step.grid, known), curves.subjects, step.choose)
        rows.append(_row(step.name, step.meaning, len(step.grid), chosen, start, curves))
    return {
        "rule": RULE.as_dict(),
        "half_length": dict(SL_SWIN_HALF_LENGTH),
        "subjects": len(set(curves.subjects.values())),
        "videos": {kind: len(videos) for kind, videos in curves.scores.items()},
        "events": dict(Counter(event.type for events in curves.truth.values() for event in events)),
        "steps": rows,
    }


def _row(
    name: str, meaning: str, tried: int, chosen: NestedProposals, start: NestedProposals, curves: Curves
) -> dict[str, Any]:
    low_high = bootstrap_f1(curves.truth, chosen.proposals, curves.subjects, RULE)["overall"]
    against = paired_difference(curves.truth, start.proposals, chosen.proposals, curves.subjects, RULE).overall.gain
    return {
        "name": name,
        "meaning": meaning,
        "settings_tried_per_type": tried,
        "scores": score_videos(curves.truth, chosen.proposals, RULE).as_dict(),
        "f1_range_95": asdict(low_high),
        "against_published": None if chosen is start else asdict(against),
        "chosen": _chosen(chosen, curves),
    }


def _chosen(chosen: NestedProposals, curves: Curves) -> dict[str, list[dict[str, Any]]]:
    """Type -> what was chosen for how many subjects, most frequent first, with the range of the thresholds."""
    answer = {}
    for kind, videos in curves.scores.items():
        shown = {curves.subjects[video] for video in videos}
        picks: dict[CurveSettings, list[float]] = {}
        for subject, choice in chosen.choices.items():
            if subject in shown:
                picks.setdefault(choice[kind].settings, []).append(choice[kind].threshold)
        answer[kind] = [
            settings.as_dict() | _spread(thresholds)
            for settings, thresholds in sorted(picks.items(), key=lambda pick: -len(pick[1]))
        ]
    return answer


def _spread(thresholds: list[float]) -> dict[str, Any]:
    reached = [threshold for threshold in thresholds if threshold != SUPPRESSED]
    return {
        "subjects": len(thresholds),
        "suppressed": len(thresholds) - len(reached),
        "thresholds": [min(reached), max(reached)] if reached else None,
    }
