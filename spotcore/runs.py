"""From class probabilities per frame to intervals: runs of one class. Torch-free; the decoder of FESNet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spotcore.config import Settings, setting
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.probabilities import Curves

CLASS_CHANNELS = ("neutral", "macro", "micro")


@dataclass(frozen=True)
class RunSettings(Settings):
    """A choice of ours: the paper says only that intervals follow from the classes of the frames."""

    gap_seconds: float = setting(0.1, "interruptions up to this long do not end a run", low=0.0, high=2.0)
    shortest_seconds: float = setting(0.1, "runs shorter than this are dropped", low=0.0, high=5.0)
    macro_threshold: float = setting(0.0, "smallest macro score shown without a calibration", low=0.0)
    micro_threshold: float = setting(0.0, "smallest micro score shown without a calibration", low=0.0)


def decode_runs(curves: Curves) -> list[Interval]:
    """Stretches whose most probable class is macro or micro.

    The score is the mean probability of the class within, the apex the most probable frame. A class of the network is
    kept even where the length says otherwise: the network saw the movement, the length rule is the reader's.

    Returns:
        Intervals in ORIGINAL frame numbers, by onset, then type; empty for curves without the three channels.
    """
    settings = RunSettings.from_dict(curves.settings, "decoder runs")
    if len(curves) == 0 or not all(name in curves.channels for name in CLASS_CHANNELS):
        return []
    table = np.stack([np.asarray(curves.channels[name], np.float64) for name in CLASS_CHANNELS])  # (3, T)
    chosen = table.argmax(axis=0)
    found = []
    for number, kind in enumerate(CLASS_CHANNELS):
        if kind not in EXPRESSION_TYPES:
            continue
        for first, last in _runs(chosen == number, curves.timestamps, settings.gap_seconds):
            if curves.timestamps[last] - curves.timestamps[first] < settings.shortest_seconds - 1e-9:
                continue
            within = table[number, first : last + 1]
            apex = first + int(within.argmax())
            onset, offset, peak = (int(curves.frames[row]) for row in (first, last, apex))
            found.append(Interval(onset, offset, kind, peak, float(within.mean())))
    return sorted(found, key=lambda interval: (interval.onset, interval.type))


def _runs(flags: np.ndarray, timestamps: np.ndarray, gap: float) -> list[tuple[int, int]]:
    """First and last rows of stretches of true, joined over short interruptions."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    joined: list[tuple[int, int]] = []
    for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        # The gap is the time without the class: from the last frame of one run to the first of the next, less a frame.
        if joined and timestamps[first] - timestamps[min(joined[-1][1] + 1, first)] <= gap + 1e-9:
            joined[-1] = (joined[-1][0], end - 1)
        else:
            joined.append((first, end - 1))
    return joined
