"""`python -m webapp.worker`: the process that carries out imports, spotting and training as durable workflows.

It is built to be killed: every workflow goes on at its last finished step when a worker of the same name starts
again, or when another one notices that it is gone, so stopping needs no ceremony. What the work consists of stands in
`jobs`, signs of life in `presence`.
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
from collections.abc import Callable
from pathlib import Path

from db.schema import migrate
from db.worker_database import IDLE_SECONDS, PatientDatabase, WorkerDatabase, connection_lost
from spotcore.errors import SpotcoreError
from webapp import presence, queueing
from webapp.presence import Presence
from webapp.services import workers
from webapp.services.errors import ServiceError
from webapp.settings import Settings

log = logging.getLogger(__name__)

NICENESS = 5
LOCK_SECONDS = 60.0
LOOK_SECONDS = 5.0


def main(arguments: list[str] | None = None) -> int:
    """Work until told to stop; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    logging.basicConfig(level=logging.INFO, format="worker: %(levelname)s %(name)s: %(message)s")
    settings = Settings.from_environment()
    options = read_arguments(arguments, settings.kinds)
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
    try:
        signs = start(settings, name, options.kinds, stop, lambda: _begin_anew(arguments))
    except (ServiceError, SpotcoreError) as error:
        print(f"The worker did not start: {error}", file=sys.stderr)
        return 1
    if stop.is_set():
        return 0
    print(f"worker {name} is ready", flush=True)
    _look_around(settings, name, stop)
    signs.stop()
    sys.stdout.flush()
    # Not destroy(): that waits for steps of minutes. Leaving at once is what a power cut does, and is just as safe.
    os._exit(0)


def read_arguments(arguments: list[str], kinds: str = "") -> argparse.Namespace:
    """What was typed: `name`, `kinds` (a tuple; `kinds` where none were typed) and `with_parent`."""
    parser = argparse.ArgumentParser(prog="python -m webapp.worker", description=__doc__.splitlines()[0])
    parser.add_argument("--name", help="name of this worker, unique among all machines (default: GLINT_WORKER)")
    parser.add_argument(
        "--kinds", type=_kinds, default=kinds or ",".join(queueing.KINDS),
        help=f"what it does, separated by commas (default: GLINT_KINDS, or all: {','.join(queueing.KINDS)})",
    )  # fmt: skip
    parser.add_argument("--with-parent", action="store_true", help="stop as soon as standard input is closed")
    return parser.parse_args(arguments)


def _kinds(text: str) -> tuple[str, ...]:
    wanted = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in wanted if word not in queueing.KINDS]
    if unknown or not wanted:
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(queueing.KINDS)}, got {text!r}")
    return tuple(kind for kind in queueing.KINDS if kind in wanted)


def start(
    settings: Settings, name: str, kinds: tuple[str, ...], stop: threading.Event, superseded: Callable[[], object]
) -> Presence:
    """Sign on, register the workflows and begin to work in threads of this process.

    Raises:
        Refused: the name is at work elsewhere, or the data folder is not the others'.
    """
    from dbos import DBOS

    from spotcore.device import describe_device
    from webapp.jobs import context, import_video, load_example, run_job, spot_video, train_model  # noqa: F401  (workflows)

    card = presence.make_card(settings, name, kinds, describe_device(settings.device))
    plain = PatientDatabase(settings.database_url)
    database = WorkerDatabase(settings.database_url, name, card.incarnation)
    database.wait(stop)
    migrate(settings.database_url)  # on another machine the page may never have been started
    presence.claim_name(plain, card, settings.silent_seconds, stop)
    workers.note_restart(plain, queueing.held_by(settings, name), name)
    beats = presence.Presence(plain, card, settings.silent_seconds, superseded)
    beats.start()
    context.serve(settings, database)
    dbos = DBOS(
        config={
            "name": queueing.APPLICATION,
            "system_database_url": settings.dbos_url,
            "application_version": queueing.APPLICATION_VERSION,
            "executor_id": name,
            "log_level": "WARNING",
            "sys_db_idle_transaction_timeout_sec": IDLE_SECONDS,
            "notification_listener_polling_interval_sec": 1.0,
        }
    )
    logging.getLogger("dbos").addFilter(_without_cancellations)
    dbos.listen_queues(kinds)
    DBOS.launch()
    for queue, concurrency in queueing.CONCURRENCY.items():
        DBOS.register_queue(
            queue, worker_concurrency=concurrency, polling_interval_sec=0.25, on_conflict="always_update"
        )
    return beats


def _look_around(settings: Settings, name: str, stop: threading.Event) -> None:
    """Until told to stop: rows without work, and work without a worker."""
    from webapp import retention, withdrawing
    from webapp.jobs.reconcile import reconcile
    from webapp.jobs.takeover import look_after_others

    database, silence = PatientDatabase(settings.database_url), presence.Silence(settings.silent_seconds)
    pause = min(LOOK_SECONDS, settings.silent_seconds / presence.BEATS_IN_SILENCE)
    while not stop.wait(pause):
        for what, look in (
            ("comparing rows with the work in the queues", lambda: reconcile(settings, database)),
            ("looking after other workers", lambda: look_after_others(settings, database, silence, name)),
            ("withdrawing a subject", lambda: withdrawing.carry_on(settings, database)),
            ("dropping copies of who withdrew", lambda: withdrawing.follow(settings, database)),
            ("removing what is kept for long enough", lambda: retention.daily(settings, database)),
        ):
            try:
                look()
            except Exception as error:
                if connection_lost(error):
                    log.warning("%s failed: the database does not answer; it is tried again", what)
                else:
                    log.exception("%s failed; it is tried again", what)


def _begin_anew(arguments: list[str]) -> None:
    """Replace this process by a new worker: what it is doing belongs to others now, and must not go on for a moment."""
    log.warning("this worker was silent for too long; others have taken over its work, and it begins anew")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "webapp.worker", *arguments])


def _without_cancellations(record: logging.LogRecord) -> bool:
    """Drop DBOS's traces about workflows that people took back: they are no errors."""
    error = record.exc_info[1] if record.exc_info else None
    return "Cancelled" not in type(error).__name__ and "no longer owned by this execution" not in record.getMessage()


def leave_room() -> None:
    """Let the page go first, and use the cores once: networks, OpenCV and decoders would each take all of them."""
    os.setpriority(os.PRIO_PROCESS, 0, NICENESS)  # not "nicer by": a worker that begins anew has its niceness already
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
