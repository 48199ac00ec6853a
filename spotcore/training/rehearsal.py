"""What a network rehearses while it learns a lab's labels: it forgets less, and learns the footage, not the people.

New synthetic traces, as the default model learned from; and the lab's own quiet footage with computed expressions
added, whose noise, camera and blinks are the lab's. Drawn anew for every epoch from its number, so nothing is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.ndimage import binary_dilation

from spotcore.feature_files import Traces
from spotcore.intervals import Interval
from spotcore.manifest import ManifestVideo
from spotcore.synthesis.ladder import plan_spikes
from spotcore.synthesis.mixes import MACRO_PERCENT, MICRO_PERCENT
from spotcore.synthesis.planning import PlanSettings
from spotcore.synthesis.trace_spiking import spike_traces, synthetic_traces
from spotcore.training.dataset import LabelledVideo, labelled
from spotcore.training.settings import TrainingSettings

# As the second stage of the default model: a third rough, two fifths with a series, micros on plateaus of macros.
CLIPS = PlanSettings(seconds=15.0, micro=(1, 4), macro=(1, 4), strong_micro=0.2, micro_inside=0.6)
ROUGH, SERIES = 0.35, 0.4
GAP_SECONDS = 0.2
SPIKES_PER_MINUTE = 8  # of each type
LARGEST_SPIKE = 12.0  # per cent: beyond it a computed movement looks like no real one
GAIN = (0.4, 0.9)  # share of a movement that flow sees


def rehearsed(videos: Sequence[LabelledVideo], settings: TrainingSettings, epoch: int) -> list[LabelledVideo]:
    """What the settings ask for in this epoch, beside the videos themselves."""
    copies = [clip for copy in range(settings.spikes) for clip in spiked(videos, settings.seed + 1000 * copy, epoch)]
    return [*copies, *synthetic(settings.rehearsal, settings.seed, epoch)]


def synthetic(count: int, seed: int, epoch: int) -> list[LabelledVideo]:
    """That many clips of people who do not exist."""
    clips = []
    for number in range(count):
        rng = np.random.default_rng([seed, epoch, number, 5])
        own = int(rng.integers(2**40)) + 2**41  # far from the seeds of training sets
        name = f"rehearsal_{epoch}_{number}"
        traces, events = synthetic_traces(own, CLIPS, name, rng.random() < ROUGH, rng.random() < SERIES)
        clips.append(_wholly_known(name, traces, events))
    return clips


def spiked(videos: Sequence[LabelledVideo], seed: int, epoch: int) -> list[LabelledVideo]:
    """The videos again, with computed expressions of both types where somebody saw that there is none."""
    found = []
    for number, video in enumerate(videos):
        rate = video.traces.kind.rate
        gap = max(round(GAP_SECONDS * rate), 1)
        busy = video.targets.action.any(axis=0) | video.rejected | ~video.usable
        free = ~binary_dilation(busy, iterations=gap)
        rng = np.random.default_rng([seed, epoch, number, 6])
        wanted = max(1, round(SPIKES_PER_MINUTE * free.sum() / rate / 60))
        events = []
        for kind, (low, high) in (("macro", MACRO_PERCENT), ("micro", MICRO_PERCENT)):
            high = min(high, LARGEST_SPIKE)
            sizes = np.exp(rng.uniform(np.log(low), np.log(high), wanted))
            placed = plan_spikes(wanted, free, rate, int(rng.integers(2**31)), sizes.tolist(), kind, GAP_SECONDS)
            for event in placed:
                free[max(event.onset - gap, 0) : event.offset + gap + 1] = False
            events += placed
        if events:
            found.append(_with(video, events, float(rng.uniform(*GAIN)), int(rng.integers(2**31))))
    return found


def _with(video: LabelledVideo, events: Sequence, gain: float, seed: int) -> LabelledVideo:
    """The video with these events beside its own; in frames of the original, as its own are."""
    traces, frames = spike_traces(video.traces, events, gain, seed), video.traces.frames
    added = [
        Interval(int(frames[e.onset]), int(frames[e.offset]), e.type, int(frames[e.apex])) for e in events
    ]  # fmt: skip
    intervals = tuple(sorted([*video.entry.intervals, *added], key=lambda i: (i.onset, i.type)))
    return labelled(replace(video.entry, intervals=intervals), traces)


def _wholly_known(name: str, traces: Traces, events: Sequence[Interval]) -> LabelledVideo:
    entry = ManifestVideo(
        id=name, title=name, subject=name, role="train", features=None, frame_count=len(traces),
        fps=traces.kind.rate, reviewed=((0, len(traces) - 1),), intervals=tuple(events),
    )  # fmt: skip
    return labelled(entry, traces)
