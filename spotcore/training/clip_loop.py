"""Training of FESNet on a manifest whose features are clip files: epochs, choice, calibration, checkpoint.

The same folder as `loop` writes, with the same meaning; the step itself stands in `clips`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from spotcore.clip_inference import DECODER, clip_curves
from spotcore.decoding import DECODERS
from spotcore.device import choose_device
from spotcore.errors import Cancelled, InvalidFile
from spotcore.evaluation import score_videos
from spotcore.face_clips import CLIP_KIND
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.manifest import Manifest
from spotcore.models import FesNet
from spotcore.probabilities import Calibration
from spotcore.splits import ROLES
from spotcore.thresholds import Choice, above, best_thresholds
from spotcore.training import checkpoint
from spotcore.training.clips import LabelledClips, learn_epoch, load_labelled, start_learning
from spotcore.training.dataset import trained_types
from spotcore.training.event_file import write_events
from spotcore.training.false_alarms import rate_table
from spotcore.training.report import TrainingResult, provenance
from spotcore.training.settings import TrainingSettings
from spotcore.training.state import STATE_FILE, Record, load_state, save_state

EVENTS_FILE = "events.out.tfevents.0.glint"  # the name TensorBoard looks for
ENOUGH_MINUTES = 1.0  # footage without expression below which no calibration is claimed
Proposals = dict[str, list[Interval]]


def train_on_clips(
    manifest: Manifest,
    settings: TrainingSettings,
    out: Path,
    record: Record,
    resume: bool,
    tell: Callable[[int, dict[str, Any] | None], None],
    should_stop: Callable[[], bool] | None,
) -> TrainingResult:
    """Train, choose epoch and thresholds on the validation subjects, calibrate, score, write the checkpoint.

    Args:
        record: a fresh one; it names the run by its fingerprint.
        tell: called with the epochs done before every batch, and after every epoch with its metrics.

    Raises:
        NothingToTrain: nothing usable; InvalidFile: a clip or state file is damaged or of another run.
        Cancelled: `should_stop` said so.
    """
    types, notes = trained_types(manifest, settings.minimum_events)
    videos = {role: _loaded(manifest, role) for role in ROLES}
    learner = start_learning(videos["train"], settings, choose_device(settings.device))
    network = learner.network
    best: dict[str, torch.Tensor] = {}
    if resume and (out / STATE_FILE).exists():
        record, best = load_state(out / STATE_FILE, record.fingerprint, network, learner.optimizer)
    _write_metrics(out, record)

    while record.epoch < settings.epochs and not _enough(record, settings):
        started = time.monotonic()

        def heard() -> None:
            if should_stop and should_stop():
                raise Cancelled(f"training was stopped in epoch {record.epoch + 1}")
            tell(record.epoch, None)

        loss = learn_epoch(learner, videos["train"], settings, record.epoch, heard)
        record.epoch += 1
        entry: dict[str, Any] = {"epoch": record.epoch, "train_loss": {"total": loss}}
        if record.epoch % settings.validate_every == 0 or record.epoch == settings.epochs:
            choice = _validate(network, videos["validation"], types)
            entry["validation"] = choice.scores.as_dict()
            rank = [choice.scores.overall.f1, float(record.epoch)]  # the later of equals
            late_enough = record.epoch >= settings.choose_after * settings.epochs
            if late_enough and (not record.best or rank > record.best["rank"]):
                record.best = {"epoch": record.epoch, "rank": rank, "thresholds": choice.thresholds}
                best = {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}
        entry["seconds"] = round(time.monotonic() - started, 3)
        record.metrics.append(entry)
        if record.epoch % settings.save_every == 0 or record.epoch == settings.epochs:
            save_state(out / STATE_FILE, record, network, learner.optimizer, best)
        _write_metrics(out, record)
        if settings.event_files:
            write_events(out / EVENTS_FILE, record.metrics)
        tell(record.epoch, entry)

    network.load_state_dict(best)
    return _finish(manifest, settings, network.eval(), videos, types, notes, record, out)


def _enough(record: Record, settings: TrainingSettings) -> bool:
    """Early stopping: no better validation for `patience` epochs."""
    return bool(settings.patience and record.best and record.epoch - record.best["epoch"] >= settings.patience)


def _loaded(manifest: Manifest, role: str) -> list[LabelledClips]:
    try:
        return load_labelled(manifest.of_role(role))
    except InvalidFile as error:
        raise InvalidFile(f"{error} (`python -m spotcore face-clips` makes clip files)") from error


def _validate(network: FesNet, videos: Sequence[LabelledClips], types: Sequence[str]) -> Choice:
    return best_thresholds(_truth(videos), _proposals(network, videos, types))


def _proposals(network: FesNet, videos: Sequence[LabelledClips], types: Sequence[str]) -> Proposals:
    """Video -> everything decoded, of trained types, that lies mostly in decided frames."""
    return {
        video.entry.id: [
            p for p in DECODERS[DECODER](clip_curves(network, video.clips)) if p.type in types and _decided(video, p)
        ]
        for video in videos
    }


def _truth(videos: Sequence[LabelledClips]) -> Proposals:
    return {video.entry.id: [i for i in video.entry.intervals if _decided(video, i)] for video in videos}


def _decided(video: LabelledClips, interval: Interval) -> bool:
    inside = (video.clips.frames >= interval.onset) & (video.clips.frames <= interval.offset)
    return not inside.any() or bool(video.known[inside].mean() >= 0.5)


def measure_false_alarms(
    videos: Sequence[LabelledClips], proposals: Mapping[str, Sequence[Interval]], types: Sequence[str]
) -> Calibration | None:
    """Score against false proposals a minute on decided footage without expression.

    None where there is less than `ENOUGH_MINUTES` of it: a rate read off a few seconds would be a guess. (Networks
    over traces fill the minute with surrogates; pictures of a face at rest cannot be made up like that.)
    """
    seconds = {"train": 0.0, "validation": 0.0}
    false: list[Interval] = []
    for video in videos:
        clips = video.clips
        if len(clips) < 2:
            continue
        spacing = (clips.timestamps[-1] - clips.timestamps[0]) / (len(clips) - 1)
        seconds[video.entry.role] += float((video.usable & (video.classes == 0)).sum() * spacing)
        false += [
            p for p in proposals[video.entry.id]
            if not any(p.onset <= i.offset and i.onset <= p.offset for i in video.entry.intervals)
        ]  # fmt: skip
    minutes = sum(seconds.values()) / 60
    if minutes < ENOUGH_MINUTES:
        return None
    tables = {
        kind: rate_table(sorted((p.score for p in false if p.type == kind), reverse=True), minutes)
        if kind in types
        else ((), ())
        for kind in EXPRESSION_TYPES
    }
    source = (
        f"{len(false)} proposals of this network in {minutes:.1f} minutes without expression: "
        f"{seconds['train'] / 60:.1f} of its training videos, {seconds['validation'] / 60:.1f} of validation videos. "
        "People it has never seen may give more false alarms."
    )
    return Calibration({k: t[0] for k, t in tables.items()}, {k: t[1] for k, t in tables.items()}, source)


def _finish(
    manifest: Manifest,
    settings: TrainingSettings,
    network: FesNet,
    videos: Mapping[str, list[LabelledClips]],
    types: Sequence[str],
    notes: Sequence[str],
    record: Record,
    out: Path,
) -> TrainingResult:
    thresholds, notes = record.best["thresholds"], list(notes)
    found = {role: _proposals(network, videos[role], types) for role in ROLES}
    known = [*videos["train"], *videos["validation"]]
    calibration = measure_false_alarms(known, found["train"] | found["validation"], types)
    if calibration is None:
        notes.append(
            "less than a minute of reviewed footage without expression: proposals are limited by score, not by rate"
        )
    scores = {
        role: score_videos(
            _truth(videos[role]), {video: above(p, thresholds) for video, p in found[role].items()}
        ).as_dict()
        for role in ROLES
        if videos[role]
    }
    # An untrained type may not be proposed whatever its score.
    limits = {f"{kind}_threshold": float(thresholds[kind]) if kind in types else 2.0 for kind in EXPRESSION_TYPES}
    training = provenance(manifest, settings, record, types, scores, {}, thresholds, notes)
    info = checkpoint.save(
        out / "checkpoint",
        network,
        checkpoint.CheckpointInfo(
            settings.architecture, network.settings.as_dict(), CLIP_KIND, DECODER, limits, calibration, training
        ),
    )
    result = TrainingResult(
        out / "checkpoint", info.sha256, record.best["epoch"], scores, {}, thresholds, notes, training["seconds"]
    )
    _replace(out / "result.json", json.dumps(result.as_dict(), indent=1, ensure_ascii=False))
    return result


def _write_metrics(out: Path, record: Record) -> None:
    _replace(out / "metrics.jsonl", "".join(json.dumps(entry) + "\n" for entry in record.metrics))


def _replace(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
