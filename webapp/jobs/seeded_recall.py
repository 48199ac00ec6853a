"""Seeded recall of a model version on a video of the library: a ladder that the page Seeded recall shows afterwards.

The ladder's folder keeps every finished rendering and answer, so a repetition goes on where it was.
"""

from __future__ import annotations

from typing import Any

from spotcore.errors import InvalidSettings
from spotcore.seeded_recall import LadderSettings, count_found
from spotcore.seeded_result import write_result
from spotcore.seeded_run import LadderRun
from webapp.jobs.context import current, step
from webapp.jobs.job_folder import keep, take
from webapp.jobs.job_steps import Stopwatch, job_of, note, progress_of
from webapp.jobs.spot_video import model_of
from webapp.services import jobs, library, registry
from webapp.services.blindness import LADDERS

# Share of the progress bar until the plan stands.
PLANNED = 0.2


def seeded_recall(job_id: int) -> None:
    """The work of a job "seeded_recall"."""
    finish(job_id, measure(job_id))


@step(name="seeded_recall.measure")
def measure(job_id: int) -> dict[str, Any]:
    """Plan, render, spot and count; returns what the row keeps."""
    context, params = current(), job_of(job_id).params
    video = library.get_video(context.database, params["videos"][0]) if params["videos"] else None
    if video is None:
        raise InvalidSettings("The video of this ladder was erased.")
    jobs.look_at(context.database, job_id, [video.id])
    version = registry.get_version(context.database, params["version_id"])
    settings = LadderSettings(type=params["type"], events=params["events"], seed=params.get("seed", 0))
    note(job_id, f"ladder of {settings.events} {settings.type} events in {video.title}, asked: {version.name}")
    watch, name = Stopwatch(job_id, "ladder"), f"job-{job_id}"
    out = context.settings.data_dir / LADDERS / name
    take(out)
    out.mkdir(parents=True, exist_ok=True)
    model = model_of(version)
    run = LadderRun(context.settings.located(video.path), model, out, params["false_alarms"], video.rate)
    plan = run.plan(settings, progress_of(job_id, 0.0, PLANNED, "planning away from what is there"))
    note(job_id, f"{sum(map(len, plan.passes))} events in {len(plan.passes)} passes over the footage")
    answers = run.answers(plan, progress_of(job_id, PLANNED, 1.0, "rendering and spotting"))
    result = count_found(plan, answers)
    write_result(
        out, plan, answers, result, model=version.name, version=model.version, false_alarms=params["false_alarms"]
    )
    keep(out)
    watch.stop()
    return {"ladder": name, "sentence": result.sentence, "rates": result.as_dict()["rates"]}


@step(name="seeded_recall.finish")
def finish(job_id: int, found: dict[str, Any]) -> None:
    """The job is done."""
    jobs.finish(current().database, job_id, found)
    note(job_id, found["sentence"])
    keep(jobs.folder(current().settings.data_dir, job_id))
