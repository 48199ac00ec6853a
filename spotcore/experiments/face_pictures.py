"""One cell of a question about FESNet, which looks at pictures: render, cut faces out, train, score on other faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spotcore.clip_inference import DECODER, clip_curves
from spotcore.decoding import DECODERS
from spotcore.device import choose_device
from spotcore.experiments.clips import plans, rendered
from spotcore.experiments.experiment import Sums
from spotcore.experiments.running import Workplace
from spotcore.experiments.spotting import fingerprint, training_settings
from spotcore.experiments.videos import TEST, TRAIN, VALIDATION, Split, folds, scores_of
from spotcore.face_clips import clips_for
from spotcore.intervals import Interval
from spotcore.manifest import ManifestVideo
from spotcore.models import FesNet
from spotcore.thresholds import above, best_thresholds
from spotcore.training.clips import LabelledClips, learn_epoch, load_labelled, start_learning
from spotcore.training.loop import threads_limited
from spotcore.video import open_video

__all__ = ["fingerprint", "measure"]


def measure(level: Mapping[str, Any], seed: int, workplace: Workplace) -> tuple[Sums, dict[str, Any]]:
    """Sums of the test subjects and facts about the network; settings of a level: "training"."""
    settings = training_settings(level, seed, workplace)
    sums: Sums = {}
    facts: dict[str, Any] = {}
    with threads_limited(settings.threads):
        for split in _splits(seed, workplace, settings.network_settings()["side"]):
            learner = start_learning(split.train, settings, choose_device(settings.device))
            for epoch in range(settings.epochs):
                learn_epoch(learner, split.train, settings, epoch)
            network = learner.network.eval()
            facts = {"parameters": sum(p.numel() for p in network.parameters())}
            chosen = _found(network, split.validation)
            truth = {video.entry.id: list(video.entry.intervals) for video in split.validation}
            thresholds = best_thresholds(truth, chosen).thresholds
            for video in split.test:
                found = above(_found(network, [video])[video.entry.id], thresholds)
                minutes = len(video.clips) / video.entry.fps / 60
                own = sums.setdefault(video.entry.subject, {})
                for name, value in scores_of(video.entry.id, video.entry.intervals, found, minutes).items():
                    own[name] = own.get(name, 0) + value
    return sums, facts


def _found(network: FesNet, videos: Sequence[LabelledClips]) -> dict[str, list[Interval]]:
    return {video.entry.id: DECODERS[DECODER](clip_curves(network, video.clips)) for video in videos}


def _splits(seed: int, workplace: Workplace, side: int) -> list[Split]:
    sizes = workplace.sizes
    if workplace.real is not None:
        videos = workplace.remembered("clips", lambda: load_labelled(workplace.real.entries))
        return folds(videos, int(sizes["folds"]), seed)
    return [
        Split(*(
            workplace.remembered(("clips", role, side), lambda role=role, name=name: load_labelled(
                [_entry(plan, workplace, side) for plan in plans(sizes, role, sizes[name])]
            ))
            for role, name in ((TRAIN, "train_clips"), (VALIDATION, "validation_clips"), (TEST, "clips"))
        ))
    ]  # fmt: skip


def _entry(plan, workplace: Workplace, side: int) -> ManifestVideo:
    """A rendered clip with its face pictures, both kept as files."""
    clip = rendered(plan, workplace.shared / "pictures")
    with open_video(clip.path) as video:
        pictures = clips_for(video, workplace.shared / "pictures", side)
    return ManifestVideo(plan.name, plan.name, plan.identity, "train", pictures, plan.frames, plan.fps,
                         ((0, plan.frames - 1),), (), tuple(clip.events))  # fmt: skip
