"""The workflow of a job: which work belongs to which kind, and how it ends."""

from __future__ import annotations

from collections.abc import Callable

from dbos import DBOS

from webapp.jobs.benchmark import benchmark
from webapp.jobs.clips import clips
from webapp.jobs.context import MOST_RECOVERIES, outcome
from webapp.jobs.job_steps import begin, cancelled, fail
from webapp.jobs.loso_on_labels import loso
from webapp.jobs.seeded_recall import seeded_recall
from webapp.jobs.spot_many import spot_library
from webapp.jobs.tonight import tonight
from webapp.jobs.versions_compared import compare
from webapp.values import jobs as kinds

WORK: dict[str, Callable[[int], None]] = {
    kinds.SPOT_LIBRARY: spot_library,
    kinds.LOSO: loso,
    kinds.COMPARE: compare,
    kinds.SEEDED_RECALL: seeded_recall,
    kinds.TONIGHT: tonight,
    kinds.BENCHMARK: benchmark,
    kinds.CLIPS: clips,
}


@DBOS.workflow(name="run_job", max_recovery_attempts=MOST_RECOVERIES)
def run_job(job_id: int) -> None:
    """Carry out a job."""
    with outcome(f"job {job_id}", lambda message: fail(job_id, message), lambda: cancelled(job_id)):
        WORK[begin(job_id)](job_id)
