"""What a network over traces is given: the movement of the regions and, if it asks, the eyes and the head beside it.

A blink pulls at the brows about as a small frown does; only the eyes tell them apart. Torch-free.
"""

from __future__ import annotations

import numpy as np

from spotcore.feature_files import Traces

FACE_REGIONS = 10
# Eyes, then head x and y, roll and scale, yaw and pitch: pairs like a region's x and y, so that mirroring a face turns
# the first of each around. Eyes have no first.
SIGNAL_PAIRS = 4
_EYE_PERCENT = 20.0  # of what an eye is usually open; a blink is then about as large as a macro-expression
_LARGEST = 3.0  # times the usual opening; the detector's slips are larger


def network_input(traces: Traces, pairs: int = FACE_REGIONS) -> np.ndarray:
    """(T, `pairs`, 2) float32: the displacement, followed by `SIGNAL_PAIRS` of eyes and head where `pairs` holds them.

    Args:
        traces: of one video.
        pairs: what the network takes, `FACE_REGIONS` or `FACE_REGIONS + SIGNAL_PAIRS`.
    """
    regions = traces.displacement[:, :FACE_REGIONS]
    if pairs == FACE_REGIONS:
        return regions
    signals = np.zeros((len(traces), SIGNAL_PAIRS, 2), np.float32)
    if len(traces):
        usual = max(float(np.median(traces.eye_openness)), 0.05)
        signals[:, 0, 1] = _EYE_PERCENT * np.clip(traces.eye_openness / usual, 0, _LARGEST)
        signals[:, 1:] = traces.head_motion[:, [0, 1, 2, 3, 4, 5]].reshape(-1, 3, 2)
    return np.concatenate([regions, signals], axis=1)
