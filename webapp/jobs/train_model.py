"""Training: a frozen label set becomes a registered model version with scores on people it has not seen.

Steps: gather (manifest and trace files) -> learn -> score (new version, champion and baseline on the same footage) ->
register. Learning is one step that keeps its own state after every epoch, so a killed worker goes on within it. All
files lie under jobs/<job id>/ and models/<job id>/, and are rewritten by a repetition.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dbos import DBOS

from spotcore.decoding import REVIEW_FALSE_ALARMS
from spotcore.device import device_name
from spotcore.errors import NothingToTrain
from spotcore.pipeline import load_model
from spotcore.training.checkpoint import CheckpointInfo, read_info
from spotcore.training.loop import TrainingProgress, train
from spotcore.training.settings import TrainingSettings
from webapp.code_version import code_version
from webapp.jobs import scoring
from webapp.jobs.context import MOST_RECOVERIES, Progress, current, outcome, step
from webapp.jobs.job_folder import Keeping, keep, take
from webapp.jobs.label_set_files import MANIFEST, read_manifest, write_manifest
from webapp.jobs.learning import alone
from webapp.jobs.spot_video import model_of, require_shipped
from webapp.services import label_sets, registry, training
from webapp.services.against_parent import against_parent
from webapp.values.registry import SHIPPED_PATH, ModelVersion, TrainingJob

# Shares of the progress bar.
GATHERED, LEARNED, SCORED = 0.15, 0.9, 0.98


@DBOS.workflow(name="train_model", max_recovery_attempts=MOST_RECOVERIES)
def train_model(job_id: int) -> None:
    """Carry out a training job."""
    with outcome(
        f"training job {job_id}",
        lambda message: fail(job_id, message),
        lambda: training.cancel_job(current().database, job_id),
    ):
        manifest = gather(job_id)
        learn(job_id, manifest)
        scores = score(job_id, manifest)
        register(job_id, scores)


@step(name="train_model.gather")
def gather(job_id: int) -> str:
    """Write the manifest of the label set, measuring traces that are not there; returns its stored path."""
    context = current()
    job = training.get_job(context.database, job_id)
    details = label_sets.get_label_set(context.database, job.label_set_id)
    progress = _progress(job_id, 0.0, GATHERED, "collecting measurements")
    progress(0, 1)
    _note(job_id, f"collecting the measurements of {len(details.videos)} videos of the label set {job.label_set}")
    stored = write_manifest(job.label_set_id, take(_folder(job_id)) / MANIFEST, progress)
    keep(_folder(job_id))
    return stored


@step(name="train_model.learn")
def learn(job_id: int, manifest_path: str) -> None:
    """Train, going on from the last saved epoch where there is one."""
    context = current()
    job = training.get_job(context.database, job_id)
    progress = _progress(job_id, GATHERED, LEARNED, "learning")
    folder = take(_folder(job_id))
    keep_now_and_then = Keeping(folder)

    def report(at: TrainingProgress) -> None:
        # Raises Cancelled once the job was taken back; the state of the last finished epoch stays for "go on".
        if at.metrics is not None:
            _note(job_id, _epoch_line(at))
            keep_now_and_then()
        progress(at.epoch * max(at.batches, 1) + at.batch, at.epochs * max(at.batches, 1))

    _note(job_id, f"learning: {job.architecture}, preset {job.preset}, at most {settings_of(job).epochs} epochs")
    with alone(progress):
        result = train(
            read_manifest(manifest_path),
            settings_of(job),
            folder,
            resume=True,
            progress=report,
        )
    _note(job_id, f"epoch {result.best_epoch} was chosen on the validation subjects")
    for sentence in result.notes:
        _note(job_id, f"note: {sentence}")
    keep(folder)


@step(name="train_model.score")
def score(job_id: int, manifest_path: str) -> dict[str, Any]:
    """Scores of the new network, the champion and the baseline on the same held-out people."""
    context = current()
    manifest, folder = read_manifest(manifest_path), take(_folder(job_id))
    role, videos = scoring.held_out(manifest)
    if not videos:
        raise NothingToTrain("there is nobody left to score on: freeze a label set with a validation or test subject")
    _progress(job_id, LEARNED, SCORED, "scoring")(0, 1)
    champion, parent = registry.champion(context.database), _parent(job_id)
    models = {
        "held_out": load_model(folder / "checkpoint", context.settings.device),
        "champion": model_of(champion),
        "baseline": load_model("baseline", context.settings.device),
    }
    if parent is not None and parent.id != champion.id:
        models["parent"] = model_of(parent)
    found = {name: scoring.proposals_of(model, videos, REVIEW_FALSE_ALARMS) for name, model in models.items()}
    scores: dict[str, Any] = {name: scoring.score_proposals(videos, proposals) for name, proposals in found.items()}
    if parent is not None:
        before = found.get("parent", found["champion"])
        scores["against_parent"] = scoring.paired(videos, before, found["held_out"]) | {"parent": parent.name}
    return scores | {
        "champion_name": champion.name,
        "measured_on": dict(scoring.summary(role, videos)),
        "false_alarms": REVIEW_FALSE_ALARMS,
    }


def _parent(job_id: int) -> ModelVersion | None:
    """The version that the job goes on from."""
    database = current().database
    start = training.get_job(database, job_id).warm_start
    return None if start is None else registry.get_version(database, start)


@step(name="train_model.register")
def register(job_id: int, scores: dict[str, Any]) -> int:
    """Keep the checkpoint for good and make it a model version; returns the version's id."""
    context = current()
    job = training.get_job(context.database, job_id)
    if job.model_version_id is not None:
        return job.model_version_id
    source, kept = take(_folder(job_id)) / "checkpoint", context.settings.data_dir / "models" / f"job-{job_id}"
    part = kept.with_name(kept.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(source, part)
    shutil.rmtree(kept, ignore_errors=True)
    part.replace(kept)
    info = read_info(kept)
    version_id = registry.register_version(
        context.database,
        job_id=job_id,
        architecture=info.architecture,
        settings=dict(info.settings),
        checkpoint_path=context.settings.stored(kept),
        checkpoint_sha256=info.sha256,
        scores=scores,
        label_set_id=job.label_set_id,
        parent_id=job.warm_start,
        seed=settings_of(job).seed,
        code_version=code_version(),
        lineage=lineage_of(info, job.preset, device_name(context.settings.device)),
    )
    verdict = against_parent(scores)
    said = " ".join([*([verdict.sentence] if verdict else []), *_kept_heads(info)])
    training.finish_job(context.database, job_id, version_id, said)
    _note(job_id, f"registered as model version {version_id}")
    if said:
        _note(job_id, said)
    keep(_folder(job_id))
    return version_id


@step(name="train_model.fail")
def fail(job_id: int, message: str) -> None:
    """Keep the sentence where the training page shows it."""
    _note(job_id, f"failed: {message}")
    keep(_folder(job_id))
    training.fail_job(current().database, job_id, message)


def settings_of(job: TrainingJob) -> TrainingSettings:
    """Preset, what was changed in it, the version it starts from, and the device of this installation."""
    context = current()
    changes = dict(job.settings) | {"architecture": job.architecture, "device": context.settings.device}
    if job.warm_start is not None:
        version = registry.get_version(context.database, job.warm_start)
        changes["warm_start"] = start_folder(version)
    return TrainingSettings.from_preset(job.preset, **changes)


def start_folder(version: ModelVersion) -> str:
    """What the setting `warm_start` calls the checkpoint of a version.

    Raises:
        NothingToTrain: the training-free baseline.
        InvalidFile: it came with another Glint.
    """
    if version.checkpoint_path is None:
        raise NothingToTrain(f"{version.name} has no network to start from")
    if version.checkpoint_path == SHIPPED_PATH:
        require_shipped(version)
        return "default"
    return str(current().settings.located(version.checkpoint_path))


def lineage_of(info: CheckpointInfo, preset: str, hardware: str) -> dict[str, Any]:
    """What a version remembers of its training beside what its row has columns for."""
    made = info.training
    return {
        "origin": "trained",
        "preset": preset,
        "hardware": hardware,
        "seconds": made.get("seconds"),
        "epochs": made.get("epochs"),
        "best_epoch": made.get("best_epoch"),
        "start": made.get("start"),
        "training": {n: v for n, v in made.get("settings", {}).items() if n not in ("network", "warm_start")},
        "events": made.get("events"),
        "notes": list(made.get("notes", ())),
        "calibration": None if info.calibration is None else info.calibration.source,
    }


def _kept_heads(info: CheckpointInfo) -> list[str]:
    """Notes about types that had too few events to learn from, as sentences."""
    return [f"{note[:1].upper()}{note[1:]}." for note in info.training.get("notes", ()) if "needed:" in note]


def _progress(job_id: int, first: float, last: float, message: str) -> Progress:
    database = current().database
    return Progress(lambda share: training.set_job_progress(database, job_id, share, message), first, last)


def _note(job_id: int, line: str) -> None:
    """Append a line to the log that the training page shows."""
    path = _folder(job_id) / "log.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {line}\n")


def _epoch_line(at: TrainingProgress) -> str:
    loss = at.metrics["train_loss"].get("total")
    line = f"epoch {at.epoch} of {at.epochs}: loss {loss:.4f}" if loss is not None else f"epoch {at.epoch}"
    validation = at.metrics.get("validation")
    return line if not validation else f"{line}, F1 on validation subjects {validation['overall']['f1']:.3f}"


def _folder(job_id: int) -> Path:
    return current().settings.data_dir / "jobs" / str(job_id)
