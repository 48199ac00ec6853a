"""A real worker on a temporary installation, to be killed and started again; and footage for it."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from db.schema import migrate
from db.session import Database
from tests.servers import ROOT, wait_for
from webapp import queueing, registration
from webapp.services import library, spotting
from webapp.services.defaults import ensure_defaults
from webapp.settings import Settings


class Installation:
    """A data folder with both databases, and at most one worker process."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self.settings = Settings.from_environment(
            {"GLINT_DATA": str(folder), "GLINT_DEVICE": "cpu", "GLINT_DATABASE_URL": database_url}
        )
        self.settings.prepare()
        migrate(self.settings.database_url)
        queueing.prepare(self.settings)
        self.database = Database(self.settings.database_url)
        self.ids = ensure_defaults(self.database)
        self._log = folder / "worker.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "webapp.worker"],
                cwd=ROOT,
                env=os.environ | self.settings.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """SIGKILL, at once."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        self._process.terminate()
        return self._process.wait(20)

    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def register(self, path: Path, subject: str = "s01", rate: float | None = None) -> int:
        """Register a file where it lies and ask for its import."""
        return registration.register(
            self.settings, self.database, path, title=path.name, study_id=self.ids.study_id, subject=subject, rate=rate
        )

    def imported(self, video_id: int, seconds: float = 90.0):
        """The video once its import is over."""

        def over():
            video = library.get_video(self.database, video_id)
            return video if video.state != "importing" else None

        return wait_for(f"the import of video {video_id}", over, seconds)

    def spotted(self, video_id: int, seconds: float = 90.0):
        """The newest run of the video once it is over."""

        def over():
            run = spotting.latest_run(self.database, video_id, state="")
            return run if run and run.state not in ("queued", "running") else None

        return wait_for(f"the spotting of video {video_id}", over, seconds)


class Team(Installation):
    """An installation with several workers, each with a name, that notice each other's silence soon."""

    def __init__(self, folder: Path, database_url: str = "", silent_seconds: float = 4.0) -> None:
        super().__init__(folder, database_url)
        self.settings = dataclasses.replace(self.settings, silent_seconds=silent_seconds)
        self._workers: dict[str, subprocess.Popen[bytes]] = {}
        self._hired_at: dict[str, int] = {}  # where in the log

    def hire(self, name: str, *arguments: str) -> None:
        """Start a worker; it goes on in `log_of(name)`."""
        self._hired_at[name] = len(self.log_of(name))
        with self._log_path(name).open("ab") as log:
            self._workers[name] = subprocess.Popen(
                [sys.executable, "-m", "webapp.worker", "--name", name, *arguments],
                cwd=ROOT,
                # A crash in native code leaves its trace in the log.
                env=os.environ | self.settings.environment() | {"PYTHONFAULTHANDLER": "1"},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def ready(self, name: str, times: int = 1, seconds: float = 90.0) -> None:
        """Wait until the worker has said so often since it was hired that it is ready."""

        def there() -> bool:
            self.check_alive()
            return self.log_of(name)[self._hired_at[name] :].count("is ready") >= times

        wait_for(f"the worker {name}", there, seconds)

    def kill_worker(self, name: str) -> None:
        """SIGKILL."""
        self._workers[name].kill()
        self._workers[name].wait()

    def send(self, name: str, number: signal.Signals) -> None:
        """Such as SIGSTOP and SIGCONT."""
        self._workers[name].send_signal(number)

    def check_alive(self) -> None:
        """No worker has ended by itself."""
        for name, process in self._workers.items():
            status = process.poll()
            assert status is None, f"the worker {name} ended with {status}:\n{self.log_of(name)[-3000:]}"

    def log_of(self, name: str) -> str:
        path = self._log_path(name)
        return path.read_text(errors="replace") if path.exists() else ""

    def dismiss(self) -> None:
        """SIGKILL to all."""
        for name in self._workers:
            self.kill_worker(name)

    def _log_path(self, name: str) -> Path:
        return self.settings.data_dir / f"{name}.log"


def write_noise(path: Path, frames: int, size: tuple[int, int] = (320, 240), seed: int = 0) -> Path:
    """A small H.264 video of moving noise at 30 frames a second; nobody's face is in it."""
    random = np.random.default_rng(seed)
    base = random.integers(0, 255, (size[1] // 8, size[0] // 8), np.uint8).repeat(8, 0).repeat(8, 1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(30))
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "30"}
        for number in range(frames):
            grey = np.roll(base, number, axis=1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey.repeat(3).reshape(*grey.shape, 3))))
        container.mux(stream.encode())
    return path
