"""The training-free detector: every start and duration is scored as a bump against the noise to expect.

A bump is a movement that leaves a place and comes back: the mean inside against the two ends, per group of regions,
divided by what jitter, head motion, speech and blinks would give for that duration (METHODS section 8). Needs traces
only; its decoder is `bumps`, its calibration a table measured by `calibration`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter, minimum_filter1d

from spotcore.bumps import SECONDS_SCALE, SHAPE_CHANNELS, peaks, shape_channel
from spotcore.calibration import shipped_calibration
from spotcore.feature_files import Traces
from spotcore.intervals import EXPRESSION_TYPES, MICRO_MAX_SECONDS
from spotcore.probabilities import Curves

# Groups of regions scored together: one side alone, both sides, brows, mouth.
GROUPS: dict[str, tuple[int, ...]] = {
    "left_brow": (0, 1, 2),
    "right_brow": (3, 4, 5),
    "brows": (0, 1, 2, 3, 4, 5),
    "left_corner": (6,),
    "right_corner": (7,),
    "corners": (6, 7),
    "upper_lip": (8,),
    "lower_lip": (9,),
    "mouth": (6, 7, 8, 9),
}
BROWS = frozenset(range(6))
# Up and down once, in units of the mean inside: the peak is about 1.4 times that.
OWN_WAY = 3.0
MOUTH = list(GROUPS).index("mouth")
NEUTRAL_SAMPLES = 600


@dataclass(frozen=True)
class BaselineSettings:
    """Settings of the training-free detector. Lengths in seconds, amplitudes in per cent of the eye distance.

    Attributes:
        shortest, longest: durations tried.
        floor: noise of a region that is never undercut.
        walk: growth of the noise with the duration, per square root of a second (stitching, slow drift).
        pose: per cent of region movement per per cent of head shift; turn: per degree of turn; both within the bump.
        speech: noise per (per cent a second) of way gone in and around the bump beyond its own up and down.
        context: seconds around a bump in which that way is counted.
        talk: the same for mouth regions, of the way that the whole mouth has gone.
        neutral_seconds: shortest video in which a resting face can be told.
        neutral: amplitude from which the mesh decides whether a bump leads away from the neutral face; below, in part.
        blink: noise at the brows for a full closure of the eyes; blink_mouth: at the mouth.
        half: score in units of noise that is shown as evidence 0.5.
    """

    shortest: float = 0.13
    longest: float = 4.5
    floor: float = 0.3
    walk: float = 0.3
    pose: float = 0.04
    turn: float = 0.28
    speech: float = 0.1
    context: float = 0.4
    neutral: float = 4.0
    neutral_seconds: float = 5.0
    talk: float = 0.5
    blink: float = 1.5
    blink_mouth: float = 0.5
    half: float = 5.0


DEFAULT_SETTINGS = BaselineSettings()


def durations(settings: BaselineSettings, rate: float) -> list[int]:
    """Window lengths in samples: each one for micros, then in steps of 12 %."""
    longest = int(settings.longest * rate)
    values, value = [], max(3, round(settings.shortest * rate))
    while value <= longest:
        values.append(value)
        value = max(value + 1, round(value * 1.12)) if value >= MICRO_MAX_SECONDS * rate else value + 1
    return values


def baseline_curves(traces: Traces, settings: BaselineSettings = DEFAULT_SETTINGS) -> Curves:
    """Score all bumps of one video.

    Returns:
        Curves for the decoder "bumps": `macro_apex` and `micro_apex` hold the evidence of the best bump around each
        sample, `*_before`, `*_rise` and `*_length` its shape (see `bumps`).
    """
    count = len(traces)
    channels = {f"{kind}_apex": np.zeros(count, np.float32) for kind in EXPRESSION_TYPES}
    for kind in EXPRESSION_TYPES:
        channels |= {shape_channel(kind, name): np.zeros(count, np.float32) for name in SHAPE_CHANNELS}
    if count > 4 and traces.found.any():
        evidence = Evidence(traces, settings)
        for kind in EXPRESSION_TYPES:
            evidence.fill(kind, channels)
    return Curves(
        frames=traces.frames,
        timestamps=traces.timestamps,
        channels=channels,
        decoder="bumps",
        settings={"overlap": 0.3, **asdict(settings)},
        calibration=shipped_calibration("baseline"),
    )


class Evidence:
    """Bump scores of one video; made for one call of `baseline_curves`."""

    def __init__(self, traces: Traces, settings: BaselineSettings) -> None:
        self.settings = settings
        self.rate = 1 / max(float(np.median(np.diff(traces.timestamps))), 1e-3)
        self.timestamps = traces.timestamps
        self.usable = traces.analysable
        self.moved = gaussian_filter1d(traces.displacement.astype(np.float64), 0.7, axis=0, mode="nearest")
        self.head = traces.head_motion.astype(np.float64)
        self.jitter = traces.noise_floor.astype(np.float64)
        self.paths = self._paths()
        self.distance = self._distances(mesh_positions(traces))
        self.closure = self._closure(traces.eye_openness.astype(np.float64))

    def _paths(self) -> np.ndarray:
        """(T + 1, G) length of the way each group has gone by each sample, per cent, jitter left out."""
        steps = np.linalg.norm(np.diff(self.moved, axis=0, prepend=self.moved[:1]), axis=2)  # (T, R)
        steps = np.maximum(steps - self.jitter[:, None], 0)
        ways = [np.sqrt((steps[:, list(rows)] ** 2).mean(axis=1)) for rows in GROUPS.values()]
        return np.concatenate([np.zeros((1, len(ways))), np.cumsum(np.stack(ways, axis=1), axis=0)])

    def _distances(self, positions: np.ndarray) -> np.ndarray:
        """(T, G) distance of each group from the person's neutral face, per cent; zero where that is not known.

        Brows and mouth each rest as a whole; one corner alone may be still in the middle of an expression.
        """
        distances = np.zeros((len(positions), len(GROUPS)))
        if self.timestamps[-1] - self.timestamps[0] < self.settings.neutral_seconds:
            return distances
        for whole in ("brows", "mouth"):
            resting = rest_samples(positions[:, list(GROUPS[whole])])
            if len(resting):
                for column, rows in enumerate(GROUPS.values()):
                    if set(rows) <= set(GROUPS[whole]):
                        away = positions[:, list(rows)] - np.median(positions[np.ix_(resting, rows)], axis=0)
                        distances[:, column] = np.sqrt((away**2).sum(axis=2).mean(axis=1))
        return distances

    def _closure(self, openness: np.ndarray) -> np.ndarray:
        """(T,) 0..1, how far the eyes are closed against what they were in the seconds around."""
        usual = median_filter(openness, size=2 * round(1.5 * self.rate) + 1, mode="nearest")
        return np.clip((usual - openness) / np.maximum(usual, 0.05), 0, 1)

    def windows(self, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All windows of one duration: starts (N,), scores (N, G), usable (N,) bool."""
        s = self.settings
        starts = np.arange(len(self.moved) - length)
        ends = starts + length
        inside = _means(self.moved, length)  # (N, R, 2)
        left, right = inside - self.moved[starts], inside - self.moved[ends]
        seconds = length / self.rate
        head = _means(self.head, length) - (self.head[starts] + self.head[ends]) / 2  # (N, 6)
        head_step = self.head[ends] - self.head[starts]
        shift = np.abs(head[:, :2]).sum(1) + np.abs(head[:, 3]) + 0.5 * (
            np.abs(head_step[:, :2]).sum(1) + np.abs(head_step[:, 3]))  # fmt: skip
        turn = np.abs(head[:, [2, 4, 5]]).sum(1) + 0.5 * np.abs(head_step[:, [2, 4, 5]]).sum(1)
        closure = _maxima(self.closure, length)
        middle = starts + length // 2
        around = round(s.context * self.rate)
        early, late = np.maximum(starts - around, 0), np.minimum(ends + around + 1, len(self.moved))
        base = s.floor**2 + self.jitter[middle] ** 2 + s.walk**2 * seconds
        base = base + (s.pose * shift) ** 2 + (s.turn * turn) ** 2  # (N,)
        scores = np.zeros((len(starts), len(GROUPS)))
        for column, regions in enumerate(GROUPS.values()):
            rows = list(regions)
            brow = BROWS.issuperset(regions)
            noise = base + ((s.blink if brow else s.blink_mouth) * closure) ** 2
            a, b = left[:, rows].reshape(len(starts), -1), right[:, rows].reshape(len(starts), -1)
            direction = a + b
            direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)
            m1 = np.maximum((a * direction).sum(1), 0)
            m2 = np.maximum((b * direction).sum(1), 0)
            amplitude = 2 * m1 * m2 / np.maximum(m1 + m2, 1e-9) / np.sqrt(len(rows))
            restless = self._restless(early, late, column, amplitude)
            if not brow:
                restless = np.maximum(restless, s.talk * self._restless(early, late, MOUTH, amplitude))
            noise = noise + (s.speech * restless) ** 2
            score = amplitude / np.sqrt(noise)
            # Ends farther from neutral than the inside: a rest between two expressions, not an expression.
            there = _means(self.distance[:, column, None], length)[:, 0]
            outward = there - (self.distance[starts, column] + self.distance[ends, column]) / 2
            share = np.clip(0.5 + outward / np.maximum(amplitude, s.neutral), 0, 1)
            if self.distance[:, column].any():
                score = score * (1 - np.clip(amplitude / s.neutral, 0, 1) * (1 - share))
            scores[:, column] = score
        usable = _means(self.usable.astype(float)[:, None], length)[:, 0] > 0.8
        return starts, scores, usable

    def _restless(self, early: np.ndarray, late: np.ndarray, column: int, amplitude: np.ndarray) -> np.ndarray:
        """(N,) way gone by a group between two samples beyond one bump of that amplitude, per cent a second."""
        way = self.paths[late, column] - self.paths[early, column]
        return np.maximum(way - OWN_WAY * amplitude, 0) / ((late - early) / self.rate)

    def fill(self, kind: str, channels: dict[str, np.ndarray]) -> None:
        """Write evidence and shapes of one expression type."""
        count = len(self.moved)
        best = np.zeros(count)
        start, length_of, group = (np.zeros(count, int) for _ in range(3))
        for length in durations(self.settings, self.rate):
            if length >= count or (length / self.rate <= MICRO_MAX_SECONDS + 1e-4) != (kind == "micro"):
                continue
            starts, scores, usable = self.windows(length)
            column = scores.argmax(1)
            score = np.where(usable, scores.max(1), 0)
            centre = starts + length // 2
            better = score > best[centre]
            at = centre[better]
            best[at], start[at], length_of[at], group[at] = score[better], starts[better], length, column[better]
        for at in peaks(best):
            onset, apex, offset = self._boundaries(start[at], start[at] + length_of[at], group[at])
            t = self.timestamps
            if ((t[offset] - t[onset]) <= MICRO_MAX_SECONDS + 1e-4) != (kind == "micro"):
                onset, offset = start[at], start[at] + length_of[at]
                apex = min(max(apex, onset), offset)
            for name, seconds in zip(
                SHAPE_CHANNELS, (t[at] - t[onset], t[apex] - t[onset], t[offset] - t[onset]), strict=True
            ):
                channels[shape_channel(kind, name)][at] = max(seconds, 0) / SECONDS_SCALE
        channels[f"{kind}_apex"][:] = best / (best + self.settings.half)

    def _boundaries(self, start: int, end: int, group: int) -> tuple[int, int, int]:
        """Onset, apex and offset: where the movement along its own direction passes 10 % of its peak."""
        rows = list(list(GROUPS.values())[group])
        reach = max(2, (end - start) // 4)
        first, last = max(0, start - reach), min(len(self.moved) - 1, end + reach)
        path = self.moved[first : last + 1, rows].reshape(last - first + 1, -1)
        s, e = start - first, end - first
        direction = path[s : e + 1].mean(0) - (path[s] + path[e]) / 2
        height = path @ (direction / max(np.linalg.norm(direction), 1e-9))
        apex = s + int(np.argmax(height[s : e + 1]))
        low, high = height[s : apex + 1].min(), height[apex : e + 1].min()
        onset, offset = apex, apex
        while onset > 0 and height[onset] > low + 0.1 * (height[apex] - low):
            onset -= 1
        while offset < len(height) - 1 and height[offset] > high + 0.1 * (height[apex] - high):
            offset += 1
        return first + onset, first + apex, first + offset


def mesh_positions(traces: Traces) -> np.ndarray:
    """(T, R, 2) the regions as the mesh alone has them, which does not drift; the flow's where there is no mesh."""
    names = [f"mesh/{region}/{axis}" for region in traces.kind.regions for axis in "xy"]
    if any(name not in traces.signals for name in names):
        return traces.displacement.astype(np.float64)
    return np.stack([traces.signals[name] for name in names], axis=1).reshape(len(traces), -1, 2).astype(np.float64)


def rest_samples(positions: np.ndarray) -> np.ndarray:
    """Samples in which a face rests: (T, r, 2) positions -> (n,) sample numbers.

    Rest is the place that a face comes back to: the one with the most visits, long ones counting a little more. A
    place visited once may as well be a held expression; then nothing is known and no samples are given.
    """
    flat = positions.reshape(len(positions), -1) / np.sqrt(positions.shape[1])
    every = -(-len(flat) // NEUTRAL_SAMPLES)
    some = flat[::every]
    size = (some**2).sum(axis=1)
    apart = np.sqrt(np.maximum(size[:, None] + size[None] - 2 * np.einsum("ik,jk->ij", some, some), 0))  # (n, n)
    near = max(1.5, 0.2 * float(np.quantile(apart, 0.9)))
    inside = np.zeros(len(some), bool)
    stay, visits, worth = np.zeros(len(some)), np.zeros(len(some), int), np.zeros(len(some))
    for row in apart:  # all places at once, through time; leaving takes twice the distance of coming
        now = np.where(inside, row < 2 * near, row < near)
        worth += np.where(inside & ~now, np.log1p(stay), 0)
        visits += now & ~inside
        stay = np.where(now, stay + 1, 0)
        inside = now
    worth += np.where(inside, np.log1p(stay), 0)
    rest = worth.argmax()
    return np.flatnonzero(apart[rest] < near) * every if visits[rest] > 1 else np.zeros(0, int)


def _means(values: np.ndarray, length: int) -> np.ndarray:
    """Mean over samples n..n+length of (T, ...) values for every n: (T - length, ...)."""
    total = np.cumsum(np.concatenate([np.zeros((1, *values.shape[1:])), values]), axis=0)
    return (total[length + 1 :] - total[: -length - 1]) / (length + 1)


def _maxima(values: np.ndarray, length: int) -> np.ndarray:
    """Maximum over samples n..n+length for every n: (T - length,)."""
    size = length + 1
    return -minimum_filter1d(-values, size, origin=-(size // 2), mode="nearest")[: len(values) - length]
