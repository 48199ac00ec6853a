"""Tonight: freeze everything curated, train on it, spot everything with the new version, and report in the morning.

Every part is a step that finds what it made before, so a killed worker or a second attempt goes on with the part it was
in. Nothing is promoted: the report recommends, a person decides.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from webapp import queueing
from webapp.jobs.context import current, step
from webapp.jobs.job_folder import keep
from webapp.jobs.job_steps import Stopwatch, job_of, note, progress_of
from webapp.jobs.spot_many import POLL_SECONDS, spot_many
from webapp.jobs.versions_compared import gather, measure
from webapp.morning_report import write_report
from webapp.services import jobs, label_content, label_sets, library, registry, training
from webapp.services.errors import Refused
from webapp.services.recommendation import recommend
from webapp.values.registry import ModelVersion

# Shares of the progress bar.
FROZEN, TRAINED, SPOTTED, GATHERED, COMPARED = 0.02, 0.5, 0.85, 0.9, 0.98
# Where the champion has nothing that could be trained on: the network that trains fastest on two cores.
FROM_SCRATCH = "dilated"


def tonight(job_id: int) -> None:
    """The work of a job "tonight"."""
    label_set_id = freeze(job_id)
    training_id = start_training(job_id, label_set_id)
    version_id, champion_id = wait_for_training(job_id, training_id)
    spot_many(job_id, version_id, TRAINED, SPOTTED)
    gather(job_id, label_set_id, SPOTTED, GATHERED)
    found = measure(job_id, champion_id, version_id, None, GATHERED, COMPARED)
    report(job_id, found)


@step(name="tonight.freeze")
def freeze(job_id: int) -> int:
    """A label set of everything reviewed; a former one where nothing changed since. Returns its id.

    Raises:
        Refused: what is reviewed contradicts itself, or there is nothing.
    """
    database, job = current().database, job_of(job_id)
    progress_of(job_id, 0.0, FROZEN, "freezing what is curated")(0, 1)
    made = job.part("freeze").get("label_set_id")
    if made is not None:
        return made
    watch = Stopwatch(job_id, "freeze")
    name = f"Tonight {job.created_at:%Y-%m-%d}, job {job_id}"
    now = label_sets.preview(database, job.study_id)
    if not now.videos:
        raise Refused("Nothing is reviewed yet, so there is nothing to learn from.")
    sets = label_sets.list_label_sets(database, job.study_id)
    # A set of that name is from before a kill; one of the same content makes another one pointless.
    row = next((row for row in sets if row.name == name), None) or next(
        (row for row in sets if row.content_hash == label_content.content_hash(now.videos) and not row.withdrawn), None
    )
    if row is None:
        label_sets.freeze(database, job.study_id, name, {}, job.created_by)
        row = next(row for row in label_sets.list_label_sets(database, job.study_id) if row.name == name)
    jobs.look_at(database, job_id, [v.video_id for v in label_sets.get_label_set(database, row.id).videos])
    note(job_id, f"label set {row.name}: {row.videos} videos, {row.macro} macro, {row.micro} micro")
    watch.stop(
        label_set_id=row.id, name=row.name, new=row.name == name, subjects=row.subjects, videos=row.videos,
        macro=row.macro, micro=row.micro, rejected=row.rejected, reviewed_seconds=row.reviewed_seconds,
    )  # fmt: skip
    return row.id


@step(name="tonight.start_training")
def start_training(job_id: int, label_set_id: int) -> int:
    """The training of this night, asked for once; one that failed before goes on. Returns its id."""
    context, job = current(), job_of(job_id)
    Stopwatch(job_id, "train")
    made = job.part("train").get("training_id")
    if made is None:
        made = _training(job_id, label_set_id)
    elif training.get_job(context.database, made).state in ("failed", "cancelled"):
        training.retry_job(context.database, made)
    queueing.enqueue_training(made, context.settings)
    return made


def _training(job_id: int, label_set_id: int) -> int:
    """A new training job, or the one that was made just before a kill."""
    database, job = current().database, job_of(job_id)
    there = training.list_jobs(database)
    after = job.part("train").get("after")
    if after is None:
        after = max((row.id for row in there), default=0)
        champion = registry.champion(database)
        evening = {"after": after, "champion_id": champion.id, "champion": champion.name}
        jobs.set_part(database, job_id, "train", evening)
    wanted = (label_set_id, job.created_by)
    mine = [row.id for row in there if row.id > after and (row.label_set_id, row.created_by) == wanted]
    made = mine[0] if mine else _create(job_id, label_set_id)
    row = training.get_job(database, made)
    jobs.set_part(
        database, job_id, "train",
        {"training_id": made, "architecture": row.architecture, "preset": row.preset, "warm_start": row.warm_start},
    )  # fmt: skip
    note(job_id, f"training job {made}: {row.architecture}, preset {row.preset}")
    return made


def _create(job_id: int, label_set_id: int) -> int:
    """Go on from the champion; from scratch, with the reason in the report, where that cannot be."""
    database, job = current().database, job_of(job_id)
    champion = registry.champion(database)
    wish = _wish(job.params, champion)
    try:
        return training.create_job(database, label_set_id, **wish, created_by=job.created_by)
    except Refused as error:
        if wish["warm_start"] is None:
            raise
        jobs.set_part(database, job_id, "train", {"remark": f"Trained from scratch: {error}"})
        note(job_id, f"from scratch: {error}")
        scratch = wish | {"architecture": FROM_SCRATCH, "preset": "quick", "warm_start": None}
        return training.create_job(database, label_set_id, **scratch, created_by=job.created_by)


def _wish(params: Any, champion: ModelVersion) -> dict[str, Any]:
    """What to train: what was asked for, and the champion as the start where nothing else was."""
    warm = champion.checkpoint_path is not None and not params.get("from_scratch")
    return {
        "architecture": params.get("architecture") or (champion.architecture if warm else FROM_SCRATCH),
        "preset": params.get("preset") or ("tune" if warm else "quick"),
        "settings": dict(params.get("settings") or {}),
        "warm_start": champion.id if warm else None,
    }


@step(name="tonight.wait_for_training")
def wait_for_training(job_id: int, training_id: int) -> tuple[int, int]:
    """Follow the training to its end; returns the new version and the champion of the evening.

    Raises:
        Refused: it failed or was cancelled.
    """
    database = current().database
    while True:
        row = training.get_job(database, training_id)
        progress_of(job_id, FROZEN, TRAINED, f"training: {row.message or 'waiting for its turn'}")(
            round(1000 * row.progress), 1000
        )
        if row.state == "done":
            break
        if row.state in ("failed", "cancelled"):
            why = row.message if row.state == "failed" else "it was cancelled"
            raise Refused(f"The training (job {training_id}) came to nothing: {why}")
        time.sleep(POLL_SECONDS)
    version = registry.get_version(database, row.model_version_id)
    note(job_id, f"trained {version.name}")
    Stopwatch(job_id, "train").stop(version_id=version.id, version=version.name)
    return version.id, job_of(job_id).part("train")["champion_id"]


@step(name="tonight.report")
def report(job_id: int, found: dict[str, Any]) -> None:
    """Write the morning report, and end."""
    context = current()
    advice = recommend(found["paired"], found["role"], found["first"], found["second"])
    jobs.set_part(context.database, job_id, "advice", {"promote": advice.promote, "sentence": advice.sentence})
    job = job_of(job_id)
    titles = library.ready_videos(context.database, job.study_id)
    write_report(jobs.folder(context.settings.data_dir, job_id) / "report.html", job, titles, datetime.now(UTC))
    jobs.finish(context.database, job_id, {"report": "report.html", "promote": advice.promote})
    note(job_id, f"done: {advice.sentence}")
    keep(jobs.folder(context.settings.data_dir, job_id))
