"""Everything that happens in one synthetic clip, frame by frame, before a single pixel is drawn.

The script is what `corpus` and `distractors` write and `rendering` reads; the same script can drive trace spiking.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from spotcore.intervals import Interval

UnitKey = tuple[str, str]  # (action unit, "left" or "right" of the image)


@dataclass(frozen=True)
class Distractor:
    """Something that is no expression: kind "blink", "speech", "gaze", "turn", "nod" or "shift"; ends included."""

    kind: str
    first: int
    last: int


@dataclass
class ClipScript:
    """Time courses of one clip; made neutral, then filled.

    Attributes:
        frame_count: T.
        fps: frames per second.
        units: (unit, side) -> (T,) strength in inter-ocular distances; several contributions are added.
        pose: (T, 6) x and y (inter-ocular distances), roll (degrees), scale (share), yaw, pitch (degrees).
        lids: (T, 2) closure of the image-left and image-right eye, 0 open to 1 shut.
        gaze: (T, 2) shift of both irises, inter-ocular distances, x right and y down.
        gain: (T,) brightness factor.
        shift: (T, 2) constant shift of the whole picture in output pixels (control).
        events: the true expressions, ascending.
        amplitudes: largest region displacement of each event, per cent of the inter-ocular distance.
        labels: action units of each event, "AU1+AU2".
        distractors: everything else that moves.
    """

    frame_count: int
    fps: float
    units: dict[UnitKey, np.ndarray] = field(default_factory=dict)
    pose: np.ndarray = field(default=None)  # type: ignore[assignment]
    lids: np.ndarray = field(default=None)  # type: ignore[assignment]
    gaze: np.ndarray = field(default=None)  # type: ignore[assignment]
    gain: np.ndarray = field(default=None)  # type: ignore[assignment]
    shift: np.ndarray = field(default=None)  # type: ignore[assignment]
    events: list[Interval] = field(default_factory=list)
    amplitudes: list[float] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    distractors: list[Distractor] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = self.frame_count
        for name, width in (("pose", 6), ("lids", 2), ("gaze", 2), ("shift", 2)):
            if getattr(self, name) is None:
                setattr(self, name, np.zeros((count, width)))
        if self.gain is None:
            self.gain = np.ones(count)

    def add_units(self, gains: dict[UnitKey, float], course: np.ndarray) -> None:
        """Add strength x time course (T,) for every unit of a mix."""
        for key, gain in gains.items():
            self.units[key] = self.units.get(key, np.zeros(self.frame_count)) + gain * course

    def add_event(self, event: Interval, gains: dict[UnitKey, float], course: np.ndarray, amplitude: float) -> None:
        """Add a true expression: its movement, its interval, its size in per cent and its action units."""
        self.add_units(gains, course)
        self.events.append(event)
        self.amplitudes.append(float(amplitude))
        self.labels.append("+".join(sorted({unit for unit, _ in gains})))

    def busy(self, kinds: set[str]) -> np.ndarray:
        """(T,) bool, where a distractor of one of the kinds goes on."""
        mask = np.zeros(self.frame_count, bool)
        for item in self.distractors:
            if item.kind in kinds:
                mask[item.first : item.last + 1] = True
        return mask
