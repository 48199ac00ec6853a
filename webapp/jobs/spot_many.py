"""Spotting many videos with one model version: a run per video through the queue of spotting, then waiting for all.

Each part is a step; they are shared by all kinds of jobs that need proposals of a version.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from spotcore.decoding import REVIEW_FALSE_ALARMS
from webapp import queueing
from webapp.jobs.context import current, step
from webapp.jobs.job_folder import keep
from webapp.jobs.job_steps import Stopwatch, job_of, note, progress_of
from webapp.services import job_runs, jobs, library, registry
from webapp.services.errors import Refused, ServiceError

# Behind the videos that somebody waits for.
LIBRARY_PRIORITY = 20
POLL_SECONDS = 0.5


def spot_library(job_id: int) -> None:
    """The work of a job "spot_library"."""
    asked = wish(job_id)
    spotted = spot_many(
        job_id, asked["version_id"], 0.0, 1.0, again=asked["again"], among=asked["videos"],
        false_alarms=asked["false_alarms"],
    )  # fmt: skip
    finish(job_id, spotted)


def spot_many(
    job_id: int, version_id: int, first: float, last: float, *, again: bool = False,
    among: list[int] | None = None, false_alarms: float = REVIEW_FALSE_ALARMS, part: str = "spot",
) -> dict[str, Any]:  # fmt: skip
    """Have videos spotted and wait until all are over; returns the counts as `summary` gives them.

    Args:
        first, last: the part of the job's progress that this is.
        again: also videos that the version has spotted before.
        among: only these videos; None for the whole study.
        false_alarms: a minute, at which proposals are made.
    """
    videos = choose(job_id, version_id, again, among, part)
    ask(job_id, version_id, videos, false_alarms)
    wait(job_id, version_id, first, last)
    return summary(job_id, version_id, part)


@step(name="spot_library.wish")
def wish(job_id: int) -> dict[str, Any]:
    """What the job asks for, checked.

    Raises:
        NotFound: there is no such model version (any more).
    """
    params = job_of(job_id).params
    version = registry.get_version(current().database, params["version_id"])
    note(job_id, f"spotting with {version.name}")
    return {
        "version_id": version.id,
        "again": bool(params.get("again")),
        "videos": params.get("videos"),
        "false_alarms": float(params.get("false_alarms", REVIEW_FALSE_ALARMS)),
    }


@step(name="spot_library.choose")
def choose(job_id: int, version_id: int, again: bool, among: Collection[int] | None, part: str) -> list[int]:
    """The videos to spot; they are the job's from now on."""
    database = current().database
    Stopwatch(job_id, part)
    found = job_runs.videos_to_spot(
        database, job_of(job_id).study_id, version_id, again=again, among=None if among is None else set(among)
    )
    jobs.look_at(database, job_id, found)
    note(job_id, f"{len(found)} videos to spot")
    return list(found)


@step(name="spot_library.ask")
def ask(job_id: int, version_id: int, videos: list[int], false_alarms: float) -> None:
    """Put a run of every video into the queue; a video that is gone meanwhile is left out and said so."""
    context = current()
    heard = progress_of(job_id, 0.0, 0.0, f"asking for {len(videos)} videos")
    for number, video_id in enumerate(videos):
        heard(number, len(videos))
        try:
            run_id = job_runs.start_run(context.database, job_id, video_id, version_id, false_alarms)
        except ServiceError as error:
            note(job_id, f"video {video_id} is left out: {error}")
            continue
        if run_id is not None:
            queueing.enqueue_spotting(run_id, context.settings, LIBRARY_PRIORITY)


@step(name="spot_library.wait")
def wait(job_id: int, version_id: int, first: float, last: float) -> None:
    """Wait until every run is over, telling how many are."""
    database, over = current().database, -1
    while True:
        counts = job_runs.counts(database, job_id, version_id)
        failed = f", {counts.failed} failed" if counts.failed else ""
        message = f"spotting: {counts.over} of {counts.total} videos{failed}"
        progress_of(job_id, first, last, message)(counts.over, counts.total)
        if counts.over != over:
            over = counts.over
            note(job_id, message)
        if counts.waiting == 0:
            return
        time.sleep(POLL_SECONDS)


@step(name="spot_library.summary")
def summary(job_id: int, version_id: int, part: str) -> dict[str, Any]:
    """How many were spotted, and which failed for what reason; also kept as a part of the job's result."""
    database = current().database
    counts = job_runs.counts(database, job_id, version_id)
    failed = [asdict(one) for one in job_runs.failed_runs(database, job_id, version_id)]
    for one in failed:
        note(job_id, f"failed: {library.get_video(database, one['video_id']).title}: {one['reason']}")
    spotted = {"version_id": version_id, "done": counts.done, "cancelled": counts.cancelled, "failed": failed}
    Stopwatch(job_id, part).stop(**spotted)
    return spotted


@step(name="spot_library.finish")
def finish(job_id: int, spotted: dict[str, Any]) -> None:
    """The job is done where anything was spotted or there was nothing to do.

    Raises:
        Refused: every single video failed, which is a failure of the job.
    """
    if spotted["failed"] and not spotted["done"]:
        first = spotted["failed"][0]["reason"]
        raise Refused(f"Not one of {len(spotted['failed'])} videos could be spotted. The first said: {first}")
    jobs.finish(current().database, job_id, spotted)
    note(job_id, "done")
    keep(jobs.folder(current().settings.data_dir, job_id))
