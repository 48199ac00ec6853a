"""`python -m webapp.worker`: the process that carries out imports, spotting and training as durable workflows.

It is built to be killed: every workflow goes on at its last finished step when a worker of the same name starts
again, so stopping needs no ceremony. What the work consists of stands in `jobs`.
"""

from __future__ import annotations

import argparse
import fcntl
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

from db.session import Database
from webapp import queueing
from webapp.settings import Settings

log = logging.getLogger(__name__)

NICENESS = 5
LOCK_SECONDS = 60.0
RECONCILE_SECONDS = 5.0


def main(arguments: list[str] | None = None) -> int:
    """Work until told to stop; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m webapp.worker", description=__doc__.splitlines()[0])
    parser.add_argument("--name", help="stable name of this worker (default: GLINT_WORKER or worker-1)")
    parser.add_argument("--with-parent", action="store_true", help="stop as soon as standard input is closed")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="worker: %(levelname)s %(name)s: %(message)s")
    settings = Settings.from_environment()
    settings.prepare()
    name = options.name or settings.worker_name

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if options.with_parent:
        threading.Thread(target=_watch_parent, name="parent", daemon=True).start()
    lock = _only_one(settings.data_dir / f"{name}.lock", stop)
    if lock is None:
        return 0 if stop.is_set() else 1
    leave_room()
    database = Database(settings.database_url)
    start(settings, database, name)
    print(f"worker {name} is ready", flush=True)
    from webapp.jobs.reconcile import reconcile

    while not stop.wait(RECONCILE_SECONDS):
        try:
            reconcile(settings, database)
        except Exception:
            log.exception("comparing rows with the work in the queues failed; it is tried again")
    sys.stdout.flush()
    # Not destroy(): that waits for steps of minutes. Leaving at once is what a power cut does, and is just as safe.
    os._exit(0)


def start(settings: Settings, database: Database, name: str) -> None:
    """Register the workflows and begin to work in threads of this process."""
    from dbos import DBOS

    from webapp.jobs import context

    context.serve(settings, database)
    from webapp.jobs import import_video, load_example, spot_video, train_model  # noqa: F401  (registers the workflows)

    DBOS(
        config={
            "name": queueing.APPLICATION,
            "system_database_url": settings.dbos_url,
            "application_version": queueing.APPLICATION_VERSION,
            "executor_id": name,
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": 1.0,
        }
    )
    logging.getLogger("dbos").addFilter(_without_cancellations)
    DBOS.launch()
    for queue, concurrency in queueing.CONCURRENCY.items():
        DBOS.register_queue(
            queue, worker_concurrency=concurrency, polling_interval_sec=0.25, on_conflict="always_update"
        )


def _without_cancellations(record: logging.LogRecord) -> bool:
    """Drop DBOS's traces about workflows that people took back: they are no errors."""
    error = record.exc_info[1] if record.exc_info else None
    return "Cancelled" not in type(error).__name__ and "no longer owned by this execution" not in record.getMessage()


def leave_room() -> None:
    """Let the page go first, and use the cores once: networks, OpenCV and decoders would each take all of them."""
    os.nice(NICENESS)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, str(cores))


def _watch_parent() -> None:
    """End with the launcher, however it ended: its end of the pipe closes when it does."""
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def _only_one(path: Path, stop: threading.Event) -> object | None:
    """Hold the lock of a worker's name: two workers of one name would carry out the same work twice.

    Waits for a predecessor that is just ending; None where it does not end, or on being told to stop.
    """
    file = path.open("a")
    deadline = time.monotonic() + LOCK_SECONDS
    while not stop.is_set():
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.truncate(0)
            file.write(str(os.getpid()))  # for people who wonder which process it is
            file.flush()
            return file
        except BlockingIOError:
            if time.monotonic() > deadline:
                log.error("another worker named %s is running on this data folder; give this one --name", path.stem)
                return None
            stop.wait(0.2)
    return None


if __name__ == "__main__":
    sys.exit(main())
