"""What an experiment is: a question, conditions to compare, seeds, and the figures that answer it. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PRESETS = ("tiny", "small", "full")


@dataclass(frozen=True)
class Figure:
    """A quotient of sums over subjects, so that it can be pooled and bootstrapped: F1, recall, a mean, a rate.

    Attributes:
        name: heading, with its unit.
        top, bottom: field of a cell's sums -> weight; the figure is the weighted sum of one over that of the other.
        better: "higher" or "lower".
    """

    name: str
    top: Mapping[str, float]
    bottom: Mapping[str, float]
    better: str = "higher"


def f1(name: str, *kinds: str) -> Figure:
    """F1 of these expression types together, pooled over subjects."""
    top = {f"{kind}_tp": 2.0 for kind in kinds}
    return Figure(name, top, top | {f"{kind}_{side}": 1.0 for kind in kinds for side in ("fp", "fn")})


def recall(name: str, kind: str) -> Figure:
    return Figure(name, {f"{kind}_tp": 1.0}, {f"{kind}_tp": 1.0, f"{kind}_fn": 1.0})


def per_minute(name: str, *fields: str) -> Figure:
    """How often a minute; fewer is better."""
    return Figure(name, dict.fromkeys(fields, 1.0), {"minutes": 1.0}, "lower")


def mean(name: str, total: str, count: str, better: str = "lower") -> Figure:
    return Figure(name, {total: 1.0}, {count: 1.0}, better)


OVERALL, MACRO, MICRO = f1("overall F1", "macro", "micro"), f1("macro F1", "macro"), f1("micro F1", "micro")
FALSE_ALARMS = per_minute("false a minute", "macro_fp", "micro_fp")


@dataclass(frozen=True)
class Level:
    """One condition.

    Attributes:
        name: of the condition.
        settings: what makes it, read by the experiment's function.
        series: conditions of one series share a line of the chart and are compared with that series' reference.
        reference: others of the series are compared with this one.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    series: str = ""
    reference: bool = False

    @property
    def label(self) -> str:
        return f"{self.series}: {self.name}" if self.series else self.name


@dataclass(frozen=True)
class Experiment:
    """One question of METHODS section 9.

    Attributes:
        name: what the command line calls it.
        question: in words.
        axis: what the conditions are, for the chart.
        levels: the conditions; one of each series is the reference.
        figures: the first is the main one, which verdicts are about.
        measure: "module:function", called with (settings of the level, seed, workplace); gives `Sums`.
        presets: preset -> sizes; "seeds" is how many seeds per condition.
        corpus: "traces" (synthetic traces or a real corpus), "synthetic traces", "pictures" (rendered clips or a real
            corpus) or "synthetic pictures": what it can be asked of.
        notes: what the figures can and cannot say.
        trains: networks are trained, so seeds matter.
    """

    name: str
    question: str
    axis: str
    levels: tuple[Level, ...]
    figures: tuple[Figure, ...]
    measure: str
    presets: Mapping[str, Mapping[str, Any]]
    corpus: str = "traces"
    notes: tuple[str, ...] = ()
    trains: bool = True

    def __post_init__(self) -> None:
        labels = [level.label for level in self.levels]
        if len(set(labels)) < len(labels) or set(self.presets) != set(PRESETS):
            raise ValueError(f"experiment {self.name}: labels must differ and presets be {', '.join(PRESETS)}")
        for series in self.series():
            if sum(level.reference for level in self.levels if level.series == series) != 1:
                raise ValueError(f"experiment {self.name}, series {series!r}: expected exactly one reference")

    def series(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(level.series for level in self.levels))

    @property
    def takes_real_corpus(self) -> bool:
        return self.corpus in ("traces", "pictures")


# Subject -> field -> sum over that subject's videos, such as {"macro_tp": 3, "minutes": 0.25}.
Sums = dict[str, dict[str, float]]
