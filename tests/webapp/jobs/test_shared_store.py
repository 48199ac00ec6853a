"""The loop over two machines that share a database and a store, each with a data folder of its own."""

from __future__ import annotations

import uuid

import av
import numpy as np
import pytest

from spotcore.feature_files import load_traces
from spotcore.frame_table import FrameTable
from spotcore.manifest import Manifest
from tests.databases import sqlite_database  # noqa: F401
from webapp.jobs import context, import_video, spot_video, train_model
from webapp.services import label_sets, library, reviewing, spotting, training
from webapp.services.defaults import ensure_defaults
from webapp.services.reviewing import OperationRequest
from webapp.settings import Settings

FRAMES = 24


def clip(path, seed):
    """A film without anybody in it."""
    path.parent.mkdir(parents=True)
    noise = np.random.default_rng(seed)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(FRAMES):
            picture = av.VideoFrame.from_ndarray(noise.integers(0, 255, (48, 64, 3), np.uint8), format="rgb24")
            out.mux(stream.encode(picture))
        out.mux(stream.encode())


def review(database, video, annotator):
    """One expression, and the whole film looked at."""
    seen = {"verb": "review_span", "after": {"first": 0, "last": FRAMES - 1}}
    found = {"verb": "add", "interval_id": str(uuid.uuid4()),
             "after": {"type": "micro", "onset": 5, "apex": 8, "offset": 12}}  # fmt: skip
    for said in (found, seen):
        request = OperationRequest(id=str(uuid.uuid4()), video_id=video, annotator_id=annotator, **said)
        assert reviewing.apply_operation(database, request).status == "applied"


@pytest.fixture
def machines(tmp_path, sqlite_database):  # noqa: F811
    shared = f"file://{tmp_path / 'shared'}"
    given = {"GLINT_STORE": shared, "GLINT_DATABASE_URL": sqlite_database.url}
    return [Settings.from_environment({"GLINT_DATA": str(tmp_path / name), **given}) for name in ("one", "two")]


def test_what_one_machine_imports_another_spots_and_the_first_one_learns_from(
    machines, sqlite_database, monkeypatch  # noqa: F811
):
    one, two = machines
    database, ids = sqlite_database, ensure_defaults(sqlite_database)
    monkeypatch.setattr(context, "_current", None)
    videos = []
    for number in range(2):
        source = one.data_dir / "uploads" / str(number) / "source.mp4"
        clip(source, number)
        videos.append(library.register_video(
            database, ids.study_id, f"{number}.mp4", one.stored(source), "file", None, 10, f"s{number}"))  # fmt: skip
    for video in videos:
        context.serve(one, database)
        import_video.finish(video, import_video.accompany(video, import_video.read(video)))
        context.serve(two, database)
        run = spotting.start_run(database, video, ids.baseline_version_id, 6.0, {})
        traces = spot_video.measure(run)
        spot_video.decode(run, traces, spot_video.compute_curves(run, traces))
        assert spot_video.cut_packs(run) >= 0
        review(database, video, ids.annotator_id)
        stored = spotting.get_run(database, run)
        assert FrameTable.load(two.located(library.get_video(database, video).frames_path)).frame_count == FRAMES
        assert not (one.data_dir / stored.curves_path).exists()
        assert one.located(stored.curves_path).is_file()
        assert len(load_traces(one.located(stored.features_path))) > 0
    label_set = label_sets.freeze(database, ids.study_id, "one", {"s0": "train", "s1": "validation"}, ids.annotator_id)
    job = training.create_job(database, label_set, "dilated", "quick", {})
    context.serve(one, database)
    measured = sorted(path.name for path in (two.data_dir / "features").rglob("*.npz"))
    gathered = train_model.gather(job)
    # Training took what the other machine had measured, and a third one could take it over.
    assert sorted(path.name for path in (one.data_dir / "features").rglob("*.npz")) == measured
    manifest = Manifest.load(two.located(gathered))
    assert [video.subject for video in manifest.videos] == ["s0", "s1"]
