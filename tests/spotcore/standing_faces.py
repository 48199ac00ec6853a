"""Traces of a face whose place in the picture is known exactly: what the views beside the picture stand on."""

from __future__ import annotations

import dataclasses

import numpy as np

from spotcore.feature_files import Traces
from spotcore.regions import PICTURE_POINTS, REGIONS, RIGID_POINTS
from tests.spotcore.trace_examples import make_traces

# Eye corners level and one apart between their middles, and a nose: face coordinates, x + iy.
_CORNERS = {33: -0.72, 133: -0.28, 362: 0.28, 263: 0.72}
_NOSE = dict(zip((168, 6, 197, 195, 5, 4, 1), np.linspace(-0.05, 0.7, 7) * 1j, strict=True))
SHAPE = np.array([(_CORNERS | _NOSE)[index] for index in RIGID_POINTS], np.complex128)


def standing_traces(middle, scale=60.0, turn=0.0, found=None, step=1, **changes) -> Traces:
    """Traces of T samples, one every `step` frames.

    Args:
        middle: (T,) complex, place between the eyes in picture pixels.
        scale: pixels between the eyes, one number or (T,).
        turn: radians, one number or (T,).
        found: (T,) bool; all where None.
        changes: further fields of `Traces`.
    """
    middle = np.asarray(middle, np.complex128)
    count = len(middle)
    points = middle[:, None] + (scale * np.exp(1j * np.broadcast_to(turn, count)))[:, None] * SHAPE  # (T, P)
    places = {name: np.zeros(count, np.complex128) for name in REGIONS}
    places |= {str(index): points[:, at] for at, index in enumerate(RIGID_POINTS)}
    signals = {}
    for name in PICTURE_POINTS:
        signals[f"picture/{name}/x"] = places[name].real.astype(np.float32)
        signals[f"picture/{name}/y"] = places[name].imag.astype(np.float32)
    found = np.ones(count, bool) if found is None else np.asarray(found)
    traces = make_traces([], count, found=found)
    return dataclasses.replace(traces, frames=np.arange(count) * step, signals=signals, **changes)
