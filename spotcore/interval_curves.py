"""What was measured around one interval, against its onset: curves for a person who asks why it was proposed.

Numbers only; what they may be a sign of stands in `signs`.
"""

from __future__ import annotations

import numpy as np

from spotcore.feature_files import Traces
from spotcore.intervals import Interval
from spotcore.regions import LEFT_EYE, NOSE_PATCH, REGION_GROUPS, RIGHT_EYE, WATCHED_GROUPS
from spotcore.signs import SignSettings, samples_of, usual_openness, watched_places

_PAIRS = ("left_brow", "right_brow", "left_mouth", "right_mouth")
_MOTION = {name: REGION_GROUPS[name] for name in _PAIRS} | {"upper_lip": (8,), "lower_lip": (9,)}
_HEAD = ("head_x", "head_y", "head_roll", "head_size", "head_yaw", "head_pitch")


def interval_curves(traces: Traces, interval: Interval, around: float) -> tuple[slice, dict[str, np.ndarray]]:
    """Measurements from `around` seconds before the onset to as long after the offset.

    Args:
        traces: at least one sample.
        interval: in original frames.

    Returns:
        The samples, and name -> (N,) float32 for them; not a number without a face. Cheeks, chin and lids are left
        out where the file is older than their measurement. Regions, nose and head shift in per cent of the
        inter-ocular distance, head size in per cent of itself, turns in degrees, all since the onset; eye openness in
        per cent of what is usual around, mouth activity in per cent a frame, noise floor in per cent.
    """
    onset, offset = np.minimum(np.searchsorted(traces.frames, [interval.onset, interval.offset]), len(traces) - 1)
    seconds = traces.timestamps
    begin, end = np.searchsorted(seconds, [seconds[onset] - around - 1e-6, seconds[offset] + around + 1e-6])
    part = slice(int(begin), int(end))
    size = np.linalg.norm(traces.displacement[part] - traces.displacement[onset], axis=2)  # (N, R)
    curves = {name: size[:, list(members)].max(axis=1) for name, members in _MOTION.items()}
    watched = watched_places(traces)
    for name, members in WATCHED_GROUPS.items() if watched else ():
        course = np.stack([watched[member][part] - watched[member][onset] for member in members])  # (M, N), x + iy
        curves[name] = np.abs(course).max(axis=0)
    nose = _nose(traces, part, int(onset))
    if nose is not None:
        curves["nose"] = nose
    head = traces.head_motion[part] - traces.head_motion[onset]
    curves |= {name: head[:, column] for column, name in enumerate(_HEAD)}
    usual = usual_openness(traces, samples_of(traces, interval) or part, SignSettings())
    curves["eye_openness"] = 100 * traces.eye_openness[part] / (usual or 1.0)
    curves["mouth_activity"] = traces.mouth_activity[part]
    curves["noise_floor"] = traces.noise_floor[part]
    found = traces.found[part]
    return part, {name: np.where(found, values, np.nan).astype(np.float32) for name, values in curves.items()}


def _nose(traces: Traces, part: slice, onset: int) -> np.ndarray | None:
    """(N,) how far the nose moved against the eye corners, per cent; a turning head shows in it too.

    None for traces of an older extractor, which kept no places in the picture.
    """
    corners, tip = (*LEFT_EYE, *RIGHT_EYE), NOSE_PATCH
    if any(f"picture/{index}/{axis}" not in traces.signals for index in (*corners, *tip) for axis in "xy"):
        return None
    then_eyes, then_nose = (_places(traces, points, slice(onset, onset + 1))[0] for points in (corners, tip))
    eyes, nose = (_places(traces, points, part) for points in (corners, tip))
    middle = eyes.mean(axis=1, keepdims=True)
    around, wanted = eyes - middle, then_eyes - then_eyes.mean()
    scaling = (around.conj() * wanted).sum(axis=1) / np.maximum((np.abs(around) ** 2).sum(axis=1), 1e-9)
    placed = (nose - middle).mean(axis=1) * scaling + then_eyes.mean()
    apart = max(abs(then_eyes[:2].mean() - then_eyes[2:].mean()), 1e-9)
    return 100 * np.abs(placed - then_nose.mean()) / apart


def _places(traces: Traces, points: tuple[int, ...], rows: slice) -> np.ndarray:
    """(N, P) complex128: x + iy of mesh points in pixels of the picture as shown."""
    columns = [traces.signals[f"picture/{k}/x"][rows] + 1j * traces.signals[f"picture/{k}/y"][rows] for k in points]
    return np.stack(columns, axis=1).astype(np.complex128)
