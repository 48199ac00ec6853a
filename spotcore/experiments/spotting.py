"""One cell of a question about networks over traces: train, choose thresholds on other people, score on new ones.

Settings of a level, all optional:
    model: "network" (default) or "baseline", which needs no training.
    training: changes of `TrainingSettings`, architecture and network among them.
    temperature, balanced: of the contrastive loss.
    plan, test_plan: changes of `PlanSettings` for all clips, and for the test clips only.
    amplitude: per cent, of every event of the test clips.
    rate, train_rate: frames a second of the test recordings, and of all recordings.
    regions: indices of those that are measured.
    iou: that counts as a hit when the test subjects are scored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from spotcore.baseline import baseline_curves
from spotcore.decoding import DECODERS
from spotcore.device import choose_device
from spotcore.errors import NothingToTrain
from spotcore.experiments.experiment import Sums
from spotcore.experiments.running import Workplace
from spotcore.experiments.videos import TRAIN, Split, at_rate, digest, of_regions, scores_of, splits, synthetic_videos
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.models import SpottingNetwork, build_network
from spotcore.thresholds import above, best_thresholds
from spotcore.training.dataset import LabelledVideo, batches, epoch_segments
from spotcore.training.loop import output_losses, threads_limited
from spotcore.training.losses import supervised_contrastive
from spotcore.training.selection import DECODER, curves_of, in_known, true_intervals
from spotcore.training.settings import TrainingSettings

Spotter = Callable[[LabelledVideo], list[Interval]]
BLINK_CLOSURE = 0.93  # of the usual eye opening: below it the eye is closing


def fingerprint() -> str:
    """What tells synthetic clips of this code from those of another."""
    return digest(synthetic_videos(TRAIN, 1, 0, {})[0])


def measure(level: Mapping[str, Any], seed: int, workplace: Workplace) -> tuple[Sums, dict[str, Any]]:
    """Sums of the test subjects and facts about the network."""
    with threads_limited(0):
        return _measure(level, seed, workplace)


def _measure(level: Mapping[str, Any], seed: int, workplace: Workplace) -> tuple[Sums, dict[str, Any]]:
    plan, test_plan = level.get("plan", {}), level.get("test_plan", {})
    sums: Sums = {}
    facts: dict[str, Any] = {}
    for number, split in enumerate(splits(workplace, seed, plan, test_plan, level.get("amplitude"))):
        split = _altered(split, level)
        spotter, facts = _spotter(level, split, seed, number, workplace)
        thresholds = _thresholds(spotter, split.validation)
        for video in split.test:
            add_scores(sums.setdefault(video.entry.subject, {}), video, above(spotter(video), thresholds), level)
    return sums, facts


def _altered(split: Split, level: Mapping[str, Any]) -> Split:
    def changed(videos: Sequence[LabelledVideo], rate: float | None) -> list[LabelledVideo]:
        if rate is not None:
            videos = [at_rate(video, rate) for video in videos]
        if "regions" in level:
            videos = [of_regions(video, level["regions"]) for video in videos]
        return list(videos)

    before = level.get("train_rate")
    return Split(changed(split.train, before), changed(split.validation, before),
                 changed(split.test, level.get("rate", before)))  # fmt: skip


def _spotter(
    level: Mapping[str, Any], split: Split, seed: int, fold: int, workplace: Workplace
) -> tuple[Spotter, dict[str, Any]]:
    """Everything the model of this level finds in a video; the same video is asked once."""
    if level.get("model") == "baseline":
        return lambda video: workplace.remembered(("baseline", digest(video)), lambda: _baseline(video)), {}
    settings = training_settings(level, seed, workplace)
    network, key = _trained(level, settings, split, seed, fold, workplace)

    def spot(video: LabelledVideo) -> list[Interval]:
        return in_known(video, DECODERS[DECODER](curves_of(network, video, EXPRESSION_TYPES)))

    facts = {"parameters": sum(p.numel() for p in network.parameters())}
    return lambda video: workplace.remembered((key, digest(video)), lambda: spot(video)), facts


def network_spotter(level: Mapping[str, Any], seed: int, workplace: Workplace) -> Spotter:
    """A network trained on synthetic traces, for clips that come from elsewhere; the preset's sizes decide it."""
    split = splits(workplace, seed, {}, {}, None)[0]
    return _spotter(level, split, seed, 0, workplace)[0]


def taught_spotter(
    videos: Sequence[LabelledVideo], training: Mapping[str, Any], seed: int, workplace: Workplace
) -> Spotter:
    """A network that learned from exactly these videos; the same ones give the same network again."""
    level = {"training": training, "taught": [digest(video) for video in videos]}
    return _spotter(level, Split(videos, (), ()), seed, 0, workplace)[0]


def _baseline(video: LabelledVideo) -> list[Interval]:
    curves = baseline_curves(video.traces)
    return in_known(video, DECODERS[curves.decoder](curves))


def training_settings(level: Mapping[str, Any], seed: int, workplace: Workplace) -> TrainingSettings:
    """Settings of the preset for all architectures, then for this one, then of the level."""
    sizes, wanted = workplace.sizes, dict(level.get("training", {}))
    architecture = wanted.get("architecture", "spot_gcn")
    network = dict(sizes.get("networks", {}).get(architecture, {})) | dict(wanted.pop("network", {}))
    common = {"architecture": architecture, "seed": seed, "device": workplace.device, "network": network}
    return TrainingSettings.from_preset("quick", **sizes.get("training", {}) | common | wanted)


def _trained(
    level: Mapping[str, Any], settings: TrainingSettings, split: Split, seed: int, fold: int, workplace: Workplace
) -> tuple[SpottingNetwork, str]:
    """The network of this level and its key, from its file where the same one was trained before."""
    shape = [workplace.sizes.get(name) for name in ("train", "segments")]
    taught = [[v.entry.id, digest(v)] for v in (split.train if workplace.real else split.train[:1])]
    named = [settings.as_dict(), {k: level.get(k) for k in ("temperature", "balanced", "train_rate", "regions")},
             shape, fold, level.get("taught", taught)]  # fmt: skip
    key = hashlib.sha256(json.dumps(named, sort_keys=True, default=str).encode()).hexdigest()[:24]
    path = workplace.shared / "networks" / f"{key}.safetensors"
    if path.exists():
        network = build_network(settings.architecture, settings.network_settings()).to(choose_device(settings.device))
        network.load_state_dict(load_file(path))
        return network.eval(), key
    network = train_network(split.train, settings, workplace.sizes["segments"],
                            level.get("temperature", 0.5), level.get("balanced", False))  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, part)
    part.replace(path)
    return network, key


def train_network(
    videos: Sequence[LabelledVideo], settings: TrainingSettings, segments: int, temperature: float, balanced: bool
) -> SpottingNetwork:
    """Train for a number of segments, the same for every condition, with a rate that falls to zero.

    The last state is taken: choosing an epoch would give conditions that vary more a larger choice.

    Raises:
        NothingToTrain: no video has a usable expression.
    """
    torch.manual_seed(settings.seed)
    device = choose_device(settings.device)
    network = build_network(settings.architecture, settings.network_settings()).to(device).train()
    decayed = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=settings.learning_rate)
    stretch = network.context if network.input == "traces" else None
    done, epoch = 0, 0
    while done < segments:
        order = epoch_segments(videos, EXPRESSION_TYPES, settings, epoch)
        if not order:
            raise NothingToTrain("the training subjects of this experiment have no usable expression")
        for batch in batches(videos, order[: segments - done], settings, epoch, stretch, network.pairs):
            for group in optimizer.param_groups:
                group["lr"] = settings.learning_rate * max(1 - done / segments, 0.02)
            put = {name: torch.from_numpy(value).to(device) for name, value in vars(batch).items()}
            logits, feature = network(put["windows"])
            loss = output_losses(logits, feature, put, EXPRESSION_TYPES, _without_contrastive(settings))["total"]
            if settings.contrastive_weight > 0:
                pull = supervised_contrastive(feature, put["group"], put["mask"], temperature, balanced)
                loss = loss + settings.contrastive_weight * pull
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            done += settings.batch_segments
        epoch += 1
    return network.eval()


def _without_contrastive(settings: TrainingSettings) -> TrainingSettings:
    """The same without the contrastive part, which is added here with the temperature of the level."""
    return TrainingSettings.from_dict(settings.as_dict() | {"contrastive_weight": 0.0}, "experiment")


def _thresholds(spotter: Spotter, videos: Sequence[LabelledVideo]) -> dict[str, float]:
    """Those of the best F1 on people who are neither trained on nor scored."""
    truth = {video.entry.id: true_intervals(video) for video in videos}
    return best_thresholds(truth, {video.entry.id: spotter(video) for video in videos}).thresholds


def add_scores(
    sums: dict[str, float], video: LabelledVideo, found: Sequence[Interval], level: Mapping[str, Any]
) -> None:
    """Add one video to the sums of its subject."""
    true = true_intervals(video)
    minutes = len(video.traces) / video.traces.kind.rate / 60
    counts = scores_of(video.entry.id, true, found, minutes, level.get("iou", 0.5))
    closing = _closing(video)
    counts["blink_micro_fp"] = sum(
        p.type == "micro" and bool(closing[slice(*np.searchsorted(video.traces.frames, [p.onset, p.offset + 1]))].any())
        and not any(p.onset <= t.offset and t.onset <= p.offset for t in true)
        for p in found
    )  # fmt: skip
    for field, value in counts.items():
        sums[field] = sums.get(field, 0) + value


def _closing(video: LabelledVideo) -> np.ndarray:
    """(T,) bool: the measured eye opening is below what is usual in this video."""
    opening = video.traces.eye_openness
    return opening < BLINK_CLOSURE * np.median(opening)
