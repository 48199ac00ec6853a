"""The plan of a clip: everything that was drawn by chance, readable, before it becomes time courses.

A plan is JSON and holds the truth. `script_of` turns it into movement for one face, the same plan always into the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from spotcore.intervals import Interval
from spotcore.synthesis import distractors
from spotcore.synthesis.action_units import mixed_gains
from spotcore.synthesis.face import Face
from spotcore.synthesis.profiles import profile
from spotcore.synthesis.script import ClipScript


@dataclass(frozen=True)
class PlannedEvent:
    """A true expression: interval, plateau in frames, amplitude in per cent, units as "AU12/left" -> weight."""

    type: str
    onset: int
    apex: int
    offset: int
    hold: int
    amplitude: float
    units: Mapping[str, float]

    @property
    def interval(self) -> Interval:
        return Interval(self.onset, self.offset, self.type, self.apex)

    @property
    def labels(self) -> str:
        """ "AU1+AU2". """
        return "+".join(sorted({key.split("/")[0] for key in self.units}, key=lambda u: int(u[2:])))


@dataclass(frozen=True)
class PlannedShift:
    """A control: a constant shift of the picture by `pixels` and back, with the time course of an expression."""

    type: str
    onset: int
    apex: int
    offset: int
    hold: int
    pixels: float
    angle: float


@dataclass(frozen=True)
class ClipPlan:
    """One clip.

    Attributes:
        name: of the clip, without extension.
        identity: see `sources.identity_for`.
        seed: of everything below that is not written out (shape of blinks, syllables, sway, noise).
        frames, fps, width, height: of the video.
        inter_ocular: in output pixels.
        noise: standard deviation of the sensor noise, grey levels.
        crf: quality of the encoder.
        sway, light: strength of the drift of head and brightness.
        blinks: first frame of each.
        speech: (first, last) of each stretch.
        turns: (first, last, "turn" or "nod").
        gaze_rate: fixations a second.
        events: the truth.
        shifts: controls.
    """

    name: str
    identity: str
    seed: int
    frames: int
    fps: float
    width: int
    height: int
    inter_ocular: float
    noise: float
    crf: int
    sway: float
    light: float
    blinks: tuple[int, ...]
    speech: tuple[tuple[int, int], ...]
    turns: tuple[tuple[int, int, str], ...]
    gaze_rate: float
    events: tuple[PlannedEvent, ...]
    shifts: tuple[PlannedShift, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Plain lists and numbers."""
        return json.loads(json.dumps(asdict(self)))

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> ClipPlan:
        """Inverse of `to_json`."""
        values = dict(stored)
        values["events"] = tuple(PlannedEvent(**event) for event in values["events"])
        values["shifts"] = tuple(PlannedShift(**shift) for shift in values["shifts"])
        for name in ("speech", "turns"):
            values[name] = tuple(tuple(item) for item in values[name])
        values["blinks"] = tuple(values["blinks"])
        return cls(**values)


def script_of(plan: ClipPlan, face: Face) -> ClipScript:
    """The time courses of a plan on one face; random details come from the plan's seed, part by part."""
    script = ClipScript(plan.frames, plan.fps)

    def part(number: int) -> np.random.Generator:
        return np.random.default_rng([plan.seed, number])

    for event in plan.events:
        mix = {tuple(key.split("/")): weight for key, weight in event.units.items()}
        course = profile(plan.frames, event.interval, event.hold)
        script.add_event(event.interval, mixed_gains(face, mix, event.amplitude), course, event.amplitude)
    for number, (first, last) in enumerate(plan.speech):
        distractors.add_speech(script, face, first, last, part(1000 + number))
    for number, (first, last, kind) in enumerate(plan.turns):
        distractors.add_turn(script, first, last, part(2000 + number), kind)
    for number, first in enumerate(plan.blinks):
        distractors.add_blink(script, face, first, part(3000 + number))
    distractors.add_gaze(script, part(1), plan.gaze_rate)
    distractors.add_sway(script, part(2), plan.sway)
    distractors.add_light(script, part(3), plan.light)
    for shift in plan.shifts:
        course = profile(plan.frames, Interval(shift.onset, shift.offset, shift.type, shift.apex), shift.hold)
        distractors.add_constant_shift(script, course, shift.pixels, shift.angle)
    return script


def script_digest(script: ClipScript) -> str:
    """SHA-256 over all time courses, rounded to 1e-5, so that a change of any generator shows."""
    digest = hashlib.sha256()

    def add(name: str, values: np.ndarray) -> None:
        digest.update(f"{name}{values.shape}".encode())
        digest.update((np.round(values * 1e5).astype(np.int64)).astype("<i8").tobytes())

    for key in sorted(script.units):
        add("/".join(key), script.units[key])
    for name in ("pose", "lids", "gaze", "gain", "shift"):
        add(name, getattr(script, name))
    return digest.hexdigest()
