"""Retraining with a real worker: SIGKILL in the middle, and the version that comes out is registered with scores."""

import json
import uuid
from dataclasses import replace

import numpy as np
import pytest

from spotcore.feature_files import save_traces
from spotcore.features import ExtractorSettings
from spotcore.frame_table import FrameTable
from spotcore.pipeline import trace_path
from spotcore.regions import FEATURE_KIND, WATCHED_SIGNALS
from spotcore.video import open_video
from tests.servers import wait_for
from tests.spotcore.trace_examples import make_events, make_traces
from tests.webapp.worker_process import Installation, write_noise
from webapp import queueing
from webapp.services import label_sets, library, registry, reviewing, training
from webapp.values.library import ImportedVideo
from webapp.values.reviewing import OperationRequest

FRAMES = 500
ROLES = {"s0": "train", "s1": "validation", "s2": "test"}
EPOCHS = 14


def labelled_video(installation, folder, number):
    """A ready, wholly reviewed video whose trace file holds the movements of its labels."""
    path = write_noise(folder / f"clip {number}.mp4", FRAMES, (64, 48), seed=number)
    database, ids = installation.database, installation.ids
    video_id = library.register_video(
        database, ids.study_id, path.name, str(path), "file", None, path.stat().st_size, f"s{number}"
    )
    events = make_events(FRAMES, number)
    with open_video(path) as video:
        info = video.info
        kept = trace_path(info, installation.settings.data_dir / "features", ExtractorSettings(), None)
        traces = make_traces(events, FRAMES, seed=100 + number, kind=FEATURE_KIND)
        still = dict.fromkeys(WATCHED_SIGNALS, np.zeros(FRAMES, np.float32))  # or the file would be measured anew
        save_traces(replace(traces, signals={**traces.signals, **still}), kept)
    table = installation.settings.data_dir / "media" / str(video_id) / "frames.npz"
    info.table.save(table)
    assert FrameTable.load(table).frame_count == FRAMES
    library.finish_import(
        database, video_id,
        ImportedVideo(info.sha256, info.size_bytes, FRAMES, 30.0, FRAMES / 30, False, 64, 48, str(table)),
    )  # fmt: skip
    decisions = [
        {"verb": "add", "interval_id": str(uuid.uuid4()),
         "after": {"type": e.type, "onset": e.onset, "apex": e.apex, "offset": e.offset}}
        for e in events
    ]  # fmt: skip
    for decision in [*decisions, {"verb": "review_span", "after": {"first": 0, "last": FRAMES - 1}}]:
        request = OperationRequest(str(uuid.uuid4()), video_id=video_id, annotator_id=ids.annotator_id, **decision)
        assert reviewing.apply_operation(database, request).status == "applied"
    return video_id


@pytest.fixture
def labelled(tmp_path):
    """An installation with a frozen label set of three subjects."""
    made = Installation(tmp_path / "data")
    for number in range(3):
        labelled_video(made, tmp_path, number)
    made.label_set = label_sets.freeze(made.database, made.ids.study_id, "first", ROLES, made.ids.annotator_id)
    yield made
    made.kill()


def epochs(installation, job_id):
    return [entry["epoch"] for entry in training.metrics(installation.settings.data_dir, job_id)]


def over(installation, job_id):
    job = training.get_job(installation.database, job_id)
    return job if job.state not in ("queued", "running") else None


def test_a_worker_killed_in_the_middle_of_training_finishes_it_when_it_starts_again(labelled):
    changes = {"epochs": EPOCHS, "minimum_segments": 48}
    job_id = training.create_job(labelled.database, labelled.label_set, "spot_gcn", "quick", changes)
    queueing.enqueue_training(job_id, labelled.settings)
    labelled.start()
    wait_for("two epochs", lambda: len(epochs(labelled, job_id)) >= 2, 120)
    labelled.kill()
    before = len(epochs(labelled, job_id))
    assert before < EPOCHS
    labelled.start()
    job = wait_for("the end of the training", lambda: over(labelled, job_id), 180)
    assert (job.state, job.message) == ("done", "")
    assert epochs(labelled, job_id) == list(range(1, EPOCHS + 1))

    version = registry.get_version(labelled.database, job.model_version_id)
    assert version.label_set_id == labelled.label_set
    assert {"held_out", "champion", "baseline"} <= set(version.scores)
    assert version.scores["measured_on"]["role"] == "test"
    folder = labelled.settings.located(version.checkpoint_path)
    assert json.loads((folder / "model.json").read_text())["sha256"] == version.checkpoint_sha256
    assert any("registered as model version" in line for line in
               training.log_lines(labelled.settings.data_dir, job_id))  # fmt: skip

    again = training.create_job(labelled.database, labelled.label_set, "spot_gcn", "quick", {"epochs": 10_000})
    queueing.enqueue_training(again, labelled.settings)
    wait_for("the second job to learn", lambda: epochs(labelled, again), 120)
    training.request_cancel(labelled.database, again)
    queueing.cancel(queueing.TRAINING, again, labelled.settings)
    stopped = wait_for("the second job to stop", lambda: over(labelled, again), 30)
    assert stopped.state == "cancelled"
