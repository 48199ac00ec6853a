"""What the durable queue remembers about rows: finding it by name or by what it holds, and forgetting it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from db.queue_rows import naming
from webapp import queueing
from webapp.settings import Settings

OVER = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
AT_ONCE = 500


Work = tuple[str, int | str]


def forget(
    settings: Settings, work: Iterable[tuple[str, int]], words: Sequence[str] = (),
    spared: Callable[[Collection[Work]], Collection[Work]] = lambda work: (),
) -> bool:  # fmt: skip
    """Remove all memory of these rows' work, and of whatever else names one of the words.

    Args:
        work: (kind, row id).
        spared: which of some work is left alone although it has one of the words, because the word means another.

    Returns:
        False where work that names somebody still runs: it is left alone until it is over.
    """
    client = queueing._client(settings.dbos_url)
    names = [
        row.workflow_id
        for kind, number in work
        for row in client.list_workflows(
            workflow_id_prefix=f"{kind}-{number}-", load_input=False, load_output=False
        )
    ]
    mentioned = naming(settings.dbos_url, words) - set(names)
    owners = {name: owner_of(name) for name in mentioned}
    left_alone = set(spared(set(owners.values())))
    mentioned = {name for name, owner in owners.items() if owner not in left_alone}
    over = [
        row.workflow_id
        for row in client.list_workflows(workflow_ids=sorted(mentioned), load_input=False, load_output=False)
        if row.status in OVER
    ] if mentioned else []  # fmt: skip
    _delete(settings, [*names, *over])
    return len(over) == len(mentioned)


def owner_of(name: str) -> Work:
    """The row of work by its name.

    >>> owner_of("spotting-12-1a2b3c4d")
    ('spotting', 12)
    """
    kind, _, rest = name.partition("-")
    number = rest.rpartition("-")[0]
    return kind, int(number) if number.isdigit() else number


def forget_finished(settings: Settings, before: datetime) -> int:
    """Remove the memory of work that ended and was asked for before a moment; returns how much there was."""
    rows = queueing._client(settings.dbos_url).list_workflows(
        status=list(OVER), end_time=before.isoformat(), load_input=False, load_output=False
    )
    _delete(settings, [row.workflow_id for row in rows])
    return len(rows)


def _delete(settings: Settings, names: Sequence[str]) -> None:
    for begin in range(0, len(names), AT_ONCE):
        queueing._client(settings.dbos_url).delete_workflows(list(names[begin : begin + AT_ONCE]))
