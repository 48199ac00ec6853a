"""What moves in a face without being an expression: blinks, gaze, speech, nods and turns, sway, light.

Every function adds to a script and writes down where it did. Sizes are settings of the functions; how often they occur
is decided in `corpus`.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from spotcore.synthesis.action_units import mixed_gains
from spotcore.synthesis.face import Face
from spotcore.synthesis.profiles import smooth_step
from spotcore.synthesis.script import ClipScript, Distractor, UnitKey


def both(*units: str) -> dict[UnitKey, float]:
    """Equal strength on both sides."""
    return {(unit, side): 1.0 for unit in units for side in ("left", "right")}


def wander(count: int, seconds: float, fps: float, rng: np.random.Generator) -> np.ndarray:
    """(count,) smooth noise of unit standard deviation with the given time scale, zero mean over a long clip."""
    width = max(seconds * fps, 0.5)
    pad = int(4 * width) + 1
    noise = gaussian_filter1d(rng.standard_normal(count + 2 * pad), width)[pad : pad + count]
    return noise * np.sqrt(2 * np.sqrt(np.pi) * width)


def add_sway(script: ClipScript, rng: np.random.Generator, size: float = 1.0) -> None:
    """The small movements of a head that is held still: about half a per cent and half a degree at size 1."""
    for axis, slow, fast in ((0, 0.012, 0.0015), (1, 0.010, 0.0015), (2, 0.35, 0.03), (3, 0.005, 0.0004),
                             (4, 0.6, 0.05), (5, 0.5, 0.05)):  # fmt: skip
        course = slow * wander(script.frame_count, 1.2, script.fps, rng)
        course += fast * wander(script.frame_count, 0.12, script.fps, rng)
        script.pose[:, axis] += size * (course - course[0])


def add_light(script: ClipScript, rng: np.random.Generator, share: float = 0.02) -> None:
    """Slow brightness drift and a little flicker."""
    script.gain *= 1 + share * wander(script.frame_count, 2.0, script.fps, rng)
    script.gain *= 1 + 0.15 * share * rng.standard_normal(script.frame_count)


def add_blink(script: ClipScript, face: Face, first: int, rng: np.random.Generator, strength: float = 1.0) -> None:
    """A blink of 0.2 to 0.4 s that starts at frame `first`, with the brow and head movement that comes with it."""
    fps = script.fps
    closing, shut = max(rng.uniform(0.07, 0.12) * fps, 1.0), rng.uniform(0.02, 0.08) * fps
    opening = max(rng.uniform(0.13, 0.22) * fps, 2.0)
    t = np.arange(script.frame_count, dtype=np.float64) - first
    course = np.minimum(smooth_step(t / closing), smooth_step((closing + shut + opening - t) / opening))
    depth = strength * rng.uniform(0.92, 1.0)
    script.lids = np.maximum(script.lids, (depth * course)[:, None])
    # The lower lid rises, the fold above the upper one sinks and takes the eye's corners along, on which every fit of
    # the head rests: in nine blinks of real footage the brows *seemed* to rise by 1 to 4.6 per cent, in all but one.
    skin = rng.uniform(0.035, 0.07) * strength
    script.add_units({("AU43", side): skin for side in ("left", "right")}, course)
    brow = rng.uniform(0.1, 0.8) * strength
    if rng.random() < 0.8:
        script.add_units(mixed_gains(face, both("AU4", "AU2") if rng.random() < 0.3 else both("AU4"), brow), course)
    if rng.random() < 0.5:
        script.add_units(mixed_gains(face, both("AU6"), rng.uniform(0.2, 0.8) * strength), course)
    script.pose[:, 5] += rng.uniform(0.0, 0.7) * strength * course
    script.pose[:, 1] += rng.uniform(0.0, 0.006) * strength * course
    last = min(int(first + closing + shut + opening), script.frame_count - 1)
    script.distractors.append(Distractor("blink", max(first, 0), last))


def add_gaze(script: ClipScript, rng: np.random.Generator, per_second: float = 0.6) -> None:
    """Saccades: jumps within two frames between fixations, mostly sideways."""
    fps, position, frame = script.fps, np.zeros(2), 0
    away_since: int | None = None
    while True:
        fixation = max(int(rng.exponential(1 / per_second) * fps), int(0.2 * fps))
        frame += fixation
        if frame >= script.frame_count - 2:
            break
        target = np.zeros(2) if rng.random() < 0.4 else rng.normal(0, 1, 2) * np.array([0.035, 0.010])
        target = np.clip(target, [-0.07, -0.02], [0.07, 0.02])
        step = smooth_step((np.arange(script.frame_count) - frame + 1) / 2)
        script.gaze += step[:, None] * (target - position)
        if away_since is not None and np.abs(target - position).max() > 0.005:
            script.distractors.append(Distractor("gaze", away_since, frame))
        away_since = frame if np.abs(target).max() > 0.005 else None
        position = target
    if away_since is not None:
        script.distractors.append(Distractor("gaze", away_since, script.frame_count - 1))


def add_speech(script: ClipScript, face: Face, first: int, last: int, rng: np.random.Generator) -> None:
    """Talking from `first` to `last`: syllables of jaw and lips with pauses, small nods, faint brow accents."""
    count, fps = script.frame_count, script.fps
    t = np.arange(count, dtype=np.float64)
    envelope = np.minimum(smooth_step((t - first) / (0.1 * fps)), smooth_step((last - t) / (0.15 * fps)))
    syllables = np.zeros(count)
    closures = np.zeros(count)
    at = float(first)
    while at < last:
        if rng.random() < 0.08:
            at += rng.uniform(0.15, 0.4) * fps  # a pause between phrases
        width = fps / rng.uniform(3.2, 6.0)
        phase = np.clip((t - at) / width - 0.5, -0.5, 0.5)  # one syllable, closed at both ends
        syllables += rng.uniform(0.15, 1.0) * np.cos(np.pi * phase) ** 1.5
        if rng.random() < 0.25:
            closures += np.exp(-0.5 * ((t - at) / (0.035 * fps)) ** 2)  # p, b, m: the lips meet
        at += width
    # Sizes as four real speakers show them: lower lip 3 to 5 per cent of standard deviation, upper lip 1 to 4.
    opening = rng.uniform(6.0, 20.0)
    script.add_units(mixed_gains(face, both("AU26"), opening), envelope * syllables * (1 - np.clip(closures, 0, 1)))
    script.add_units(mixed_gains(face, both("AU25"), rng.uniform(1.5, 5)), envelope * syllables)
    script.add_units(mixed_gains(face, both("AU24"), rng.uniform(1, 4)), envelope * np.clip(closures, 0, 1))
    for unit, size in (("AU18", 5.0), ("AU20", 4.0), ("AU17", 2.5), ("AU10", 3.5), ("AU12", 3.0)):
        course = np.clip(wander(count, 0.09, fps, rng), 0, 3) * envelope
        script.add_units(mixed_gains(face, both(unit), size * rng.uniform(0.4, 1.0)), course)
    accents = np.clip(wander(count, 0.25, fps, rng) - 0.5, 0, 2) * envelope
    script.add_units(mixed_gains(face, both("AU1", "AU2"), rng.uniform(0, 0.4)), accents)
    for axis, size in ((4, 1.0), (5, 1.0), (2, 0.5)):
        script.pose[:, axis] += size * rng.uniform(0.3, 1.0) * wander(count, 0.3, fps, rng) * envelope
    script.distractors.append(Distractor("speech", first, last))


def add_turn(script: ClipScript, first: int, last: int, rng: np.random.Generator, kind: str = "turn") -> None:
    """A turn to one side and back, or ("nod") up and down, between two frames; both with some tilt and shift."""
    t = np.arange(script.frame_count, dtype=np.float64)
    length = last - first
    sign = 1.0 if rng.random() < 0.5 else -1.0
    if kind == "nod":
        size, cycles = rng.uniform(2.0, 5.0), max(1, round(length / script.fps / rng.uniform(0.5, 0.9)))
        window = np.minimum(smooth_step((t - first) / (0.2 * length)), smooth_step((last - t) / (0.2 * length)))
        course = window * np.sin(2 * np.pi * cycles * (t - first) / length)
        script.pose[:, 5] += sign * size * course
        script.pose[:, 1] += sign * 0.004 * size * course
    else:
        size = rng.uniform(4.0, 12.0)
        move = rng.uniform(0.25, 0.45) * length
        course = np.minimum(smooth_step((t - first) / move), smooth_step((last - t) / move))
        script.pose[:, 4] += sign * size * course
        script.pose[:, 5] += rng.normal(0, 0.2) * size * course
        script.pose[:, 2] += rng.normal(0, 0.15) * size * course
        script.pose[:, 0] += sign * 0.004 * size * course
    script.distractors.append(Distractor(kind, first, last))


def add_constant_shift(script: ClipScript, course: np.ndarray, pixels: float, angle: float) -> None:
    """Control: the whole picture moves by `pixels` and back with the time course (T,) of an expression."""
    script.shift += course[:, None] * pixels * np.array([np.cos(angle), np.sin(angle)])
    moving = np.flatnonzero(course > 0.02)
    script.distractors.append(Distractor("shift", int(moving[0]), int(moving[-1])))
