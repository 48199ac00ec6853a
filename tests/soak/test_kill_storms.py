"""Kill storms: workers killed at random moments of import and spotting; everything is finished once, and once only."""

import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.soak.trials import Trials
from tests.webapp.worker_process import Installation, write_noise
from webapp.services import spotting
from webapp.services.unfinished import list_unfinished

TRIALS, KILLS, VIDEOS = 25, 5, 3


def storm(number, generator):
    with tempfile.TemporaryDirectory(prefix="glint-storm-") as folder:
        made = Installation(Path(folder) / "data")
        ids = [
            made.register(write_noise(Path(folder) / f"{k}.mp4", int(generator.integers(30, 1500)), seed=k))
            for k in range(VIDEOS)
        ]
        for _ in range(KILLS):
            made.start()
            time.sleep(float(generator.uniform(0.5, 12.0)))  # the moment of the kill is what is tried
            made.kill()
        made.start()
        try:
            for video_id in ids:
                assert made.imported(video_id, 180).state == "ready"
                run = made.spotted(video_id, 180)
                assert run.state == "done"
                assert len(spotting.list_runs(made.database, video_id)) == 1
                assert len(spotting.list_sets(made.database, run.id)) == 1
        finally:
            made.kill()
        left = [str(path) for path in (Path(folder) / "data" / "media").rglob("*.part")]
        assert list_unfinished(made.database, timedelta(0)) == ()
        return {"parts_left": left}


@pytest.mark.soak
def test_every_import_and_spotting_is_finished_once_whenever_the_worker_is_killed():
    assert Trials("kill-storms", TRIALS).run(storm) == []
