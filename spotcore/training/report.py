"""The end of a training run: calibration, scores per role, checkpoint, result.json. Nothing is trained here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spotcore.decoding import REVIEW_FALSE_ALARMS
from spotcore.evaluation import Scores
from spotcore.manifest import Manifest
from spotcore.models import SpottingNetwork
from spotcore.splits import ROLES
from spotcore.training import checkpoint
from spotcore.training.dataset import LabelledVideo
from spotcore.training.readout import alone, joined
from spotcore.training.selection import score_role
from spotcore.training.settings import TrainingSettings
from spotcore.training.state import Record
from spotcore.training.tuning import Start
from spotcore.with_baseline import DECODER as WITH_BASELINE


@dataclass(frozen=True)
class TrainingResult:
    """What a run gave.

    Attributes:
        folder: of the checkpoint.
        sha256: of its weights.
        best_epoch: epoch chosen on the validation subjects.
        scores: role -> scores at the thresholds chosen on the validation subjects; of a network that is joined with
            the baseline, which has no thresholds of its own, at six false alarms a minute.
        review_scores: role -> scores at the usual six false alarms a minute; empty without calibration.
        thresholds: type -> smallest score at which `scores` counts a proposal.
        notes: what a user should know, in sentences.
        seconds: training time, without interruptions.
    """

    folder: Path
    sha256: str
    best_epoch: int
    scores: Mapping[str, Mapping[str, Any]]
    review_scores: Mapping[str, Mapping[str, Any]]
    thresholds: Mapping[str, float]
    notes: Sequence[str]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"folder": str(self.folder), "notes": list(self.notes)}


def finish(
    manifest: Manifest,
    settings: TrainingSettings,
    network: SpottingNetwork,
    videos: Mapping[str, list[LabelledVideo]],
    types: Sequence[str],
    notes: Sequence[str],
    record: Record,
    out: Path,
    start: Start | None = None,
) -> TrainingResult:
    """Calibrate and score the chosen network and write its checkpoint; test subjects are only scored.

    `types` are those it proposes; `start` is what it went on from under a guard.
    """
    thresholds = record.best["thresholds"]
    known = [*videos["train"], *videos["validation"]]
    if start and start.info.decoder == WITH_BASELINE:
        readout = joined(network, known, types, start.info.decoder_settings, start.info.calibration)
    else:
        readout = alone(network, known, types, thresholds, settings.seed)
    notes = list(notes)
    if readout.calibration is None:
        notes.append("no footage to measure false alarms on: proposals are limited by score, not by rate")
    scores, review = {}, {}
    for role in (role for role in ROLES if videos[role]):
        curves = [readout.curves(video) for video in videos[role]]
        if readout.calibration is not None:
            review[role] = _plain(score_role(videos[role], curves, REVIEW_FALSE_ALARMS))
        scores[role] = _plain(score_role(videos[role], curves, None)) if readout.by_threshold else review[role]
    training = provenance(manifest, settings, record, types, scores, review, thresholds, notes)
    if start:
        training["start"] = {"sha256": start.info.sha256, "tuned_share": record.best["mix"]}
    info = checkpoint.save(
        out / "checkpoint",
        network,
        checkpoint.CheckpointInfo(
            architecture=settings.architecture,
            settings=network.settings.as_dict(),
            kind=videos["train"][0].traces.kind,
            decoder=readout.decoder,
            decoder_settings=readout.settings,
            calibration=readout.calibration,
            training=training,
        ),
    )
    result = TrainingResult(
        out / "checkpoint", info.sha256, record.best["epoch"], scores, review, thresholds, notes, training["seconds"]
    )
    part = out / "result.json.part"
    part.write_text(json.dumps(result.as_dict(), indent=1, ensure_ascii=False), encoding="utf-8")
    part.replace(out / "result.json")
    return result


def provenance(
    manifest: Manifest,
    settings: TrainingSettings,
    record: Record,
    types: Sequence[str],
    scores: Mapping[str, Any],
    review: Mapping[str, Any],
    thresholds: Mapping[str, float],
    notes: Sequence[str],
) -> dict[str, Any]:
    """What a checkpoint tells about the training that made it, whatever its network takes in."""
    return {
        "label_set": manifest.name,
        "label_set_hash": manifest.label_set_hash,
        "roles": manifest.roles(),
        "events": {role: manifest.event_counts(role) for role in ROLES},
        "settings": settings.as_dict(),
        "fingerprint": record.fingerprint,
        "best_epoch": record.best["epoch"],
        "epochs": record.epoch,
        "types": list(types),
        "scores": scores,
        "review_scores": review,
        "thresholds": thresholds,
        "notes": notes,
        "seconds": round(sum(entry["seconds"] for entry in record.metrics), 1),
    }


def _plain(scores: Scores) -> dict[str, Any]:
    return scores.as_dict()
