"""Scores of model versions on people that none of the compared networks learned from, on the same footage.

Only reviewed footage counts: a proposal where nobody has looked is neither right nor wrong, and neither is one that
people were unsure about. What a hit is stands in `spotcore.matching`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import spotcore.counted
from spotcore.decoding import propose
from spotcore.evaluation import bootstrap_f1, score_videos
from spotcore.feature_files import load_traces
from spotcore.intervals import Interval
from spotcore.manifest import Manifest, ManifestVideo
from spotcore.paired import paired_difference
from spotcore.pipeline import SpottingModel


def held_out(manifest: Manifest) -> tuple[str, tuple[ManifestVideo, ...]]:
    """The role scored on, and its videos: test subjects, or validation subjects where no test subject was frozen."""
    test = manifest.of_role("test")
    return ("test", test) if test else ("validation", manifest.of_role("validation"))


def proposals_of(
    model: SpottingModel, videos: Sequence[ManifestVideo], false_alarms: float
) -> dict[str, list[Interval]]:
    """Video -> what the model proposes at that rate a minute, in footage that counts; trace files must be there."""
    return {
        video.id: counted(propose(model.curves(load_traces(video.features)), false_alarms), video) for video in videos
    }


def score_proposals(videos: Sequence[ManifestVideo], proposals: Mapping[str, list[Interval]]) -> dict[str, Any]:
    """Macro, micro and overall scores with 95 % intervals of F1 over subjects, and false alarms a minute."""
    truth = {video.id: list(video.intervals) for video in videos}
    scores = score_videos(truth, proposals).as_dict()
    spread = bootstrap_f1(truth, proposals, {video.id: video.subject for video in videos})
    minutes = sum(counting_frames(video).sum() / video.fps for video in videos) / 60.0
    for name, values in scores.items():
        values |= {"f1_low": spread[name].low, "f1_high": spread[name].high}
    scores["overall"]["false_alarms_per_minute"] = scores["overall"]["fp"] / minutes if minutes > 0 else None
    return scores


def score_model(model: SpottingModel, videos: Sequence[ManifestVideo], false_alarms: float) -> dict[str, Any]:
    """`score_proposals` of everything the model proposes at that rate a minute."""
    return score_proposals(videos, proposals_of(model, videos, false_alarms))


def paired(
    videos: Sequence[ManifestVideo], parent: Mapping[str, list[Interval]], new: Mapping[str, list[Interval]]
) -> dict[str, Any]:
    """The difference of two versions on the same videos, subjects drawn together; the parent is a."""
    truth = {video.id: list(video.intervals) for video in videos}
    return paired_difference(truth, parent, new, {video.id: video.subject for video in videos}).as_dict()


def counted(proposals: Sequence[Interval], video: ManifestVideo) -> list[Interval]:
    """The proposals that lie mostly in footage that was reviewed without doubt."""
    return spotcore.counted.counted(proposals, counting_frames(video))


def counting_frames(video: ManifestVideo) -> np.ndarray:
    """(frame_count,) bool: somebody looked, and was sure."""
    return spotcore.counted.counting_frames(video.frame_count, video.reviewed, video.unsure)


def summary(role: str, videos: Sequence[ManifestVideo]) -> Mapping[str, Any]:
    """What the scores were measured on, for people."""
    return {
        "role": role,
        "videos": len(videos),
        "subjects": sorted({video.subject for video in videos}),
        "minutes": round(sum(counting_frames(video).sum() / video.fps for video in videos) / 60.0, 3),
        "events": sum(len(video.intervals) for video in videos),
    }
