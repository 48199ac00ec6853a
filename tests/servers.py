"""The real application on a free port with a temporary data folder: web and worker as `make run` starts them.

`live_server` is a fixture of a module's own server; import it into a test module by its name. `LiveServer` may also
be started directly where a test needs settings or a folder of its own. Nothing is faked: killing means SIGKILL.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from db.session import Database
from webapp.services.defaults import Defaults, ensure_defaults
from webapp.settings import Settings
from webapp.tokens import make_token

ROOT = Path(__file__).parents[1]
START_SECONDS = 60.0
T = TypeVar("T")


def wait_for(what: str, ask: Callable[[], T], seconds: float = 60.0) -> T:
    """Ask until the answer is true, and give it; the deadline's failure names what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s for {what}; the last answer was {answer!r}")
        time.sleep(0.05)  # polling with a deadline: there is nobody to notify another process


class LiveServer:
    """One running installation.

    Attributes:
        data: its data folder.
        url: where its page answers, "http://127.0.0.1:12345"; the same after a restart.
    """

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.url = ""
        self._environment = environment
        self._port = 0
        self._web: subprocess.Popen[bytes] | None = None
        self._log = data.parent / f"{data.name}.log"

    def start(self) -> LiveServer:
        """Start web and worker; returns when the page answers."""
        begin = self._log.stat().st_size if self._log.exists() else 0
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GLINT_")}
        with self._log.open("ab") as log:
            self._web = subprocess.Popen(
                [sys.executable, "-m", "webapp", "--data", str(self.data), "--port", str(self._port)],
                cwd=ROOT,
                env=environment | {"GLINT_DEVICE": "cpu"} | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

        def address() -> str | None:
            found = re.search(r"Glint is ready: (http://\S+)", self.output()[begin:])
            if found is None and self._web.poll() is not None:
                raise AssertionError(f"the server ended with {self._web.returncode}:\n{self.output()[-4000:]}")
            return found and found.group(1)

        self.url = wait_for("the address of the server", address, START_SECONDS)
        self._port = int(self.url.rpartition(":")[2])
        return self

    def wait_for_worker(self) -> int:
        """Process id of the worker, once it works."""
        return wait_for("the worker", self.worker_pid, START_SECONDS)

    def worker_pid(self) -> int | None:
        """Process id of the living worker, None while there is none."""
        with contextlib.suppress(OSError, ValueError):
            pid = int((self.data / "worker-1.lock").read_text())
            if b"webapp.worker" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
        return None

    def output(self) -> str:
        """Everything that web and worker have written so far."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def stop(self) -> int:
        """Stop as Ctrl-C does; returns the exit status."""
        if self._web is None:
            return 0
        if self._web.poll() is None:
            self._web.send_signal(signal.SIGINT)
        try:
            status = self._web.wait(30)
        except subprocess.TimeoutExpired:
            self._web.kill()
            self._web.wait()
            raise AssertionError(f"the server did not stop within 30 s:\n{self.output()[-4000:]}") from None
        self._web = None
        return status

    def kill_web(self) -> None:
        """SIGKILL to the web process; its worker ends by itself."""
        worker = self.worker_pid()
        self._web.kill()
        self._web.wait()
        if worker:
            wait_for("the end of the orphaned worker", lambda: self.worker_pid() != worker)

    def restart_web(self) -> LiveServer:
        """Start again on the same data folder and port."""
        return self.start()

    def kill_worker(self) -> int:
        """SIGKILL to the worker; returns its former process id. The launcher starts another one."""
        pid = self.wait_for_worker()
        os.kill(pid, signal.SIGKILL)
        wait_for("the end of the worker", lambda: self.worker_pid() != pid)
        return pid

    def restart_worker(self) -> int:
        """Wait for the worker that the launcher starts; returns its process id."""
        return self.wait_for_worker()

    @property
    def settings(self) -> Settings:
        return Settings.from_environment({"GLINT_DATA": str(self.data), "GLINT_DEVICE": "cpu"} | self._environment)

    @property
    def database(self) -> Database:
        """Glint's tables, beside the server."""
        if not hasattr(self, "_database"):
            self._database = Database(self.settings.database_url)
        return self._database

    @property
    def defaults(self) -> Defaults:
        return ensure_defaults(self.database)

    def token(self, **changes: Any) -> str:
        """A valid token of the default annotator."""
        ids = self.defaults
        given = {"annotator_id": ids.annotator_id, "study_id": ids.study_id, "role": "admin"}
        return make_token(self.settings, **(given | changes))


@pytest.fixture(scope="module")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server for the tests of one module, stopped afterwards."""
    server = LiveServer(tmp_path_factory.mktemp("glint") / "data").start()
    yield server
    server.stop()
