"""Seeded recall: known expressions put into somebody's own footage, how many were found (METHODS section 10).

The plan (what was put where) and the counting, pure and torch-free: whoever answers, model or person, is counted the
same way. Placing stands in `synthesis.ladder`, rendering in `synthesis.footage_spiking`, running in `seeded_run`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spotcore.config import Settings, setting
from spotcore.errors import InvalidFile
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.matching import MatchingRule, match
from spotcore.proportions import Crossing, Share, crossing, difference
from spotcore.synthesis.ladder import GAP_SECONDS, LADDER_PERCENT
from spotcore.synthesis.plans import PlannedEvent

PLAN_FORMAT = "glint-ladder/1"
RESULT_FORMAT = "glint-seeded-recall/1"
VERSIONS = ("spiked", "unspiked", "control")
EVENTS_TO_QUOTE = 60


@dataclass(frozen=True)
class LadderSettings(Settings):
    """What is put into the footage; everything that is drawn by chance follows from it and the footage."""

    type: str = setting("micro", "expression type, decides the durations", choices=EXPRESSION_TYPES)
    events: int = setting(EVENTS_TO_QUOTE, "known events over all passes, at least", low=len(LADDER_PERCENT), high=5000)
    amplitudes: tuple[float, ...] = setting(LADDER_PERCENT, "per cent of the inter-ocular distance, ascending")
    seed: int = setting(0, "of places, action units and durations", low=0, high=2**31)
    gap_seconds: float = setting(GAP_SECONDS, "untouched footage on both sides of an event", low=0.0, high=10.0)
    shift_pixels: float = setting(0.5, "size of the control's shift", low=0.0, high=4.0)
    crf: int = setting(18, "quality of all three versions, lower is better", low=0, high=40)

    def contradictions(self) -> list[str]:
        ladder = self.amplitudes
        ascending = all(isinstance(a, int | float) and a > 0 for a in ladder) and list(ladder) == sorted({*ladder})
        return [] if ladder and ascending else [f"amplitudes: expected ascending numbers above 0, got {list(ladder)}"]


@dataclass(frozen=True)
class Footage:
    """The video that the events are put into: frames, rate and size as shown, hash of its content."""

    name: str
    sha256: str
    frame_count: int
    fps: float
    width: int
    height: int


@dataclass(frozen=True)
class LadderPlan:
    """Which event goes where in which pass.

    Attributes:
        footage: what they are put into.
        settings: of the ladder.
        avoided: proposals that the events keep away from, frames of the footage.
        passes: events of each rendering of the footage, by onset, in its frames.
    """

    footage: Footage
    settings: LadderSettings
    avoided: tuple[Interval, ...]
    passes: tuple[tuple[PlannedEvent, ...], ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "format": PLAN_FORMAT,
            "footage": asdict(self.footage),
            "settings": self.settings.as_dict(),
            "avoided": [asdict(interval) for interval in self.avoided],
            "passes": [[asdict(event) for event in events] for events in self.passes],
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], where: str = "ladder plan") -> LadderPlan:
        """Inverse of `as_dict`.

        Raises:
            InvalidFile: another format, or something is missing.
        """
        if stored.get("format") != PLAN_FORMAT:
            raise InvalidFile(f"{where}: expected the format {PLAN_FORMAT}, got {stored.get('format')!r}")
        try:
            return cls(
                Footage(**stored["footage"]),
                LadderSettings.from_dict(stored["settings"], where),
                tuple(Interval(**interval) for interval in stored["avoided"]),
                tuple(tuple(PlannedEvent(**event) for event in events) for events in stored["passes"]),
            )
        except (KeyError, TypeError) as error:
            raise InvalidFile(f"{where}: not a complete ladder plan ({error})") from error

    @classmethod
    def load(cls, path: Path) -> LadderPlan:
        """Read a file of `save`.

        Raises:
            InvalidFile: it cannot be read or is no plan.
        """
        try:
            return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")), str(path))
        except (OSError, ValueError) as error:
            raise InvalidFile(f"{path}: cannot be read as a ladder plan ({error})") from error

    def save(self, path: Path) -> None:
        """Write as JSON; the file is there complete or not at all."""
        part = Path(path).with_name(Path(path).name + ".part")
        part.write_text(json.dumps(self.as_dict(), indent=1) + "\n", encoding="utf-8")
        part.replace(path)


@dataclass(frozen=True)
class PassAnswers:
    """What was found in one pass.

    Attributes:
        proposals: version -> intervals in frames of the footage.
        left_out: numbers of planned events that were not rendered, because no face was seen there.
    """

    proposals: Mapping[str, Sequence[Interval]]
    left_out: frozenset[int] = frozenset()


@dataclass(frozen=True)
class SeededEvent:
    """One rendered event and in which versions something was found in its place."""

    number: int  # of the pass, from 0
    event: PlannedEvent
    found: Mapping[str, bool]


@dataclass(frozen=True)
class Rung:
    """One amplitude: share found in each version, and spiked minus unspiked with its 95 % range."""

    amplitude: float
    versions: Mapping[str, Share]
    net: tuple[float, float, float]


@dataclass(frozen=True)
class SeededRecall:
    """The outcome.

    Attributes:
        events: all that were rendered.
        rungs: by ascending amplitude; amplitudes without a rendered event are left out.
        limit: amplitude at which the net recall crosses one half, None without any event.
        limit_low, limit_high: the same for the upper and the lower bounds of the net recall.
        control: shifts of all amplitudes together that were found.
        control_excess: control minus unspiked, with its 95 % range.
        left_out: planned events that could not be rendered.
    """

    events: tuple[SeededEvent, ...]
    rungs: tuple[Rung, ...]
    limit: Crossing | None
    limit_low: Crossing | None
    limit_high: Crossing | None
    control: Share
    control_excess: tuple[float, float, float] | None
    left_out: int

    @property
    def control_passed(self) -> bool | None:
        """Whether shifts are found no more often than nothing at all; None without events."""
        return None if self.control_excess is None else self.control_excess[1] <= 0

    @property
    def sentence(self) -> str:
        """What the footage can show, in words."""
        if self.limit is None:
            return "nothing could be measured: no event was rendered"
        if self.limit.relation == "above":
            return f"fewer than half of the movements of {self.limit.place:g} %, the largest tried, were found"
        if self.limit.relation == "below":
            return f"this footage can show movements from below {self.limit.place:g} % on"
        return f"this footage can show movements above {self.limit} %"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "hits": [
                {"pass": entry.number} | asdict(entry.event) | {"found": dict(entry.found)} for entry in self.events
            ],
            "rates": [
                {"amplitude": rung.amplitude}
                | {name: share.as_dict() for name, share in rung.versions.items()}
                | {"net": _range(rung.net)}
                for rung in self.rungs
            ],
            "limit": None if self.limit is None else {
                "level": 0.5, "sentence": self.sentence, **asdict(self.limit),
                "from": asdict(self.limit_low), "to": asdict(self.limit_high),
            },
            "control": self.control.as_dict() | {
                "minus_unspiked": None if self.control_excess is None else _range(self.control_excess),
                "passed": self.control_passed,
            },
            "left_out": self.left_out,
        }  # fmt: skip


def count_found(
    plan: LadderPlan, answers: Sequence[PassAnswers], rule: MatchingRule | None = None
) -> SeededRecall:
    """Compare answers with the plan.

    Args:
        plan: what was put where.
        answers: of each pass, in the plan's order.
        rule: when an event counts as found; ours (same type, IoU 0.5, one to one) by default.
    """
    rule = rule or MatchingRule()
    events: list[SeededEvent] = []
    left_out = 0
    for number, (planned, answer) in enumerate(zip(plan.passes, answers, strict=True)):
        rendered = [event for index, event in enumerate(planned) if index not in answer.left_out]
        left_out += len(planned) - len(rendered)
        truth = [event.interval for event in rendered]
        hits = {name: {hit.truth for hit in match(truth, answer.proposals[name], rule)} for name in VERSIONS}
        for index, event in enumerate(rendered):
            events.append(SeededEvent(number, event, {name: index in hits[name] for name in VERSIONS}))
    rungs = tuple(
        _rung(amplitude, same)
        for amplitude in plan.settings.amplitudes
        if (same := [e for e in events if e.event.amplitude == amplitude])
    )
    control, unspiked = _share(events, "control"), _share(events, "unspiked")
    return SeededRecall(
        tuple(events), rungs,
        *(_limit(rungs, bound) for bound in (0, 2, 1)),
        control, difference(control, unspiked) if events else None, left_out,
    )  # fmt: skip


def _share(events: Sequence[SeededEvent], version: str) -> Share:
    return Share(sum(entry.found[version] for entry in events), len(events))


def _rung(amplitude: float, events: Sequence[SeededEvent]) -> Rung:
    shares = {name: _share(events, name) for name in VERSIONS}
    return Rung(amplitude, shares, difference(shares["spiked"], shares["unspiked"]))


def _limit(rungs: Sequence[Rung], bound: int) -> Crossing | None:
    """Where the net recall (0), its lower (1) or upper bound (2) crosses one half.

    Larger movements are not harder to see. So what bounds the recall of one amplitude from below bounds that of all
    larger ones too, and from above that of all smaller ones.
    """
    if not rungs:
        return None
    values = np.array([rung.net[bound] for rung in rungs])
    if bound == 1:
        values = np.maximum.accumulate(values)
    elif bound == 2:
        values = np.minimum.accumulate(values[::-1])[::-1]
    weights = [rung.versions["spiked"].trials for rung in rungs]
    return crossing([rung.amplitude for rung in rungs], values, weights)


def _range(values: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip(("rate", "low", "high"), values, strict=True))
