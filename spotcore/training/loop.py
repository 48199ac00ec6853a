"""Training of one network on a manifest: the step is `_train_epoch`, the rest is choosing, saving and reporting.

Writes into one folder: metrics.jsonl (a line per epoch), state.safetensors (to go on after a kill), checkpoint/ and
result.json at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from spotcore.device import choose_device
from spotcore.errors import Cancelled, InvalidSettings, NothingToTrain
from spotcore.inference import columns_of, to_probabilities, video_logits
from spotcore.intervals import EXPRESSION_TYPES
from spotcore.manifest import Manifest
from spotcore.models import SpottingNetwork, build_network
from spotcore.network_input import network_input
from spotcore.splits import ROLES, require_sides
from spotcore.training import checkpoint
from spotcore.training.dataset import (
    Batch,
    LabelledVideo,
    batches,
    epoch_segments,
    load_videos,
    trained_types,
)
from spotcore.training.event_file import write_events
from spotcore.training.losses import supervised_contrastive, type_loss
from spotcore.training.report import TrainingResult, finish
from spotcore.training.selection import Choice, choose_thresholds, labelled_curves
from spotcore.training.settings import TrainingSettings
from spotcore.training.state import STATE_FILE, Record, load_state, save_state
from spotcore.training.tuning import (
    Start,
    Weights,
    begin,
    choose_mix,
    folder_of,
    freeze,
    learned_types,
    train_mode,
)

METRICS_FILE = "metrics.jsonl"
EVENTS_FILE = "events.out.tfevents.0.glint"  # the name TensorBoard looks for
APEX_WEIGHT = {"macro": 1.0, "micro": 1.8}


@dataclass(frozen=True)
class TrainingProgress:
    """Where a run is.

    Attributes:
        epoch: epochs done, of `epochs`.
        batch: batches done in the running epoch, of `batches`.
        metrics: the entry of the epoch just finished, None in between.
    """

    epoch: int
    epochs: int
    batch: int
    batches: int
    metrics: dict[str, Any] | None = None


def train(
    manifest: Manifest,
    settings: TrainingSettings,
    out: Path | str,
    *,
    resume: bool = True,
    progress: Callable[[TrainingProgress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> TrainingResult:
    """Train, choose an epoch on the validation subjects, score every role, write the checkpoint.

    The same manifest, settings and machine give the same network, with or without an interruption (CPU).

    Args:
        out: folder of the run, made if needed.
        resume: go on from the state in `out` where there is one; False starts anew.
        progress: called after every batch and every epoch; may raise Cancelled.
        should_stop: asked before every batch.

    Raises:
        NothingToTrain: nobody trains or nobody validates, or nothing usable remains.
        InvalidFile: a trace file or the state is damaged or belongs to something else.
        Cancelled: `should_stop` said so; the state of the last saved epoch stays.
    """
    require_sides(manifest.roles())
    with threads_limited(settings.threads):
        return _train(manifest, settings, Path(out), resume, progress, should_stop)


def _train(
    manifest: Manifest,
    settings: TrainingSettings,
    out: Path,
    resume: bool,
    progress: Callable[[TrainingProgress], None] | None,
    should_stop: Callable[[], bool] | None,
) -> TrainingResult:
    out.mkdir(parents=True, exist_ok=True)
    if not settings.guard and build_network(settings.architecture, settings.network_settings()).input == "face clips":
        return _train_on_clips(manifest, settings, out, resume, progress, should_stop)
    torch.manual_seed(settings.seed)
    start: Start | None = None
    if settings.guard:
        settings, start, network = begin(settings)
        types, notes = learned_types(manifest, start, settings.minimum_events)
        proposed = tuple(kind for kind in EXPRESSION_TYPES if kind in types or kind in start.proposed)
        freeze(network, types)
    else:
        types, notes = trained_types(manifest, settings.minimum_events)
        proposed, network = types, _network(settings)
    videos = {role: load_videos(manifest.of_role(role)) for role in ROLES}
    if types and not epoch_segments(videos["train"], types, settings, 0):
        raise NothingToTrain("Every expression of the training subjects lies in frames without a usable face.")
    for video in (*videos["validation"][:1], *videos["test"][:1]):
        videos["train"][0].traces.kind.require(video.traces.kind, str(video.entry.features))
    if start:
        start.info.kind.require(videos["train"][0].traces.kind, str(videos["train"][0].entry.features))
    if not videos["test"]:
        notes.append("no test subject: the only scores are those of the subjects that chose the epoch, and flatter")
    if not any(manifest.event_counts("validation").values()):
        notes.append("the validation subjects have no expression: the epoch was chosen by the validation loss alone")

    network = network.to(choose_device(settings.device))
    optimizer = _optimizer(network, settings)
    record = Record(_fingerprint(manifest, settings, start))
    best: dict[str, torch.Tensor] = {}
    if resume and (out / STATE_FILE).exists():
        record, best = load_state(out / STATE_FILE, record.fingerprint, network, optimizer)
    _rewrite_metrics(out / METRICS_FILE, record.metrics)

    def judge() -> tuple[list[float], Choice, dict[str, float]]:
        choice, loss = _validate(network, videos["validation"], types, proposed, settings)
        return [choice.scores.overall.f1, -loss["total"]], choice, loss

    while types and record.epoch < settings.epochs and not _enough(record, settings):
        started = time.monotonic()
        epoch = record.epoch
        losses = _train_epoch(network, optimizer, videos["train"], types, settings, epoch, start, progress, should_stop)
        entry: dict[str, Any] = {"epoch": epoch + 1, "train_loss": losses}
        last = epoch + 1 == settings.epochs
        if (epoch + 1) % settings.validate_every == 0 or last:
            rank, choice, loss = judge()
            entry["validation_loss"] = loss
            entry["validation"] = choice.scores.as_dict()
            late_enough = epoch + 1 >= settings.choose_after * settings.epochs
            if late_enough and (not record.best or rank > record.best["rank"]):
                record.best = {"epoch": epoch + 1, "rank": rank, "thresholds": choice.thresholds}
                best = {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}
        entry["seconds"] = round(time.monotonic() - started, 3)
        record.epoch += 1
        record.metrics.append(entry)
        if record.epoch % settings.save_every == 0 or last:
            save_state(out / STATE_FILE, record, network, optimizer, best)
        with (out / METRICS_FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
        if settings.event_files:
            write_events(out / EVENTS_FILE, record.metrics)
        if progress:
            progress(TrainingProgress(record.epoch, settings.epochs, 0, 0, entry))

    if start:
        best = _mix(network, start, best, record, judge, notes)
    network.load_state_dict(best)
    return finish(manifest, settings, network.eval(), videos, proposed, notes, record, out, start)


def _train_on_clips(manifest, settings, out, resume, progress, should_stop) -> TrainingResult:
    from spotcore.training.clip_loop import train_on_clips

    if settings.warm_start:  # said before anything looks for the checkpoint
        raise InvalidSettings(f"{settings.architecture} cannot start from another checkpoint")

    def tell(epoch: int, entry: dict[str, Any] | None) -> None:
        if progress:
            progress(TrainingProgress(epoch, settings.epochs, 0, 0, entry))

    record = Record(_fingerprint(manifest, settings))
    return train_on_clips(manifest, settings, out, record, resume, tell, should_stop)


def _enough(record: Record, settings: TrainingSettings) -> bool:
    """Early stopping: no better validation (of subjects that are not the test's) for `patience` epochs."""
    return bool(settings.patience and record.best and record.epoch - record.best["epoch"] >= settings.patience)


def _train_epoch(
    network: SpottingNetwork,
    optimizer: torch.optim.Optimizer,
    videos: list[LabelledVideo],
    types: tuple[str, ...],
    settings: TrainingSettings,
    epoch: int,
    start: Start | None,
    progress: Callable[[TrainingProgress], None] | None,
    should_stop: Callable[[], bool] | None,
) -> dict[str, float]:
    """One pass over the segments of this epoch; returns the mean of each part of the loss."""
    train_mode(network) if start else network.train()
    rate = settings.learning_rate * settings.decay_per_epoch**epoch
    for group in optimizer.param_groups:
        group["lr"] = rate
    segments = epoch_segments(videos, types, settings, epoch)
    count = -(-len(segments) // settings.batch_segments)
    sums: dict[str, float] = {}
    stretch = network.context if network.input == "traces" else None
    for index, batch in enumerate(batches(videos, segments, settings, epoch, stretch, network.pairs)):
        if should_stop and should_stop():
            raise Cancelled(f"training was stopped in epoch {epoch + 1}")
        if progress:
            progress(TrainingProgress(epoch, settings.epochs, index, count))
        parts = batch_losses(network, batch, types, settings)
        optimizer.zero_grad(set_to_none=True)
        parts["total"].backward()
        optimizer.step()
        if start:
            start.pull(network, rate * settings.weight_decay)
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach()) / count
    return sums


def batch_losses(
    network: SpottingNetwork, batch: Batch, types: tuple[str, ...], settings: TrainingSettings
) -> dict[str, torch.Tensor]:
    """The parts of the loss of one batch and their weighted total."""
    device = next(network.parameters()).device
    put = {name: torch.from_numpy(value).to(device) for name, value in vars(batch).items()}
    with torch.autocast(device.type, torch.bfloat16, enabled=settings.mixed_precision and device.type == "cuda"):
        voices = network.voices(put["windows"])
    each = [output_losses(logits.float(), feature.float(), put, types, settings) for logits, feature in voices]
    return {name: torch.stack([parts[name] for parts in each]).mean() for name in each[0]}


def output_losses(
    logits: torch.Tensor,
    feature: torch.Tensor,
    put: dict[str, torch.Tensor],
    types: tuple[str, ...],
    settings: TrainingSettings,
) -> dict[str, torch.Tensor]:
    """The same from what the network said; tensors of a `Batch` by name, all of fixed shape."""
    parts = _type_losses(logits, put, put["mask"], types, settings)
    if settings.contrastive_weight > 0:
        parts["contrastive"] = supervised_contrastive(feature, put["group"], put["mask"])
        parts["total"] = parts["total"] + settings.contrastive_weight * parts["contrastive"]
    return parts


def _type_losses(
    logits: torch.Tensor,
    targets: dict[str, torch.Tensor],
    mask: torch.Tensor,
    types: tuple[str, ...],
    settings: TrainingSettings,
) -> dict[str, torch.Tensor]:
    """Loss per trained type and their sum, the macro loss weighted by r (METHODS section 3)."""
    parts: dict[str, torch.Tensor] = {}
    for kind in types:
        row = EXPRESSION_TYPES.index(kind)
        parts[kind] = type_loss(
            logits[:, columns_of(kind)], targets["boundary"][row], targets["apex"][row], targets["action"][row], mask,
            boundary_loss=settings.boundary_loss, apex_weight=APEX_WEIGHT[kind],
        )  # fmt: skip
    weights = {"macro": settings.macro_weight, "micro": 1.0}
    if not parts:
        return {"total": torch.zeros(())}
    return parts | {"total": torch.stack([weights[kind] * parts[kind] for kind in types]).sum()}


def _validate(
    network: SpottingNetwork,
    videos: list[LabelledVideo],
    types: tuple[str, ...],
    proposed: tuple[str, ...],
    settings: TrainingSettings,
) -> tuple[Choice, dict[str, float]]:
    """Best thresholds with the scores of all proposed types, and the loss of those that learn, per usable frame."""
    network.eval()
    curves, sums = [], dict.fromkeys((*types, "total"), 0.0)
    frames = max(sum(int(video.usable.sum()) for video in videos), 1)
    for video in videos:
        logits = video_logits(network, network_input(video.traces, network.pairs))  # (T, 10)
        curves.append(labelled_curves(video, to_probabilities(logits).T.numpy(), proposed))
        share = int(video.usable.sum()) / frames
        targets = {name: torch.from_numpy(value) for name, value in vars(video.targets).items()}
        for name, value in _type_losses(logits, targets, torch.from_numpy(video.usable), types, settings).items():
            sums[name] += share * float(value)
    return choose_thresholds(videos, curves), sums


@contextmanager
def threads_limited(wanted: int) -> Iterator[None]:
    """Torch's threads wait busily: as many as cores would make everything beside them crawl."""
    before = torch.get_num_threads()
    torch.set_num_threads(wanted or max((os.cpu_count() or 1) // 2, 1))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _mix(
    network: SpottingNetwork,
    start: Start,
    tuned: dict[str, torch.Tensor],
    record: Record,
    judge: Callable[[], tuple[list[float], Choice, dict[str, float]]],
    notes: list[str],
) -> dict[str, torch.Tensor]:
    """The mixture of start and tuned weights that goes into the checkpoint; what was chosen is noted."""

    def judged(weights: Weights) -> tuple[list[float], Choice]:
        network.load_state_dict(weights)
        rank, choice, _ = judge()
        return rank, choice

    share, weights, choice = choose_mix(start, tuned or dict(start.weights), judged)
    record.best = {"epoch": 0} | record.best | {"thresholds": choice.thresholds, "mix": share}
    if tuned:
        mix = f"{100 * share:.0f} % of the tuning, {100 - 100 * share:.0f} % of the start"
        notes.append(f"{mix}: best on the validation subjects")
    return weights


def _network(settings: TrainingSettings) -> SpottingNetwork:
    network = build_network(settings.architecture, settings.network_settings())
    if settings.warm_start:
        other = checkpoint.load(folder_of(settings.warm_start))
        checkpoint.load_weights(network, other.network.state_dict(), f"warm start from {settings.warm_start}")
    return network


def _optimizer(network: SpottingNetwork, settings: TrainingSettings) -> torch.optim.Optimizer:
    """AdamW without decay on biases and norms, which are the parameters of one axis; a guard pulls by itself."""
    decay = 0.0 if settings.guard else settings.weight_decay
    decayed = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=settings.learning_rate)


def _fingerprint(manifest: Manifest, settings: TrainingSettings, start: Start | None = None) -> str:
    """Hash of everything that decides the result; trace files by size and content."""
    content = manifest.as_dict()
    for entry, video in zip(content["videos"], manifest.videos, strict=True):
        path = Path(video.features)
        entry["features"] = _digest(path)
        if path.with_suffix(".npy").exists():  # pictures of a clip file
            entry["pictures"] = _digest(path.with_suffix(".npy"))
    wanted = settings.as_dict() | {"device": "", "threads": 0, "save_every": 0, "event_files": False}
    if start:  # what it holds decides, not where it lies
        wanted["warm_start"] = start.info.sha256
    elif settings.warm_start:
        wanted["warm_start"] = checkpoint.read_info(folder_of(settings.warm_start)).sha256
    return hashlib.sha256(json.dumps([content, wanted], sort_keys=True).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _rewrite_metrics(path: Path, metrics: list[dict[str, Any]]) -> None:
    """Lines of epochs that are not in the state are of no run any more."""
    part = path.with_name(path.name + ".part")
    part.write_text("".join(json.dumps(entry) + "\n" for entry in metrics), encoding="utf-8")
    part.replace(path)
