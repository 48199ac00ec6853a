"""A benchmark as its owners ship it becomes a study: folders registered where they lie, then the sheet's labels.

The study and the annotator that stands for the sheet are made with the job (`services.benchmarks`). Imports are work of
their own; this job waits for them, adds what the sheet says of the videos that could be imported, and reports every
repair that the reader had to make.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from spotcore.corpora import casme2_sq, samm_long
from spotcore.corpora.corpus import Corpus
from webapp import registration
from webapp.jobs.context import current, step
from webapp.jobs.job_steps import job_of, note, progress_of
from webapp.services import benchmarks, jobs
from webapp.services.errors import ServiceError

POLL_SECONDS = 1.0
REGISTERED, IMPORTED = 0.2, 0.95


def benchmark(job_id: int) -> None:
    """The work of a job "benchmark"."""
    videos = register(job_id)
    wait(job_id, videos)
    finish(job_id, label(job_id, videos))


def corpus_of(job_id: int) -> Corpus:
    """Sheet and folders, read anew: a repetition finds the same."""
    params = job_of(job_id).params
    root = registration.inside_roots(current().settings, Path(params["root"]))
    if params["corpus"] == "samm_long":
        return samm_long.read(root)
    return casme2_sq.read(root, missing_offset=params["missing_offset"])


@step(name="benchmark.register")
def register(job_id: int) -> dict[str, int]:
    """Register every folder that the reader found; returns the corpus's name of each -> id of the video."""
    context, job = current(), job_of(job_id)
    corpus = corpus_of(job_id)
    counts = ", ".join(f"{number} {kind}" for kind, number in corpus.counts().items())
    note(job_id, f"{corpus.name}: {len(corpus.videos)} videos of {len(corpus.subjects)} subjects, {counts}")
    for sentence in corpus.notes:
        note(job_id, f"the sheet: {sentence}")
    heard, found = progress_of(job_id, 0.0, REGISTERED, "registering the folders"), {}
    for number, video in enumerate(corpus.videos):
        heard(number, len(corpus.videos))
        if video.folder is None:
            continue
        try:
            found[video.id] = registration.register(
                context.settings, context.database, video.folder.resolve(), title=video.id, study_id=job.study_id,
                subject=video.subject, rate=video.fps, added_by=job.created_by,
            )  # fmt: skip
        except ServiceError as error:
            note(job_id, f"{video.id} is left out: {error}")
    if not found:
        raise benchmarks.nothing_found(job.params["root"])
    jobs.look_at(context.database, job_id, found.values())
    return found


@step(name="benchmark.wait")
def wait(job_id: int, videos: dict[str, int]) -> None:
    """Until every import is over, telling how many are."""
    heard = progress_of(job_id, REGISTERED, IMPORTED, f"importing {len(videos)} videos")
    while True:
        over = benchmarks.imports_over(current().database, list(videos.values()))
        if over >= len(videos):
            return
        heard(over, len(videos))
        time.sleep(POLL_SECONDS)


@step(name="benchmark.label")
def label(job_id: int, videos: dict[str, int]) -> dict[str, Any]:
    """Add the labels of the sheet and mark its videos as reviewed; again it adds nothing."""
    job, corpus = job_of(job_id), corpus_of(job_id)
    events = {video.id: video.events for video in corpus.videos}
    made = benchmarks.add_sheet(current().database, job.study_id, job.params["corpus"], videos, events)
    return made | {"sheet": list(corpus.notes), "registered": len(videos)}


@step(name="benchmark.finish")
def finish(job_id: int, made: dict[str, Any]) -> None:
    """The study is there."""
    jobs.finish(current().database, job_id, made)
    note(job_id, f"{made['labels']} labels in {made['videos']} videos")
