"""The workers of this installation: where they run, what they do, and who has gone silent. Part of the jobs page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from db.session import Database
from webapp import state, wording
from webapp.services.workers import list_workers
from webapp.values.work import WorkerInfo

KIND_NAMES = {"import": "importing", "spotting": "spotting", "training": "training", "job": "long jobs"}
STATES = {"working": "at work", "silent": "silent: its work was taken over", "ended": "stopped"}


def workers_part(database: Database) -> None:
    """Draw the table, and a warning for work that no worker does."""
    infos = list_workers(database)
    if not infos:
        st.info("No worker has signed on yet; the one beside the page takes seconds.", icon=":material/hourglass:")
        return
    at = datetime.now(UTC)
    working = [info for info in infos if _state(info, at) == STATES["working"]]
    missing = [name for kind, name in KIND_NAMES.items() if not any(kind in info.kinds for info in working)]
    if missing:
        st.warning(
            f"No worker does {' or '.join(missing)}, so such work waits: start one with `python -m webapp.worker`.",
            icon=":material/warning:",
        )
    st.dataframe([_line(info, at) for info in infos], hide_index=True, width="stretch", key="workers")


def _state(info: WorkerInfo, at: datetime) -> str:
    """As in the row, unless the row has not moved: a worker alone has nobody who declares it silent."""
    silent = info.state == "working" and at - info.seen_at > 2 * timedelta(seconds=state.settings().silent_seconds)
    return "no sign of life" if silent else STATES[info.state]


def _line(info: WorkerInfo, at: datetime) -> dict[str, str]:
    return {
        "Worker": info.name,
        "State": _state(info, at),
        "Last sign of life": wording.ago(info.seen_at, at),
        "Machine": f"{info.host}, process {info.pid}",
        "Does": ", ".join(KIND_NAMES.get(kind, kind) for kind in info.kinds),
        "Networks run on": f"{info.device}, {wording.count(info.cores, 'core')}",
        "Version": info.version,
    }
