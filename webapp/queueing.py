"""Ask the workers for long work, take a request back, look at the queues. Nothing runs here.

Work is named after its row ("spotting-12"), so asking twice for the same row while it waits or runs asks once. Knows
neither torch nor streamlit nor Glint's own tables: whoever cancels also sets the row's state, through its service.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from dbos import DBOS, DBOSClient, WorkflowStatus

from webapp.settings import Settings
from webapp.values.work import Work

IMPORTING, SPOTTING, TRAINING, JOBS = "import", "spotting", "training", "job"
# How much of each kind one worker does at once. Training has a queue of its own, so that it never stands before
# somebody's video, and runs alone. Jobs mostly wait, for work of the other queues (never for another job) or for their
# turn to learn (`jobs.learning`): with one at a time a day of folds would stand before everything else.
CONCURRENCY = {IMPORTING: 1, SPOTTING: 1, TRAINING: 1, JOBS: 4}
KINDS = tuple(CONCURRENCY)
# One constant instead of a hash of the code: work that an older Glint began is finished by a newer one. Steps are
# therefore only ever added at the end of a workflow or under a new workflow name.
APPLICATION = "glint"
APPLICATION_VERSION = "1"
GIVEN_UP = "MAX_RECOVERY_ATTEMPTS_EXCEEDED"
_UNFINISHED = ["ENQUEUED", "PENDING", "DELAYED"]


def prepare(settings: Settings) -> None:
    """Create or update the tables of the durable jobs; the launcher does this before anybody can enqueue."""
    settings.prepare()
    DBOS.migrate(settings.dbos_url)


def enqueue_import(video_id: int, settings: Settings | None = None, priority: int = 1) -> str:
    """Have a registered video read, checked and then spotted; returns the name of the work."""
    return _enqueue(IMPORTING, "import_video", video_id, settings, priority)


def enqueue_spotting(run_id: int, settings: Settings | None = None, priority: int = 10) -> str:
    """Have a spotting run carried out; a smaller priority comes first."""
    return _enqueue(SPOTTING, "spot_video", run_id, settings, priority)


def enqueue_training(job_id: int, settings: Settings | None = None) -> str:
    """Have a training job carried out, one at a time."""
    return _enqueue(TRAINING, "train_model", job_id, settings, 10)


def enqueue_job(job_id: int, settings: Settings | None = None, priority: int = 10) -> str:
    """Have a job of the table of jobs carried out."""
    return _enqueue(JOBS, "run_job", job_id, settings, priority)


def enqueue_example(study_id: int, annotator_id: int, settings: Settings | None = None) -> str:
    """Have the example clip rendered and registered in a study like any other video, once at a time."""
    return _enqueue(IMPORTING, "load_example", example_row(study_id, annotator_id), settings, 1)


def example_row(study_id: int, annotator_id: int) -> str:
    """What stands in the place of a row's id for the example that somebody asked for."""
    return f"example.{study_id}.{annotator_id}"


def cancel(kind: str, row_id: int, settings: Settings | None = None) -> int:
    """Take back the unfinished work of a row; running steps notice within seconds. Returns how much was taken back.

    Args:
        kind: one of `KINDS`.
        row_id: id of the video, run, training job or job.
    """
    client = _client((settings or Settings.from_environment()).dbos_url)
    found = unfinished(kind, row_id, settings)
    for name in found:
        client.cancel_workflow(name)
    return len(found)


def set_priority(kind: str, row_id: int | str, priority: int, settings: Settings | None = None) -> bool:
    """Let waiting work of a row come earlier (smaller) or later; False where it runs already or is over.

    DBOS has no call for this; taking work back and asking again could stop what a worker begins at that moment.
    """
    settings = settings or Settings.from_environment()
    store = _client(settings.dbos_url)._sys_db
    table = store.tables.workflow_status
    names = unfinished(kind, row_id, settings)
    change = table.update().where(table.c.workflow_uuid.in_(names), table.c.status == "ENQUEUED")
    with store.engine.begin() as connection:
        return connection.execute(change.values(priority=priority)).rowcount > 0


def unfinished(kind: str, row_id: int | str, settings: Settings | None = None) -> list[str]:
    """Names of the waiting or running work of a row."""
    client = _client((settings or Settings.from_environment()).dbos_url)
    rows = client.list_workflows(
        workflow_id_prefix=f"{kind}-{row_id}-", status=_UNFINISHED, load_input=False, load_output=False
    )
    return [row.workflow_id for row in rows]


def gave_up(kind: str, row_id: int, settings: Settings) -> bool:
    """Whether the newest work of a row ended in an error of its own, such as crashing the worker again and again."""
    rows = _client(settings.dbos_url).list_workflows(
        workflow_id_prefix=f"{kind}-{row_id}-", sort_desc=True, limit=1, load_input=False, load_output=False
    )
    return bool(rows) and rows[0].status in ("ERROR", GIVEN_UP)


def is_cancelled(name: str, settings: Settings) -> bool:
    """Whether the work of that name was taken back; running steps ask now and then.

    Raises:
        sqlalchemy.exc.OperationalError: the database is away; everything else here waits for it instead.
    """
    client = _client(settings.dbos_url, waits=False)
    rows = client.list_workflows(workflow_ids=[name], load_input=False, load_output=False)
    return bool(rows) and rows[0].status == "CANCELLED"


def list_work(settings: Settings, limit: int = 500) -> tuple[Work, ...]:
    """Unfinished work, at most `limit`: what runs, then what waits in the order in which it will be begun."""
    rows = _client(settings.dbos_url).list_workflows(
        status=_UNFINISHED, queue_name=list(KINDS), limit=limit, load_input=False, load_output=False
    )
    works = [_work(row) for row in rows]
    return tuple(sorted(works, key=lambda work: (work.state != "running", work.priority, work.asked_at)))


def rows_with_work(settings: Settings) -> frozenset[tuple[str, int | str]]:
    """(kind, row id) of everything that waits or runs."""
    rows = _client(settings.dbos_url).list_workflows(
        status=_UNFINISHED, queue_name=list(KINDS), load_input=False, load_output=False
    )
    return frozenset((work.kind, work.row_id) for work in map(_work, rows))


def held_by(settings: Settings, worker: str | None = None) -> tuple[Work, ...]:
    """Work that began and has not ended, of one worker or of all; whether they are still there is another question."""
    rows = _client(settings.dbos_url).list_workflows(
        status="PENDING", executor_id=worker, queue_name=list(KINDS), load_input=False, load_output=False
    )
    return tuple(_work(row) for row in rows)


def resume(settings: Settings, works: Sequence[Work]) -> None:
    """Put begun work back into its queue: it goes on at its next step, and who had it cannot finish it any more."""
    for work in works:
        _client(settings.dbos_url).resume_workflow(work.name, queue_name=work.kind)


def give_up(settings: Settings, works: Sequence[Work]) -> None:
    """End begun work as DBOS does after too many attempts (`gave_up`); its own count begins anew at every takeover."""
    store = _client(settings.dbos_url)._sys_db
    table = store.tables.workflow_status
    names = [work.name for work in works]
    change = table.update().where(table.c.workflow_uuid.in_(names), table.c.status == "PENDING")
    with store.engine.begin() as connection:
        connection.execute(change.values(status=GIVEN_UP, deduplication_id=None, queue_name=None))


def _work(row: WorkflowStatus) -> Work:
    # "spotting-12-1a2b3c4d": the kind is the name of its queue.
    number = row.workflow_id.removeprefix(f"{row.queue_name}-").rpartition("-")[0]
    running = row.status == "PENDING"
    return Work(
        kind=row.queue_name,
        row_id=int(number) if number.isdigit() else number,
        name=row.workflow_id,
        state="running" if running else "waiting",
        worker=(row.executor_id or "") if running else "",
        priority=row.priority or 0,
        asked_at=_moment(row.created_at),
        began_at=_moment(row.dequeued_at) if running and row.dequeued_at else None,
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _enqueue(kind: str, workflow: str, row_id: int | str, settings: Settings | None, priority: int) -> str:
    settings = settings or Settings.from_environment()
    there = unfinished(kind, row_id, settings)
    if there:  # work that was taken over has lost its deduplication id, so it is looked for by its name
        return there[0]
    handle = _client(settings.dbos_url).enqueue(
        {
            "workflow_name": workflow,
            "queue_name": kind,
            "workflow_id": f"{kind}-{row_id}-{uuid.uuid4().hex[:8]}",
            "deduplication_id": f"{kind}-{row_id}",
            "duplication_policy": "return-existing",
            "priority": priority,
            "application_name": APPLICATION,
        },
        row_id,
    )
    return handle.workflow_id


@functools.lru_cache(maxsize=8)
def _client(url: str, waits: bool = True) -> DBOSClient:
    """One connection per process and database; the tables must be there (`prepare`).

    `waits`: for a database that is away; otherwise the call fails at once.
    """
    return DBOSClient(system_database_url=url, application_name=APPLICATION, retry_connection_errors=waits)
