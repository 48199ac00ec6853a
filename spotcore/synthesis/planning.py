"""Drawing plans by chance: how many events, where, how strong, among which distractors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from spotcore.errors import InvalidSettings
from spotcore.synthesis.mixes import EXPRESSIONS, Expression, draw_amplitude, draw_mix, moves_mouth
from spotcore.synthesis.plans import ClipPlan, PlannedEvent, PlannedShift
from spotcore.synthesis.profiles import draw_event

_GAP_SECONDS = 0.2  # between two expressions


@dataclass(frozen=True)
class PlanSettings:
    """How clips are drawn; pairs are ranges.

    Attributes:
        seconds, fps, width, height: of each clip.
        inter_ocular: output pixels.
        micro, macro: events per clip.
        blinks_per_minute: rate.
        speech_share: mean share of the time with speech; about two thirds of the clips have any.
        turn_share: mean share of the time with turns and nods.
        noise: grey levels.
        crf: encoder quality.
        gaze_rate: fixations a second.
        sway, light: strengths.
        strong_micro: share of the micro-expressions that are as strong as macros (brief ones of acted footage).
        micro_inside: share of the macro-expressions that are held longer, with a micro-expression on their plateau.
        control_shifts: per clip; such clips hold no events when `micro` and `macro` are (0, 0).
        shift_pixels: size of a control shift.
        expressions: what the mixes of action units are drawn from.
    """

    seconds: float = 15.0
    fps: float = 30.0
    width: int = 512
    height: int = 512
    inter_ocular: tuple[float, float] = (85.0, 120.0)
    micro: tuple[int, int] = (1, 3)
    macro: tuple[int, int] = (1, 3)
    blinks_per_minute: tuple[float, float] = (12.0, 20.0)
    speech_share: float = 0.3
    turn_share: float = 0.3
    noise: tuple[float, float] = (0.5, 3.5)
    crf: tuple[int, int] = (17, 30)
    gaze_rate: tuple[float, float] = (0.3, 0.9)
    sway: tuple[float, float] = (0.4, 1.2)
    light: tuple[float, float] = (0.004, 0.02)
    strong_micro: float = 0.0
    micro_inside: float = 0.0
    control_shifts: int = 0
    shift_pixels: float = 0.5
    expressions: tuple[Expression, ...] = EXPRESSIONS

    def __post_init__(self) -> None:
        problems = []
        if self.width % 4 or self.height % 4:
            problems.append(f"width and height in multiples of 4, got {self.width}x{self.height}")
        if not 27 <= self.fps <= 60:
            problems.append(f"27 to 60 frames a second, got {self.fps:g}")
        if self.seconds < 3:
            problems.append(f"clips of at least 3 seconds, got {self.seconds:g}")
        for name, most in (("speech_share", 0.6), ("turn_share", 0.6), ("strong_micro", 1.0),
                           ("micro_inside", 1.0)):  # fmt: skip
            if not 0 <= getattr(self, name) <= most:
                problems.append(f"{name} between 0 and {most:g}, got {getattr(self, name):g}")
        if problems:
            raise InvalidSettings("synthesis expects " + "; ".join(problems))


def plan_clip(name: str, identity: str, seed: int, settings: PlanSettings) -> ClipPlan:
    """Draw one clip; the same arguments give the same plan."""
    rng = np.random.default_rng([seed, 11])
    count = round(settings.seconds * settings.fps)
    speech = _speech(count, settings, rng)
    turns = _turns(count, settings, rng)
    kinds = ["micro"] * _number(settings.micro, rng) + ["macro"] * _number(settings.macro, rng)
    events = _events(kinds, count, settings, speech, rng)
    shifts = _shifts(count, settings, rng)
    rate = rng.uniform(*settings.blinks_per_minute)
    return ClipPlan(
        name=name, identity=identity, seed=seed, frames=count, fps=settings.fps, width=settings.width,
        height=settings.height, inter_ocular=round(float(rng.uniform(*settings.inter_ocular)), 2),
        noise=round(float(rng.uniform(*settings.noise)), 3), crf=_number(settings.crf, rng),
        sway=round(float(rng.uniform(*settings.sway)), 3), light=round(float(rng.uniform(*settings.light)), 4),
        blinks=_blinks(count, settings.fps, rate, rng), speech=speech, turns=turns,
        gaze_rate=round(float(rng.uniform(*settings.gaze_rate)), 3), events=events, shifts=shifts,
    )  # fmt: skip


def plan_corpus(count: int, identities: Sequence[str], seed: int, settings: PlanSettings, prefix: str = "clip",
                ) -> list[ClipPlan]:  # fmt: skip
    """`count` clips, the identities in turn."""
    if not identities:
        raise InvalidSettings("a corpus needs at least one identity")
    return [
        plan_clip(f"{prefix}_{i:03d}", identities[i % len(identities)], seed * 100_003 + i, settings)
        for i in range(count)
    ]


def _number(between: tuple[int, int], rng: np.random.Generator) -> int:
    return int(rng.integers(between[0], between[1] + 1))


def _speech(count: int, settings: PlanSettings, rng: np.random.Generator) -> tuple[tuple[int, int], ...]:
    """One or two stretches in two thirds of the clips, so that the mean share comes out."""
    if settings.speech_share == 0 or rng.random() > 2 / 3:
        return ()
    total = int(count * min(settings.speech_share * 1.5 * rng.uniform(0.75, 1.25), 0.8))
    pieces = 2 if rng.random() < 0.5 and total > 4 * settings.fps else 1
    lengths = [total // pieces] * pieces
    free = count - total - 2
    cuts = np.sort(rng.integers(0, free + 1, pieces))
    stretches, used = [], 0
    for length, cut in zip(lengths, cuts, strict=True):
        first = int(cut) + used + 1
        stretches.append((first, first + length - 1))
        used += length
    return tuple(stretches)


def _turns(count: int, settings: PlanSettings, rng: np.random.Generator) -> tuple[tuple[int, int, str], ...]:
    """Turns and nods of 0.8 to 2.5 s at random places until the share of this clip is reached."""
    wanted = count * settings.turn_share * rng.uniform(0.45, 1.4)  # the last piece overshoots a little
    taken: list[tuple[int, int, str]] = []
    total = 0.0
    for _ in range(200):
        if total + 0.4 * settings.fps >= wanted:
            break
        length = int(min(rng.uniform(0.8, 2.5) * settings.fps, max(wanted - total, 0.8 * settings.fps)))
        first = int(rng.integers(1, count - length - 1))
        if all(first > last + 5 or first + length < start - 5 for start, last, _ in taken):
            taken.append((first, first + length, "nod" if rng.random() < 0.35 else "turn"))
            total += length
    return tuple(sorted(taken))


def _events(
    kinds: Sequence[str], count: int, settings: PlanSettings, speech: Sequence[tuple[int, int]],
    rng: np.random.Generator,
) -> tuple[PlannedEvent, ...]:  # fmt: skip
    """Place the events, long ones first, away from each other; movements of the mouth stay out of speech."""
    fps = settings.fps
    gap = round(_GAP_SECONDS * fps)
    taken: list[PlannedEvent] = []
    for kind in sorted(kinds):  # macro before micro: it needs more room
        for _ in range(400):
            mix = draw_mix(rng, settings.expressions)
            event, hold = draw_event(kind, 0, fps, rng)
            latest = count - event.offset - 4
            if latest <= 4:
                continue
            onset = int(rng.integers(4, latest))
            first, last = onset, onset + event.offset
            if any(first <= e.offset + gap and last >= e.onset - gap for e in taken):
                continue
            if moves_mouth(mix) and any(first <= b + gap and last >= a - gap for a, b in speech):
                continue
            strong = kind == "micro" and settings.strong_micro > 0 and rng.random() < settings.strong_micro
            amplitude = round(draw_amplitude("macro" if strong else kind, mix, rng), 3)
            units = {f"{unit}/{side}": weight for (unit, side), weight in mix.items()}
            taken.append(PlannedEvent(kind, onset, onset + event.apex, last, hold, amplitude, units))
            break
    if settings.micro_inside > 0:
        taken = _with_micros_inside(taken, count, settings, speech, rng)
    return tuple(sorted(taken, key=lambda e: e.onset))


def _with_micros_inside(
    events: Sequence[PlannedEvent], count: int, settings: PlanSettings, speech: Sequence[tuple[int, int]],
    rng: np.random.Generator,
) -> list[PlannedEvent]:  # fmt: skip
    """Some macros are held longer, where there is room, and bear a micro on the plateau (legal in all corpora)."""
    gap = round(_GAP_SECONDS * settings.fps)
    found = list(events)
    for number, macro in enumerate(events):
        if macro.type != "macro" or rng.random() >= settings.micro_inside:
            continue
        micro, hold = draw_event("micro", 0, settings.fps, rng)
        mix = draw_mix(rng, settings.expressions)
        longer = micro.offset + int(rng.integers(4, 24))
        offset = macro.offset + longer
        others = [e for e in found if e is not macro]
        if offset > count - 4 or any(macro.onset <= e.offset + gap and offset >= e.onset - gap for e in others):
            continue
        if any(macro.onset <= b + gap and offset >= a - gap for a, b in speech):
            continue
        onset = macro.apex + int(rng.integers(1, macro.hold + longer - micro.offset))
        units = {f"{unit}/{side}": weight for (unit, side), weight in mix.items()}
        found[number] = replace(macro, offset=offset, hold=macro.hold + longer)
        found.append(PlannedEvent("micro", onset, onset + micro.apex, onset + micro.offset, hold,
                                  round(draw_amplitude("micro", mix, rng), 3), units))  # fmt: skip
    return found


def _blinks(count: int, fps: float, per_minute: float, rng: np.random.Generator) -> tuple[int, ...]:
    wanted = int(per_minute * count / fps / 60 + rng.random())
    starts: list[int] = []
    for _ in range(300):
        if len(starts) >= wanted:
            break
        first = int(rng.integers(2, count - int(0.45 * fps)))
        if all(abs(first - other) > 0.5 * fps for other in starts):
            starts.append(first)
    return tuple(sorted(starts))


def _shifts(count: int, settings: PlanSettings, rng: np.random.Generator) -> tuple[PlannedShift, ...]:
    """Control shifts, micro and macro in turn, evenly spread."""
    shifts = []
    for i in range(settings.control_shifts):
        kind = ("micro", "macro")[i % 2]
        event, hold = draw_event(kind, 0, settings.fps, rng)
        slot = count / settings.control_shifts
        onset = int(i * slot + 4 + rng.uniform(0, max(slot - event.offset - 10, 1)))
        if onset + event.offset < count - 2:
            shifts.append(PlannedShift(kind, onset, onset + event.apex, onset + event.offset, hold,
                                       settings.shift_pixels, round(float(rng.uniform(0, 2 * np.pi)), 4)))  # fmt: skip
    return tuple(shifts)
