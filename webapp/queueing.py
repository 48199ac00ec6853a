"""Ask the worker for long work, and take a request back. Pages, routes and jobs call this; nothing runs here.

Work is named after its row ("spotting-12"), so asking twice for the same row while it waits or runs asks once. Knows
neither torch nor streamlit nor Glint's own tables: whoever cancels also sets the row's state, through its service.
"""

from __future__ import annotations

import functools
import uuid

from dbos import DBOS, DBOSClient

from webapp.settings import Settings

IMPORTING, SPOTTING, TRAINING = "import", "spotting", "training"
# Training has a queue of its own, so that it never stands before somebody's video.
CONCURRENCY = {IMPORTING: 1, SPOTTING: 1, TRAINING: 1}
# One constant instead of a hash of the code: work that an older Glint began is finished by a newer one. Steps are
# therefore only ever added at the end of a workflow or under a new workflow name.
APPLICATION = "glint"
APPLICATION_VERSION = "1"
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


def enqueue_example(settings: Settings | None = None) -> str:
    """Have the example clip rendered and registered like any other video."""
    return _enqueue(IMPORTING, "load_example", "example", settings, 1)


def cancel(kind: str, row_id: int, settings: Settings | None = None) -> int:
    """Take back the unfinished work of a row; running steps notice within seconds. Returns how much was taken back.

    Args:
        kind: "import", "spotting" or "training".
        row_id: id of the video, run or training job.
    """
    client = _client((settings or Settings.from_environment()).dbos_url)
    found = unfinished(kind, row_id, settings)
    for name in found:
        client.cancel_workflow(name)
    return len(found)


def unfinished(kind: str, row_id: int, settings: Settings | None = None) -> list[str]:
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
    return bool(rows) and rows[0].status in ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


def is_cancelled(name: str, settings: Settings) -> bool:
    """Whether the work of that name was taken back; running steps ask now and then."""
    rows = _client(settings.dbos_url).list_workflows(workflow_ids=[name], load_input=False, load_output=False)
    return bool(rows) and rows[0].status == "CANCELLED"


def _enqueue(kind: str, workflow: str, row_id: int | str, settings: Settings | None, priority: int) -> str:
    client = _client((settings or Settings.from_environment()).dbos_url)
    handle = client.enqueue(
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


@functools.lru_cache(maxsize=4)
def _client(url: str) -> DBOSClient:
    """One connection per process and database; the tables must be there (`prepare`)."""
    return DBOSClient(system_database_url=url, application_name=APPLICATION)
