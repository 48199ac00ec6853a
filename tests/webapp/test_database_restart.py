"""A training job outlives its database, which is shut down hard and started again, and its page, which is killed."""

import json
import shutil
import tempfile
import urllib.request
from pathlib import Path

import pytest

from tests.servers import LiveServer, wait_for
from tests.webapp.test_worker_training import ROLES, epochs, labelled_video, over
from tests.webapp.worker_process import Installation
from webapp import queueing
from webapp.services import label_sets, training
from webapp.tokens import make_token

pgserver = pytest.importorskip("pgserver", reason="PostgreSQL comes with pgserver (requirements-dev.txt)")

EPOCHS = 16


class OwnServer:
    """A PostgreSQL server of its own, which a test may shut down."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="glint-pg-"))
        self.folder.chmod(0o755)
        self._server = pgserver.get_server(self.folder / "pg", cleanup_mode="stop")
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")

    def stop(self) -> None:
        """Without any ceremony for those who are connected."""
        from pgserver._commands import pg_ctl

        pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=self._server.pgdata, user=self._server.system_user)

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def remove(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def postgres():
    made = OwnServer()
    yield made
    made.remove()


def asked(server, video_id):
    """What the page is told about a video, None while it cannot be."""
    token = make_token(server.settings, 1, 1, "admin")
    request = urllib.request.Request(f"{server.url}/api/videos/{video_id}", headers={"X-Glint-Token": token})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except OSError:
        return None


@pytest.mark.postgres
def test_a_training_goes_on_while_its_database_and_then_its_page_are_restarted(postgres, tmp_path):
    made = Installation(tmp_path / "data", postgres.url)
    videos = [labelled_video(made, tmp_path, number) for number in range(3)]
    label_set = label_sets.freeze(made.database, made.ids.study_id, "first", ROLES, made.ids.annotator_id)
    settings = {"epochs": EPOCHS, "minimum_segments": 48}
    job = training.create_job(made.database, label_set, "spot_gcn", "quick", settings)
    queueing.enqueue_training(job, made.settings)
    server = LiveServer(tmp_path / "data", GLINT_DATABASE_URL=postgres.url, GLINT_WORKER="worker-1").start()
    try:
        wait_for("two epochs", lambda: len(epochs(made, job)) >= 2, 120)
        worker = server.wait_for_worker()
        assert asked(server, videos[0])["id"] == videos[0]
        postgres.stop()
        learned = len(epochs(made, job))
        wait_for("an epoch without a database", lambda: len(epochs(made, job)) > learned, 60)
        postgres.start()
        wait_for("the page to answer again", lambda: asked(server, videos[0]), 60)
        wait_for("progress in the row", lambda: training.get_job(made.database, job).progress > 0.2, 60)
        assert server.worker_pid() == worker  # the same process: it waited instead of dying
        server.kill_web()
        server.restart_web()
        done = wait_for("the end of the training", lambda: over(made, job), 200)
        assert (done.state, done.message) == ("done", "")
        assert epochs(made, job) == list(range(1, EPOCHS + 1))
        assert asked(server, videos[0])["id"] == videos[0]
    finally:
        server.stop()
        made.database.dispose()
