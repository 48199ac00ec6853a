"""Kill storm over spotting and training at once: whatever is killed, the results are those of an undisturbed worker."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from tests.servers import wait_for
from tests.soak.trials import Trials
from tests.webapp.test_worker_training import ROLES, epochs, labelled_video, over
from tests.webapp.worker_process import Installation, write_noise
from webapp import queueing
from webapp.services import label_sets, registry, spotting, training
from webapp.services.unfinished import list_unfinished

TRIALS, KILLS, EPOCHS, SECONDS = 5, 4, 12, 240


@dataclass(frozen=True)
class Outcome:
    """What a worker made of the same material.

    Attributes:
        proposals: of every run, in the order of the videos.
        weights: SHA-256 of the trained network's file.
        epochs: numbers in the job's metrics.
    """

    proposals: tuple[tuple, ...]
    weights: str
    epochs: tuple[int, ...]


def carry_out(kill_after: Sequence[float]) -> Outcome:
    """The same spotting runs and training in a new installation, with a kill after each of these seconds."""
    with tempfile.TemporaryDirectory(prefix="glint-storm-") as folder:
        made = Installation(Path(folder) / "data")
        database, ids = made.database, made.ids
        videos = [labelled_video(made, Path(folder), number) for number in range(3)]
        label_set = label_sets.freeze(database, ids.study_id, "first", ROLES, ids.annotator_id)
        job = training.create_job(
            database, label_set, "spot_gcn", "quick", {"epochs": EPOCHS, "minimum_segments": 48}
        )
        queueing.enqueue_training(job, made.settings)
        for video in videos:
            run = spotting.start_run(database, video, ids.baseline_version_id, 12.0, {})
            queueing.enqueue_spotting(run, made.settings)
        videos.append(made.register(write_noise(Path(folder) / "noise.mp4", 900, seed=9)))
        for seconds in kill_after:
            made.start()
            time.sleep(seconds)  # the moment of the kill is what is tried
            made.kill()
        made.start()
        try:
            done = wait_for("the end of the training", lambda: over(made, job), SECONDS)
            assert (done.state, done.message) == ("done", "")
            made.imported(videos[-1], SECONDS)
            assert [made.spotted(video, SECONDS).state for video in videos] == ["done"] * len(videos)
            assert all(len(spotting.list_runs(database, video)) == 1 for video in videos)
            runs = [spotting.latest_run(database, video) for video in videos]
            sets = [spotting.list_sets(database, run.id) for run in runs]
            assert [len(of_run) for of_run in sets] == [1] * len(runs)
            assert len(registry.list_versions(database)) == 2  # the baseline and what was trained, once
            wait_for("the last row", lambda: list_unfinished(database, timedelta(0)) == ())
        finally:
            made.kill()
        found = [spotting.proposals_of_set(database, of_run[0].id) for of_run in sets]
        version = registry.get_version(database, done.model_version_id)
        weights = (made.settings.located(version.checkpoint_path) / "model.safetensors").read_bytes()
        outcome = Outcome(
            tuple(tuple((p.type, p.onset, p.apex, p.offset, p.score) for p in proposals) for proposals in found),
            hashlib.sha256(weights).hexdigest(),
            tuple(epochs(made, job)),
        )
        database.dispose()
        return outcome


@cache
def undisturbed() -> Outcome:
    return carry_out(())


def storm(number, generator):
    moments = [round(float(seconds), 2) for seconds in generator.uniform(1.5, 14.0, KILLS)]
    began = time.monotonic()
    disturbed = carry_out(moments)
    assert disturbed == undisturbed(), f"killed after {moments}"
    proposals = [len(of_video) for of_video in disturbed.proposals]
    return {"killed_after": moments, "proposals": proposals, "seconds": round(time.monotonic() - began)}


@pytest.mark.soak
def test_runs_and_training_end_like_undisturbed_ones_whenever_the_worker_is_killed():
    assert sum(map(len, undisturbed().proposals)) > 3
    assert Trials("kill-training", TRIALS).run(storm) == []
