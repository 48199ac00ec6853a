"""From boundary and apex curves to intervals, as SpoT-GCN and SpotFormer decode: the inverse of `targets`.

Curves in, scored intervals out, at the loosest setting; how many of them are shown is decided in `decoding`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from spotcore.config import Settings, setting
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.nms import suppress
from spotcore.probabilities import Curves
from spotcore.targets import BOUNDARY_WIDTH

_EDGE_WEIGHT = 0.01  # only has to break ties: see `_centre_of_plateau`


@dataclass(frozen=True)
class BoundaryApexSettings(Settings):
    """How apex candidates become intervals (METHODS section 3).

    The ranges are a choice of ours, in seconds so that they hold at every rate; `release_settings` gives the
    published ones. `plateau` locates a boundary at the centre of its widened label instead of the first maximum.
    Expressions of one type hardly ever overlap, so weaker ones that overlap at all are dropped (the release: 0.5).
    """

    apex_threshold: float = setting(0.5, "smallest apex probability of a candidate", low=0.0, high=1.0)
    micro_lo: float = setting(0.034, "nearest boundary of a micro to its apex, seconds", low=0.0, high=1.0)
    micro_hi: float = setting(0.25, "farthest boundary of a micro from its apex, seconds", low=0.0, high=1.0)
    macro_lo: float = setting(0.1, "nearest boundary of a macro to its apex, seconds", low=0.0, high=10.0)
    macro_hi: float = setting(2.0, "farthest boundary of a macro from its apex, seconds", low=0.0, high=10.0)
    plateau: bool = setting(True, "locate boundaries at the centre of their plateau, not at the first maximum")
    cap: int = setting(5, "proposals kept per video and type at least", low=1)
    cap_per_minute: float = setting(60.0, "further proposals kept per minute of video and type", low=0.0)
    nms_iou: float = setting(0.1, "a weaker proposal of the same type overlapping this much is dropped", low=0.01)
    macro_threshold: float = setting(0.0, "smallest macro score shown without a calibration", low=0.0, high=1.0)
    micro_threshold: float = setting(0.0, "smallest micro score shown without a calibration", low=0.0, high=1.0)
    suppressed: str = setting("", "types never proposed, separated by commas")

    def contradictions(self) -> list[str]:
        ranges = {kind: (getattr(self, f"{kind}_lo"), getattr(self, f"{kind}_hi")) for kind in EXPRESSION_TYPES}
        found = [
            f"{kind}_lo ({lo:g} s) is larger than {kind}_hi ({hi:g} s)" for kind, (lo, hi) in ranges.items() if lo > hi
        ]
        unknown = [kind for kind in self.suppressed.split(",") if kind and kind not in EXPRESSION_TYPES]
        return found + [f"suppressed: unknown type {kind!r}" for kind in unknown]


def release_settings(**changes: object) -> BoundaryApexSettings:
    """The ranges and caps of the published releases: micro 2 to 8 and macro 8 to 29 frames at 30 fps, 5 per video."""
    published = {
        "micro_lo": 2 / 30, "micro_hi": 8 / 30, "macro_lo": 8 / 30, "macro_hi": 29 / 30,
        "plateau": False, "cap": 5, "cap_per_minute": 0.0,
        "nms_iou": 0.5,
    }  # fmt: skip
    return BoundaryApexSettings.from_dict(published | changes)


def decode_boundary_apex(curves: Curves) -> list[Interval]:
    """Proposals of curves that hold the boundary and apex channels of a type (types without them are skipped).

    Candidates are frames where the apex curve is above the threshold and highest within the label's width. Onset and
    offset are the surest boundary frames within the range before and after; a candidate stays if P(onset) >
    P(offset) at its onset and the reverse at its offset. Score = P(onset) * P(apex) * P(offset).

    Returns:
        Intervals in ORIGINAL frame numbers by onset, then type, after suppression of overlaps and the cap.

    Raises:
        InvalidSettings: the settings of the curves are not those of this decoder.
    """
    settings = BoundaryApexSettings.from_dict(curves.settings, "decoder boundary_apex")
    if len(curves) == 0:
        return []
    rate = sample_rate(curves.timestamps)
    cap = settings.cap + int(settings.cap_per_minute * len(curves) / rate / 60)
    found: list[Interval] = []
    for kind in EXPRESSION_TYPES:
        needed = [f"{kind}_{name}" for name in ("onset", "offset", "apex")]
        if kind not in settings.suppressed.split(",") and all(name in curves.channels for name in needed):
            samples = _decode_type(curves.channels, kind, settings, rate)
            found += suppress(samples, settings.nms_iou)[:cap]
    placed = [_to_frames(interval, curves.frames) for interval in found]
    return sorted(placed, key=lambda interval: (interval.onset, interval.type))


def sample_rate(timestamps: np.ndarray) -> float:
    """Samples per second of ascending timestamps in seconds; 30 where fewer than two tell nothing."""
    if len(timestamps) < 2 or timestamps[-1] <= timestamps[0]:
        return 30.0
    return float((len(timestamps) - 1) / (timestamps[-1] - timestamps[0]))


def _decode_type(
    channels: Mapping[str, np.ndarray], kind: str, settings: BoundaryApexSettings, rate: float
) -> list[Interval]:
    onset, offset, apex = (np.asarray(channels[f"{kind}_{n}"], np.float64) for n in ("onset", "offset", "apex"))
    width = BOUNDARY_WIDTH[kind]
    highest = apex >= maximum_filter1d(apex, 2 * width + 1, mode="nearest")
    peaks = np.flatnonzero((apex > settings.apex_threshold) & highest)
    lo, hi = (round(getattr(settings, f"{kind}_{side}") * rate) for side in ("lo", "hi"))
    place = _centre_of_plateau if settings.plateau else _as_it_is
    # Ties go to the boundary nearest to the apex, which tells neighbouring events apart.
    steps = -np.arange(lo, hi + 1)
    starts = _best(place(onset, width), peaks, steps)
    ends = _best(place(offset, width), peaks, -steps)
    keep = (starts >= 0) & (ends >= 0)
    peaks, starts, ends = peaks[keep], starts[keep], ends[keep]
    keep = (onset[starts] > offset[starts]) & (offset[ends] > onset[ends])
    return [
        Interval(int(s), int(e), kind, int(p), float(onset[s] * apex[p] * offset[e]))
        for s, p, e in zip(starts[keep], peaks[keep], ends[keep], strict=True)
    ]


def _best(values: np.ndarray, peaks: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Frame of the largest value among peak + steps, the first step winning ties; -1 where all lie outside: (N,)."""
    places = peaks[:, None] + steps  # (N, steps)
    inside = (places >= 0) & (places < len(values))
    reach = np.where(inside, values[np.clip(places, 0, len(values) - 1)], -np.inf)
    best = places[np.arange(len(peaks)), reach.argmax(axis=1)] if len(peaks) else np.zeros(0, np.int64)
    return np.where(inside.any(axis=1), best, -1)


def _as_it_is(values: np.ndarray, width: int) -> np.ndarray:
    return values


def _centre_of_plateau(values: np.ndarray, width: int) -> np.ndarray:
    """How well the label widened by `width` around each frame fits: (T,) -> (T,).

    The label of a boundary at frame 1 is cut off at frame 0, so a plain moving mean would put it elsewhere: the mean
    goes over the frames that exist, and a label that would go on just outside the window costs a little.
    """
    sums = np.concatenate([[0.0], np.cumsum(values)])
    frames = np.arange(len(values))
    first, last = np.maximum(frames - width, 0), np.minimum(frames + width, len(values) - 1)
    padded = np.concatenate([[0.0], values, [0.0]])
    beyond = padded[np.maximum(frames - width, 0)] + padded[np.minimum(frames + width + 2, len(values) + 1)]
    fit = (sums[last + 1] - sums[first] - _EDGE_WEIGHT * beyond) / (last - first + 1)
    # Sums of float32 probabilities differ in the last digits; what is equal must compare equal.
    return np.round(fit, 9)


def _to_frames(interval: Interval, frames: np.ndarray) -> Interval:
    return Interval(
        int(frames[interval.onset]), int(frames[interval.offset]), interval.type,
        None if interval.apex is None else int(frames[interval.apex]), interval.score,
    )  # fmt: skip
