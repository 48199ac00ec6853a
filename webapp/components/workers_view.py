"""The workers of this installation: where they run, what they do, and who has gone silent. Part of the jobs page."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from db.session import Database
from webapp import wording
from webapp.services.workers import list_workers
from webapp.values.work import WorkerInfo

KIND_NAMES = {"import": "importing", "spotting": "spotting", "training": "training", "job": "long jobs"}
STATES = {"working": "at work", "silent": "silent: its work was taken over", "ended": "stopped"}


def workers_part(database: Database) -> None:
    """Draw the table, and a warning for work that no worker does."""
    infos = list_workers(database)
    working = [info for info in infos if info.state == "working"]
    missing = [name for kind, name in KIND_NAMES.items() if not any(kind in info.kinds for info in working)]
    if missing:
        st.warning(
            f"No worker does {' or '.join(missing)}, so such work waits: start one with `python -m webapp.worker`.",
            icon=":material/warning:",
        )
    if infos:
        st.dataframe([_line(info) for info in infos], hide_index=True, width="stretch", key="workers")


def _line(info: WorkerInfo) -> dict[str, str]:
    return {
        "Worker": info.name,
        "State": STATES[info.state],
        "Last sign of life": wording.ago(info.seen_at, datetime.now(UTC)),
        "Machine": f"{info.host}, process {info.pid}",
        "Does": ", ".join(KIND_NAMES.get(kind, kind) for kind in info.kinds),
        "Networks run on": f"{info.device}, {wording.count(info.cores, 'core')}",
        "Version": info.version,
    }
