"""What a model found in a synthetic corpus: scores, recall by amplitude, false alarms, controls against chance.

Pure counting over plans and proposals, torch-free; rendering and spotting stand in `commands.corpus_score`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spotcore.evaluation import Range, Scores, bootstrap_f1, score_videos
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.matching import match
from spotcore.synthesis.plans import ClipPlan

# Edges in per cent of the inter-ocular distance; a bin holds its lower edge, the last one its upper too.
AMPLITUDE_EDGES = {"macro": (1.5, 3.0, 6.0, 12.0, 24.0, 60.0), "micro": (0.3, 0.5, 1.0, 2.0, 3.0)}
PROMISED_MICRO = 1.0  # per cent from which micro-expressions are promised to be found
_DRAWS = 400


@dataclass(frozen=True)
class AmplitudeRecall:
    """Found and true events of one type with amplitudes from `low` to `high` per cent."""

    type: str
    low: float
    high: float
    found: int
    true: int


@dataclass(frozen=True)
class ControlCount:
    """Control shifts that were proposed as expressions, and how many proposals elsewhere would have hit by chance.

    Attributes:
        found, shifts: hits among the control shifts.
        chance: mean number of hits when every clip's shifts are moved to another time by chance.
        at_least: share of those draws with as many hits as `found` or more; small means more than chance.
    """

    found: int
    shifts: int
    chance: float
    at_least: float


@dataclass(frozen=True)
class CorpusScores:
    """One model at one setting.

    Attributes:
        scores: at IoU 0.5, one to one, with type; over the clips with events.
        ranges: 95 % bootstrap of F1 over identities: "macro", "micro", "overall".
        recall: by type and amplitude.
        micro_promised: micro events of at least `PROMISED_MICRO` per cent.
        false_per_minute: false proposals a minute in the clips with events.
        quiet_per_minute: proposals a minute in the control clips, where nothing is to be found; None without any.
        controls: None without control clips.
    """

    scores: Scores
    ranges: dict[str, Range]
    recall: tuple[AmplitudeRecall, ...]
    micro_promised: AmplitudeRecall
    false_per_minute: float
    quiet_per_minute: float | None
    controls: ControlCount | None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        ranges = {name: [r.low, r.high] for name, r in self.ranges.items()}
        return {
            "scores": self.scores.as_dict(),
            "f1_ranges_95": ranges,
            "recall_by_amplitude": [vars(entry) for entry in self.recall],
            "micro_promised": vars(self.micro_promised),
            "false_alarms_per_minute": self.false_per_minute,
            "quiet_per_minute": self.quiet_per_minute,
            "controls": None if self.controls is None else vars(self.controls),
        }


def score_corpus(
    clips: Sequence[ClipPlan],
    controls: Sequence[ClipPlan],
    proposals: Mapping[str, Sequence[Interval]],
    seed: int = 0,
) -> CorpusScores:
    """Compare the proposals of every clip with its plan.

    Args:
        clips: plans with events.
        controls: plans with control shifts and no events.
        proposals: clip name -> proposals in frames; a clip that is not there has none.
        seed: of the bootstrap and of the chance level.
    """
    truth = {plan.name: [event.interval for event in plan.events] for plan in clips}
    found = {plan.name: list(proposals.get(plan.name, ())) for plan in clips}
    scores = score_videos(truth, found)
    ranges = bootstrap_f1(truth, found, {plan.name: plan.identity for plan in clips}, seed=seed)
    events = _found_events(clips, found)
    recall = tuple(
        _recall(events, kind, low, high, last=high == edges[-1])
        for kind, edges in AMPLITUDE_EDGES.items()
        for low, high in itertools.pairwise(edges)
    )
    return CorpusScores(
        scores=scores,
        ranges=ranges,
        recall=recall,
        micro_promised=_recall(events, "micro", PROMISED_MICRO, AMPLITUDE_EDGES["micro"][-1], last=True),
        false_per_minute=_rate(scores.overall.fp, clips),
        quiet_per_minute=_rate(sum(len(proposals.get(p.name, ())) for p in controls), controls) if controls else None,
        controls=count_controls(controls, proposals, seed) if controls else None,
    )


def count_controls(
    controls: Sequence[ClipPlan], proposals: Mapping[str, Sequence[Interval]], seed: int = 0
) -> ControlCount:
    """Hits of control shifts against hits of the same shifts moved along each clip by chance (around its end)."""
    rng = np.random.default_rng([seed, 61])
    hits, drawn = 0, np.zeros(_DRAWS, int)
    for plan in controls:
        shifts = [Interval(s.onset, s.offset, s.type) for s in plan.shifts]
        found = list(proposals.get(plan.name, ()))
        hits += len(match(shifts, found))
        for number in range(_DRAWS if found and shifts else 0):
            step = int(rng.integers(1, plan.frames))
            drawn[number] += len(match([_moved(s, step, plan.frames) for s in shifts], found))
    total = sum(len(plan.shifts) for plan in controls)
    return ControlCount(hits, total, float(drawn.mean()), float((drawn >= hits).mean()))


def _moved(interval: Interval, step: int, frames: int) -> Interval:
    onset = (interval.onset + step) % (frames - interval.length + 1)
    return Interval(onset, onset + interval.length - 1, interval.type)


def _found_events(
    clips: Sequence[ClipPlan], proposals: Mapping[str, Sequence[Interval]]
) -> list[tuple[str, float, bool]]:
    """(type, amplitude, found) of every true event."""
    events = []
    for plan in clips:
        hits = {hit.truth for hit in match([e.interval for e in plan.events], proposals[plan.name])}
        events += [(event.type, event.amplitude, number in hits) for number, event in enumerate(plan.events)]
    return events


def _recall(
    events: Sequence[tuple[str, float, bool]], kind: str, low: float, high: float, last: bool
) -> AmplitudeRecall:
    inside = [hit for k, size, hit in events if k == kind and (low <= size < high or (last and size == high))]
    return AmplitudeRecall(kind, low, high, sum(inside), len(inside))


def _rate(count: int, plans: Sequence[ClipPlan]) -> float:
    minutes = sum(plan.frames / plan.fps for plan in plans) / 60
    return count / minutes if minutes else 0.0


def table(results: Sequence[tuple[str, float, CorpusScores]]) -> str:
    """Text for people: a column for each (model, false alarms granted a minute, scores)."""
    columns = [_column(name, rate, scores) for name, rate, scores in results]
    rows = list(columns[0]) if columns else []
    first = max((len(row) for row in rows), default=0)
    widths = [max(len(column[row]) for row in rows) for column in columns]
    lines = []
    for row in rows:
        cells = [column[row].rjust(width) for column, width in zip(columns, widths, strict=True)]
        lines.append("  ".join([row.ljust(first), *cells]))
    return "\n".join(lines)


def _column(name: str, rate: float, result: CorpusScores) -> dict[str, str]:
    cells = {"model": name, "false alarms granted a minute": f"{rate:g}"}
    for kind in ("overall", *EXPRESSION_TYPES):
        between = result.ranges[kind]
        f1 = getattr(result.scores, kind).f1
        cells[f"F1 at IoU 0.5, {kind}"] = f"{f1:.3f} ({between.low:.3f}-{between.high:.3f})"
    for entry in result.recall:
        cells[f"recall {entry.type} {entry.low:g}-{entry.high:g} %"] = _share(entry)
    cells[f"recall micro from {PROMISED_MICRO:g} %"] = _share(result.micro_promised)
    cells["false proposals a minute"] = f"{result.false_per_minute:.1f}"
    quiet, controls = result.quiet_per_minute, result.controls
    cells["proposals a minute in control clips"] = "-" if quiet is None else f"{quiet:.1f}"
    cells["control shifts found (by chance)"] = (
        "-" if controls is None else f"{controls.found} of {controls.shifts} ({controls.chance:.1f})"
    )
    return cells


def _share(entry: AmplitudeRecall) -> str:
    share = f"{entry.found / entry.true:.2f}" if entry.true else "-"
    return f"{share} ({entry.found}/{entry.true})"
