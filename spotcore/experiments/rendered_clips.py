"""One cell of a question about rendered clips: what is measured in them, and what a trained network finds there.

Settings of a level: "training" of the network, and "percent" with "jitter" (`measure_misplaced`), "pose" or "cover"
(`measure_extracted`), "head" with "units" (`measure_head`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from spotcore.experiments.anchored_flow import HEADS, region_movement, shifted
from spotcore.experiments.clips import Clip, covers, half_second_error, plans, rendered
from spotcore.experiments.experiment import Sums
from spotcore.experiments.running import Workplace
from spotcore.experiments.spotting import add_scores, fingerprint, network_spotter
from spotcore.experiments.videos import TEST, labelled
from spotcore.feature_files import Traces, load_traces, save_traces
from spotcore.features import extract
from spotcore.intervals import Interval
from spotcore.regions import FEATURE_KIND
from spotcore.synthesis.plans import ClipPlan, PlannedEvent
from spotcore.thresholds import above, best_thresholds
from spotcore.training.dataset import LabelledVideo
from spotcore.training.loop import threads_limited
from spotcore.video import open_video

__all__ = ["fingerprint", "measure_extracted", "measure_head", "measure_misplaced"]

BROWS, MOUTH = slice(0, 6), slice(6, 10)


def measure_extracted(level: Mapping[str, Any], seed: int, workplace: Workplace) -> tuple[Sums, dict[str, Any]]:
    """Whole extraction of clips with more head movement or a covered face, then a network trained on traces."""

    def videos(pose: float, cover: str) -> list[tuple[Clip, LabelledVideo]]:
        made = []
        for plan in plans(workplace.sizes, TEST, workplace.sizes["clips"]):
            clip = rendered(plan, workplace.shared / "pictures", pose, covers([cover])[cover], cover)
            made.append((clip, _labelled(clip, _extracted(clip.path))))
        return made

    def here(pose: float, cover: str) -> list[tuple[Clip, LabelledVideo]]:
        return workplace.remembered(("extracted", pose, cover), lambda: videos(pose, cover))

    with threads_limited(0):
        return _found(level, seed, workplace, here(1.0, ""), here(level.get("pose", 1.0), level.get("cover", "")))


def measure_misplaced(level: Mapping[str, Any], seed: int, workplace: Workplace) -> tuple[Sums, dict[str, Any]]:
    """Movement read at wrong landmarks, then a network trained on traces."""

    def videos(percent: float, jitter: bool) -> list[tuple[Clip, LabelledVideo]]:
        made = []
        for number, plan in enumerate(plans(workplace.sizes, TEST, workplace.sizes["clips"])):
            clip = rendered(plan, workplace.shared / "pictures")
            wrong = shifted(percent, jitter, number) if percent else None
            made.append((clip, _labelled(clip, _plain(region_movement(clip.lumas(), clip.points, misplaced=wrong)))))
        return made

    def here(percent: float, jitter: bool) -> list[tuple[Clip, LabelledVideo]]:
        return workplace.remembered(("misplaced", percent, jitter), lambda: videos(percent, jitter))

    with threads_limited(0):
        return _found(level, seed, workplace, here(0, False), here(level["percent"], level["jitter"]))


def measure_head(level: Mapping[str, Any], seed: int, workplace: Workplace) -> tuple[Sums, dict[str, Any]]:
    """How far each way of taking the head off is from the same clip with a head at rest; the seed is not used."""
    sums: Sums = {}
    folder = workplace.shared / "pictures"
    for plan in plans(workplace.sizes, TEST, workplace.sizes["clips"], {"micro": (0, 0), "macro": (0, 0)}):
        plan = replace(plan, blinks=(), events=_expressions(plan, level["units"]))
        still, moving = rendered(plan, folder, 0.0), rendered(plan, folder, 1.0)
        true = workplace.remembered(
            ("still", plan.name, level["units"]),
            lambda still=still: region_movement(still.lumas(), still.points, HEADS["nothing"]),
        )
        measured = region_movement(moving.lumas(), moving.points, HEADS[level["head"]])
        wrong = half_second_error(measured, true, plan.fps)
        sums[plan.name] = _sum("", wrong) | _sum("_brows", wrong[:, BROWS]) | _sum("_mouth", wrong[:, MOUTH])
    return sums, {}


def _sum(part: str, wrong: np.ndarray) -> dict[str, float]:
    count = f"count{part}" if part else "error_count"
    return {f"error{part}": float(wrong.sum()), count: wrong.size}


def _expressions(plan: ClipPlan, units: Sequence[str]) -> tuple[PlannedEvent, ...]:
    """One expression of a second every two seconds, 4 per cent, the units in turn and together."""
    rate = round(plan.fps)
    mixes = [[unit] for unit in units] + [list(units)]
    made = []
    for number, first in enumerate(range(rate // 2, plan.frames - 3 * rate // 2, 2 * rate)):
        mix = {f"{unit}/{side}": 1.0 for unit in mixes[number % len(mixes)] for side in ("left", "right")}
        made.append(PlannedEvent("macro", first, first + rate // 3, first + rate, rate // 6, 4.0, mix))
    return tuple(made)


def _found(
    level: Mapping[str, Any],
    seed: int,
    workplace: Workplace,
    reference: Sequence[tuple[Clip, LabelledVideo]],
    videos: Sequence[tuple[Clip, LabelledVideo]],
) -> tuple[Sums, dict[str, Any]]:
    """Score a network on `videos`; thresholds for each from the other faces of `reference`."""
    spotter = network_spotter(level, seed, workplace)
    known = {video.entry.id: spotter(video) for _, video in reference}
    truth = {video.entry.id: list(video.entry.intervals) for _, video in reference}
    sums: Sums = {}
    for clip, video in videos:
        own = sums.setdefault(video.entry.subject, {})
        thresholds = _from_others(truth, known, video.entry.id)
        add_scores(own, video, above(spotter(video), thresholds), level)
        wrong = half_second_error(video.traces.displacement, clip.moved, clip.plan.fps)
        own |= _sum("", wrong)
    return sums, {}


def _from_others(
    truth: Mapping[str, list[Interval]], known: Mapping[str, list[Interval]], name: str
) -> dict[str, float]:
    others = [video for video in truth if video != name]
    return best_thresholds({v: truth[v] for v in others}, {v: known[v] for v in others}).thresholds


def _labelled(clip: Clip, traces: Traces) -> LabelledVideo:
    return labelled(traces, clip.events, clip.plan.name, clip.plan.identity, clip.plan.fps)


def _extracted(path: Path) -> Traces:
    """What the extractor measures, kept beside the clip."""
    kept = path.with_suffix(".npz")
    if not kept.exists():
        with open_video(path) as video:
            save_traces(extract(video), kept)
    return load_traces(kept)


def _plain(movement: np.ndarray) -> Traces:
    """Traces that hold nothing but the movement of the regions: (T, R, 2)."""
    count = len(movement)
    return Traces(
        frames=np.arange(count, dtype=np.int64),
        timestamps=np.arange(count) / FEATURE_KIND.rate,
        displacement=movement.astype(np.float32),
        found=np.ones(count, bool),
        analysable=np.ones(count, bool),
        anchor=np.zeros(count, np.int32),
        head_motion=np.zeros((count, 6), np.float32),
        eye_openness=np.full(count, 0.3, np.float32),
        mouth_activity=np.zeros(count, np.float32),
        noise_floor=np.full(count, 0.3, np.float32),
        kind=FEATURE_KIND,
    )
