"""Series of expressions: the face goes from one into the next and comes to rest only after the last.

Acted and natural footage is full of them, and a network that only knows single expressions merges or drops them. Only
for trace spiking; frozen corpora hold single expressions.
"""

from __future__ import annotations

import itertools

import numpy as np

from spotcore.intervals import MICRO_MAX_SECONDS, Interval
from spotcore.synthesis.action_units import mixed_gains
from spotcore.synthesis.face import Face
from spotcore.synthesis.mixes import draw_mix, largest_percent
from spotcore.synthesis.profiles import smooth_step
from spotcore.synthesis.script import ClipScript

PERCENT = (4.0, 40.0)  # amplitudes: what follows without a rest is acted and strong
_GAP_SECONDS = 0.4  # to anything else that moves the mouth


def add_series(script: ClipScript, face: Face, taken: np.ndarray, rng: np.random.Generator) -> int:
    """Add one series of two to six expressions where nothing else goes on; shorter where there is less room.

    Lengths run from a quarter of a second to two seconds. Half-way from one expression to the next stands their common
    border: the frame before it is the offset of the first, the frame itself the onset of the second.

    Args:
        script: filled with the plan's events; events stay ascending.
        face: that shows the expressions.
        taken: (T,) bool, frames that hold something else.
        rng: draws everything.

    Returns:
        How many expressions were added; 0 where there is no room.
    """
    first, room = _longest_free(taken, round(_GAP_SECONDS * script.fps))
    lengths = np.exp(rng.uniform(np.log(0.25), np.log(2.0), int(rng.integers(2, 7)))) * script.fps
    lengths = np.maximum(np.round(lengths).astype(int), 7)
    lengths = lengths[np.cumsum(lengths) <= room]
    if len(lengths) < 2:
        return 0
    borders = first + int(rng.integers(0, room - lengths.sum() + 1)) + np.concatenate([[0], np.cumsum(lengths)])
    t = np.arange(script.frame_count)
    inner = np.minimum(lengths[:-1], lengths[1:])
    width = np.concatenate([lengths[:1], inner, lengths[-1:]]) * rng.uniform(0.25, 0.6, len(borders))
    for number, (onset, end) in enumerate(itertools.pairwise(borders)):
        rise = smooth_step((t - onset) / width[number] + (0.0 if number == 0 else 0.5))
        last = number == len(lengths) - 1
        fall = smooth_step((end - t) / width[number + 1] + (0.0 if last else 0.5))
        apex = int(np.clip(onset + round(width[number] * (1.0 if number == 0 else 0.5)), onset + 1, end - 2))
        kind = "micro" if end - 1 - onset <= MICRO_MAX_SECONDS * script.fps else "macro"
        mix = draw_mix(rng)
        amplitude = float(np.exp(rng.uniform(np.log(PERCENT[0]), np.log(min(PERCENT[1], largest_percent(mix))))))
        script.add_event(Interval(int(onset), int(end - 1), kind, apex), mixed_gains(face, mix, amplitude),
                         np.minimum(rise, fall), amplitude)  # fmt: skip
    _in_order(script)
    return len(lengths)


def _longest_free(taken: np.ndarray, gap: int) -> tuple[int, int]:
    """First frame and length of the longest stretch that keeps `gap` frames from what is taken and from both ends."""
    blocked = np.convolve(np.pad(taken, 1, constant_values=True), np.ones(2 * gap + 1), "same")[1:-1] > 0.5
    edges = np.flatnonzero(np.diff(np.concatenate([[1], blocked.astype(int), [1]])))
    runs = edges.reshape(-1, 2)  # (start, first after) of each free run
    if not len(runs):
        return 0, 0
    first, after = runs[np.argmax(runs[:, 1] - runs[:, 0])]
    return int(first), int(after - first)


def _in_order(script: ClipScript) -> None:
    """Events ascending by onset, their sizes and labels with them."""
    order = sorted(range(len(script.events)), key=lambda i: script.events[i].onset)
    script.events = [script.events[i] for i in order]
    script.amplitudes = [script.amplitudes[i] for i in order]
    script.labels = [script.labels[i] for i in order]
