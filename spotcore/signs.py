"""Signs of something other than an expression: a blink, the head, speech, flow that is mostly noise. One rule for all.

Reports of errors count them (`error_causes`), the reviewing surface names them under an interval. A sign is what was
there, not proof that it is to blame. Torch-free, no files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spotcore.config import Settings, setting
from spotcore.feature_files import Traces
from spotcore.intervals import Interval
from spotcore.regions import REGION_GROUPS, SOFT_POINTS, WATCHED, WATCHED_SIGNALS

SIGNS = ("blink", "head", "speech", "noisy flow")
NOT_MEASURED = "not measured"
EXPRESSION_TURNS = 2


@dataclass(frozen=True)
class SignSettings(Settings):
    """What counts as a sign; a choice of ours throughout, looked at on a handful of clips and not tuned."""

    # The mesh follows lids poorly: blinks that anyone sees close its eyes by 0.10 to 0.30, expressions by up to 0.06.
    eye_closure: float = setting(0.09, "blink: share by which the eyes close against the seconds around", low=0.0)
    eye_seconds: float = setting(1.5, "blink: time before and after that says how open they usually are", low=0.0)
    head_shift: float = setting(10.0, "head: it moves this far, or changes this much in size, in per cent", low=0.0)
    head_turn: float = setting(5.0, "head: it turns this far about any axis, in degrees", low=0.0)
    lip_reversal: float = setting(2.0, "speech: a turn of the lips has so much on both sides, in per cent", low=0.0)
    lip_rate: float = setting(2.5, "speech: turns a second beyond the two of an expression", low=0.0)
    around_seconds: float = setting(0.5, "speech: time before and after that is looked at too", low=0.0)
    noise_ratio: float = setting(3.0, "noisy flow: the largest movement is below this times the floor", low=0.0)
    unusable_share: float = setting(0.25, "noisy flow: or this share of the frames could not be analysed", low=0.0)


@dataclass(frozen=True)
class Sign:
    """One sign with the number behind it.

    Attributes:
        name: one of `SIGNS`, or `NOT_MEASURED`.
        words: the rival explanation in words, such as "head yaw 6.1°".
    """

    name: str
    words: str


def find_signs(traces: Traces, interval: Interval, settings: SignSettings | None = None) -> tuple[Sign, ...]:
    """The signs that the traces show in an interval, in the order of `SIGNS`.

    Args:
        interval: in original frames.

    Returns:
        A single `NOT_MEASURED` where no face was measured in any of its frames.
    """
    settings = settings or SignSettings()
    inside = samples_of(traces, interval)
    if inside is None:
        return (Sign(NOT_MEASURED, "no face was measured here"),)
    found = {
        "blink": _closed_eyes(traces, inside, settings),
        "head": _moving_head(traces.head_motion[inside], settings),
        "speech": _talking_lips(traces, inside, settings),
        "noisy flow": _noisy_flow(traces, inside, settings),
    }
    return tuple(Sign(name, found[name]) for name in SIGNS if found[name])


def samples_of(traces: Traces, interval: Interval) -> slice | None:
    """Where the samples of an interval lie; None where it holds none, or none with a face."""
    first, end = np.searchsorted(traces.frames, [interval.onset, interval.offset + 1]).tolist()
    if first == end < len(traces):
        end += 1  # shorter than the step between analysed frames
    if first == end or not traces.found[first:end].any():
        return None
    return slice(first, end)


def usual_openness(traces: Traces, inside: slice, settings: SignSettings) -> float:
    """How open the eyes usually are within an interval and around it, lid distance over eye width."""
    ends = [
        traces.timestamps[inside.start] - settings.eye_seconds,
        traces.timestamps[inside.stop - 1] + settings.eye_seconds,
    ]
    first, end = np.searchsorted(traces.timestamps, ends)
    return float(np.median(traces.eye_openness[first : end + 1]))


def largest_movement(traces: Traces, inside: slice) -> tuple[int, float]:
    """(region, per cent of the inter-ocular distance): what moved farthest from where it was in the first sample."""
    moved = np.linalg.norm(traces.displacement[inside] - traces.displacement[inside][:1], axis=2).max(axis=0)  # (R,)
    region = int(moved.argmax())
    return region, float(moved[region])


def watched_places(traces: Traces) -> dict[str, np.ndarray]:
    """Cheeks, chin and lids: name -> (T,) complex, x + iy of the displacement; {} where the file lacks them."""
    if any(name not in traces.signals for name in WATCHED_SIGNALS):
        return {}
    return {name: traces.signals[f"motion/{name}/x"] + 1j * traces.signals[f"motion/{name}/y"] for name in WATCHED}


def most_moved(traces: Traces, inside: slice) -> tuple[str, float]:
    """(name, per cent): as `largest_movement`, with cheeks and chin where they were measured.

    Lids are left out: every blink moves them farther than most expressions move anything.
    """
    region, percent = largest_movement(traces, inside)
    named = [(percent, traces.kind.regions[region])]
    places = watched_places(traces)
    for name in SOFT_POINTS if places else ():
        course = places[name][inside]
        named.append((float(np.abs(course - course[0]).max()), name))
    percent, name = max(named)
    return name, percent


def _closed_eyes(traces: Traces, inside: slice, settings: SignSettings) -> str:
    """The eyes are less open somewhere within than they usually are within and around."""
    usual = usual_openness(traces, inside, settings)
    openness = traces.eye_openness[inside]
    closed = openness < (1 - settings.eye_closure) * usual
    if not closed.any():
        return ""
    seconds = closed.sum() * _step(traces)
    return f"eyes close to {100 * openness.min() / usual:.0f} % of usual for {seconds:.2f} s"


def _moving_head(motion: np.ndarray, settings: SignSettings) -> str:
    """(N, 6) head motion (x, y per cent; roll degrees; scale per cent; yaw, pitch degrees) spans much."""
    spans = np.ptp(motion, axis=0).tolist()
    limits = [settings.head_shift] * 2 + [settings.head_turn, settings.head_shift] + [settings.head_turn] * 2
    names = ("shift sideways", "shift up or down", "roll", "size", "yaw", "pitch")
    most = max(range(6), key=lambda k: spans[k] / limits[k] if limits[k] else np.inf)
    if spans[most] < limits[most]:
        return ""
    unit = "°" if names[most] in ("roll", "yaw", "pitch") else " %"
    return f"head {names[most]} {spans[most]:.1f}{unit}"


def _talking_lips(traces: Traces, inside: slice, settings: SignSettings) -> str:
    """The lips open and close again and again: an expression turns twice, at its apex and at its end, speech goes on.

    Of the shared footage this names 2 of 27 labelled mouth and brow expressions and 73 % of stretches of talk; lip
    speed alone named 12 of them and 65 %.
    """
    seconds = traces.timestamps
    ends = (seconds[inside.start] - settings.around_seconds, seconds[inside.stop - 1] + settings.around_seconds)
    first, end = np.searchsorted(seconds, [ends[0] - 1e-6, ends[1] + 1e-6]).tolist()
    upper, lower = REGION_GROUPS["lips"]
    opening = traces.displacement[first:end, lower, 1] - traces.displacement[first:end, upper, 1]  # (N,) per cent
    least = max(settings.lip_reversal, settings.noise_ratio * float(traces.noise_floor[inside].mean()))
    turns, length = reversals(opening, least), float(seconds[end - 1] - seconds[first])
    if length <= 0 or (turns - EXPRESSION_TURNS) / length < settings.lip_rate:
        return ""
    return f"lips open and close, {turns} turns in {length:.1f} s"


def reversals(course: np.ndarray, least: float) -> int:
    """How often (N,) values turn round, counting turns with at least `least` on both sides.

    >>> reversals(np.array([0.0, 5.0, 0.0, 0.5, 0.0, 5.0]), 2.0)
    2
    """
    turns, direction, low, high = 0, 0, np.inf, -np.inf
    for value in course.tolist():
        low, high = min(low, value), max(high, value)
        if direction <= 0 and value - low >= least:
            turns, direction, high = turns - direction, 1, value
        elif direction >= 0 and high - value >= least:
            turns, direction, low = turns + direction, -1, value
    return turns


def _noisy_flow(traces: Traces, inside: slice, settings: SignSettings) -> str:
    """Nothing moves clearly beyond the repeatability floor, or much of it could not be analysed."""
    unusable = 1 - traces.analysable[inside].mean()
    if unusable >= settings.unusable_share:
        return f"{100 * unusable:.0f} % of it could not be analysed"
    largest, floor = largest_movement(traces, inside)[1], float(traces.noise_floor[inside].mean())
    if largest >= settings.noise_ratio * floor:
        return ""
    return f"moves {largest:.1f} %, less than {settings.noise_ratio:g} times the noise floor of {floor:.2f} %"


def _step(traces: Traces) -> float:
    """Seconds between two samples."""
    return float(np.median(np.diff(traces.timestamps))) if len(traces) > 1 else 0.0
