"""Leave-one-subject-out on a frozen label set: a network per subject left out, scores with intervals, and a report.

Every finished fold is a file, so a killed worker, or a job that goes on later, repeats only the fold it was in. The
networks are thrown away: they say how well such networks do on a new person, and nothing is ever spotted with them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from spotcore.errors import NothingToTrain
from spotcore.loso import run_loso
from spotcore.manifest import Manifest, ManifestVideo
from spotcore.reports import write_report
from spotcore.training.settings import TrainingSettings
from webapp.jobs.context import current, step
from webapp.jobs.job_folder import Keeping, keep, take
from webapp.jobs.job_steps import Stopwatch, job_of, note, progress_of
from webapp.jobs.label_set_files import MANIFEST, read_manifest, write_manifest
from webapp.jobs.learning import alone
from webapp.services import jobs, label_sets

# Shares of the progress bar.
GATHERED = 0.1


def loso(job_id: int) -> None:
    """The work of a job "loso"."""
    gather(job_id)
    finish(job_id, learn(job_id))


@step(name="loso.gather")
def gather(job_id: int) -> None:
    """The manifest of the label set with all traces."""
    database, label_set_id = current().database, job_of(job_id).params["label_set_id"]
    details = label_sets.get_label_set(database, label_set_id)
    jobs.look_at(database, job_id, [video.video_id for video in details.videos])
    note(job_id, f"label set {details.name}: {len(details.videos)} videos")
    watch = Stopwatch(job_id, "gather")
    folder = take(_folder(job_id))
    write_manifest(label_set_id, folder / MANIFEST, progress_of(job_id, 0, GATHERED, "collecting measurements"))
    keep(folder)
    watch.stop()


@step(name="loso.learn")
def learn(job_id: int) -> dict[str, Any]:
    """Train and score what is left of the folds, and write the report; returns the scores."""
    params, folder = job_of(job_id).params, take(_folder(job_id))
    stored = f"{jobs.folder_name(job_id)}/{MANIFEST}"
    entries = people(read_manifest(stored), bool(params.get("include_test")))
    subjects = len({entry.subject for entry in entries})
    settings = TrainingSettings.from_preset(
        params["preset"],
        **dict(params.get("settings") or {})
        | {"architecture": params["architecture"], "device": current().settings.device},
    )
    validation = max(1, round((subjects - 1) / 7))
    keep_now_and_then = Keeping(folder)
    watch, finished, seen = Stopwatch(job_id, "folds"), _finished_folds(folder), []

    def tell(name: str, done: int, total: int) -> None:
        if name not in seen:
            seen.append(name)
            note(job_id, f"learning {name}, fold {finished + len(seen)} of {subjects}")
        folds = finished + len(seen) - 1
        keep_now_and_then()
        message = f"{name}: fold {folds + 1} of {subjects}, epoch {done} of {total}"
        progress_of(job_id, GATHERED, 1.0, message)(folds * total + done, subjects * total)

    with alone(progress_of(job_id, GATHERED, 1.0, "waiting until another training ends")):
        result = run_loso(entries, settings, folder, validation=validation, progress=tell)
    name = label_sets.get_label_set(current().database, params["label_set_id"]).name
    title = f"{settings.architecture} on {name}: leave one subject out"
    write_report(folder, {"title": title, "corpus": name} | result.report, result.proposals)
    keep(folder)
    watch.stop(folds=subjects)
    return summary(result.report)


@step(name="loso.finish")
def finish(job_id: int, scores: dict[str, Any]) -> None:
    """The job is done."""
    jobs.finish(current().database, job_id, scores | {"report": "report.html"})
    note(job_id, "done")
    keep(_folder(job_id))


def people(manifest: Manifest, include_test: bool) -> list[ManifestVideo]:
    """The videos of those who may train: a test subject never does, unless somebody asked for exactly that.

    Raises:
        NothingToTrain: fewer than three subjects are left.
    """
    entries = [replace(video, role="train") for video in manifest.videos if include_test or video.role != "test"]
    count = len({entry.subject for entry in entries})
    if count < 3:
        who = "subjects" if include_test else "subjects in the roles train and validation (test subjects never train)"
        raise NothingToTrain(f"Leave-one-subject-out needs at least three {who}; this label set has {count}.")
    return entries


def summary(report: dict[str, Any]) -> dict[str, Any]:
    """What the row keeps: scores and their intervals, nothing about single people."""
    return {
        "about": report["about"],
        "subjects": report["subjects"],
        "events": report["events"],
        "results": {
            name: {"scores": row["scores"], "f1_range_95": row["f1_range_95"]}
            for name, row in report["results"].items()
        },
    }


def _finished_folds(folder: Path) -> int:
    return len(list(folder.glob("folds/*/*.json")))


def _folder(job_id: int) -> Path:
    return jobs.folder(current().settings.data_dir, job_id)
