"""The labelled videos of an experiment: synthetic traces made on the spot, or subjects of a real corpus in folds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from spotcore.errors import NothingToTrain
from spotcore.evaluation import score_videos
from spotcore.experiments.running import Workplace
from spotcore.feature_files import Traces
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.manifest import ManifestVideo
from spotcore.matching import MatchingRule
from spotcore.synthesis.astronaut import astronaut_picture
from spotcore.synthesis.face import Face
from spotcore.synthesis.planning import PlanSettings, plan_clip
from spotcore.synthesis.plans import script_of
from spotcore.synthesis.site import slowed
from spotcore.synthesis.trace_spiking import draw_measurement, measured
from spotcore.targets import make_targets, to_samples
from spotcore.training.clips import LabelledClips
from spotcore.training.dataset import LabelledVideo, load_videos

# As expressions are recorded for the published corpora: somebody sits, watches and does not speak. Blinks stay.
LABORATORY: Mapping[str, Any] = {"speech_share": 0.0, "turn_share": 0.1}
TRAIN, VALIDATION, TEST = 1, 2, 3  # first digit of the seeds: sets never share a clip


@dataclass(frozen=True)
class Split:
    """Videos by role: who teaches, who chooses the thresholds, who is scored."""

    train: Sequence[LabelledVideo | LabelledClips]
    validation: Sequence[LabelledVideo | LabelledClips]
    test: Sequence[LabelledVideo | LabelledClips]


def splits(
    workplace: Workplace, seed: int, plan: dict[str, Any], test_plan: dict[str, Any], amplitude: float | None
) -> list[Split]:
    """One split of synthetic clips, or as many as the preset has folds of a real corpus.

    Args:
        seed: another seed draws other training and validation clips (or folds); the test clips stay the same.
        plan, test_plan: what training and test clips hold beyond `LABORATORY`, synthetic only.
        amplitude: per cent, the same for every event of the test clips; None leaves them as they are drawn.
    """
    sizes = workplace.sizes
    if workplace.real is not None:
        videos = workplace.remembered("videos", lambda: load_videos(workplace.real.entries))
        return folds(videos, int(sizes["folds"]), seed)

    def made(role: int, count: int, seed: int, plan: Mapping[str, Any], amplitude: float | None) -> list[LabelledVideo]:
        key = ("synthetic", role, count, seed, str(sorted(plan.items())), amplitude)
        return workplace.remembered(key, lambda: synthetic_videos(role, count, seed, plan, amplitude))

    plan = {"seconds": sizes["trace_seconds"]} | plan if "trace_seconds" in sizes else plan
    train = made(TRAIN, sizes["train"], seed, plan, None)
    validation = made(VALIDATION, sizes["validation"], seed, plan, None)
    return [Split(train, validation, made(TEST, sizes["test"], 0, plan | test_plan, amplitude))]


def synthetic_videos(
    role: int, count: int, seed: int, plan: Mapping[str, Any], amplitude: float | None = None
) -> list[LabelledVideo]:
    """Clips of people who do not exist, each a subject of its own."""
    settings = PlanSettings(**LABORATORY | plan)
    videos = []
    for number in range(count):
        own = (role * 1000 + seed) * 100_003 + number
        clip = plan_clip(f"clip_{role}_{seed}_{number:04d}", "traces", own, settings)
        if amplitude is not None:
            clip = replace(clip, events=tuple(replace(event, amplitude=amplitude) for event in clip.events))
        script = script_of(clip, _face())
        rng = np.random.default_rng([own, 31])
        traces = measured(script, _face(), draw_measurement(rng), rng)
        videos.append(labelled(traces, script.events, clip.name, clip.name, clip.fps))
    return videos


def scores_of(
    name: str, true: Sequence[Interval], found: Sequence[Interval], minutes: float, iou: float = 0.5
) -> dict[str, float]:
    """What one video adds to the sums of its subject: hits, false ones and misses by type, and its length."""
    scores = score_videos({name: true}, {name: found}, MatchingRule(iou=iou)).as_dict()
    counts = {f"{kind}_{side}": scores[kind][side] for kind in EXPRESSION_TYPES for side in ("tp", "fp", "fn")}
    return counts | {"minutes": minutes}


def digest(video: LabelledVideo) -> str:
    """Of the measured movement of regions and lids: code that makes other clips gives another one."""
    traces = video.traces
    values = np.concatenate([traces.displacement.reshape(len(traces), -1), traces.eye_openness[:, None]], axis=1)
    return hashlib.sha256(np.round(values, 3).tobytes()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _face() -> Face:
    return Face(astronaut_picture()[1])


def labelled(traces: Traces, events: Sequence[Interval], name: str, subject: str, fps: float) -> LabelledVideo:
    """A wholly reviewed video without a file; `events` in original frames."""
    count = int(traces.frames[-1]) + 1
    entry = ManifestVideo(name, name, subject, "test", Path(name), count, fps, ((0, count - 1),), (), tuple(events))
    intervals = tuple(to_samples(events, traces.frames))
    known = np.ones(len(traces), bool)
    return LabelledVideo(entry, traces, intervals, ~known, known, traces.found & traces.analysable,
                         make_targets(intervals, len(traces)))  # fmt: skip


def folds(videos: Sequence[LabelledVideo | LabelledClips], count: int, seed: int) -> list[Split]:
    """Subjects dealt to folds by chance; a seventh of those who are left (at least one) chooses the thresholds.

    Raises:
        NothingToTrain: fewer than three subjects.
    """
    subjects = sorted({video.entry.subject for video in videos})
    if len(subjects) < 3:
        raise NothingToTrain(f"an experiment needs three subjects or more, got {', '.join(subjects) or 'none'}")
    # With few subjects a fold must not take so many that nobody is left to train.
    count = max(count, -(-len(subjects) // (len(subjects) - 2)))
    order = [subjects[i] for i in np.random.default_rng([seed, 7]).permutation(len(subjects))]
    made = []
    for fold in range(min(count, len(order))):
        test = order[fold::count]
        rest = [subject for subject in order if subject not in test]
        validation = rest[: max(1, round(len(rest) / 7))]
        roles = (rest[len(validation) :], validation, test)
        made.append(Split(*([v for v in videos if v.entry.subject in role] for role in roles)))
    return made


def at_rate(video: LabelledVideo, rate: float) -> LabelledVideo:
    """The same recording by a camera of fewer frames a second: sampled at its times, interpolated back to the analysis
    rate, as extraction does with slow videos. Labels keep the frames of the fast recording."""
    return replace(video, traces=slowed(video.traces, rate))


def of_regions(video: LabelledVideo, kept: Sequence[int]) -> LabelledVideo:
    """Only these regions are measured; the others stand still."""
    values = np.zeros_like(video.traces.displacement)
    values[:, list(kept)] = video.traces.displacement[:, list(kept)]
    return replace(video, traces=replace(video.traces, displacement=values))
