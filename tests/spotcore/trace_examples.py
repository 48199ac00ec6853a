"""Small traces and manifests for tests: raised cosine movements of brows and mouth on seeded noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spotcore.feature_files import FeatureKind, Traces, save_traces
from spotcore.intervals import Interval
from spotcore.manifest import Manifest, ManifestVideo

KIND = FeatureKind("test/1", tuple(f"region {n}" for n in range(10)))
MOVES = {"macro": ((6, 7, 8, 9), 6.0), "micro": ((0, 1, 2, 3, 4, 5), 2.5)}  # regions, per cent


def make_traces(intervals, count, seed=0, rate=30.0, noise=0.15, kind=KIND, found=None):
    """Traces of `count` samples in which each interval is a movement with its peak at the apex."""
    rng = np.random.default_rng(seed)
    displacement = noise * rng.standard_normal((count, 10, 2))
    for interval in intervals:
        regions, size = MOVES[interval.type]
        frames = np.arange(interval.onset, interval.offset + 1)
        course = np.interp(frames, [interval.onset, interval.apex, interval.offset], [0, 1, 0])
        course = (1 - np.cos(np.pi * course)) / 2  # (frames,)
        displacement[frames[:, None], regions, 1] -= size * course[:, None]
    zeros = np.zeros(count, np.float32)
    found = np.ones(count, bool) if found is None else found
    return Traces(
        frames=np.arange(count), timestamps=np.arange(count) / rate, displacement=displacement.astype(np.float32),
        found=found, analysable=found.copy(), anchor=np.zeros(count, np.int32),
        head_motion=np.zeros((count, 6), np.float32), eye_openness=zeros + 0.3, mouth_activity=zeros,
        noise_floor=zeros + noise, kind=kind,
    )  # fmt: skip


def make_events(count, seed, macros=4, micros=3):
    """Events apart from each other, in random order."""
    rng = np.random.default_rng(seed)
    kinds = rng.permutation(["macro"] * macros + ["micro"] * micros)
    slots = np.linspace(20, count - 70, len(kinds)).astype(int) if len(kinds) else []
    events = []
    for kind, start in zip(kinds, slots, strict=True):
        before, after = rng.integers(12, 25, 2) if kind == "macro" else rng.integers(4, 7, 2)
        onset = int(start + rng.integers(0, 10))
        events.append(Interval(onset, onset + int(before + after), str(kind), onset + int(before)))
    return tuple(events)


def make_manifest(folder: Path, roles=("train", "validation", "test"), count=700, **kinds) -> Manifest:
    """One wholly reviewed video per role, traces written to the folder."""
    videos = []
    for number, role in enumerate(roles):
        events = make_events(count, number, **kinds)
        path = Path(folder) / f"{number}.npz"
        save_traces(make_traces(events, count, seed=100 + number), path)
        names = (str(number), f"clip {number}", f"subject {number}", role)
        videos.append(ManifestVideo(*names, path, count, 30.0, reviewed=((0, count - 1),), intervals=events))
    return Manifest("example", tuple(videos))
