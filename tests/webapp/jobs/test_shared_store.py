"""The loop over two machines that share a database and a store, each with a data folder of its own."""

from __future__ import annotations

import json
import uuid

import av
import numpy as np
import pytest

from spotcore.feature_files import load_traces
from spotcore.frame_table import FrameTable
from tests.databases import sqlite_database  # noqa: F401
from tests.webapp.test_worker_training import ROLES, labelled_video
from webapp.jobs import (
    context,
    import_video,
    job_folder,
    loso_on_labels,
    spot_video,
    train_model,
    versions_compared,
)  # fmt: skip
from webapp.services import jobs, label_sets, library, reviewing, spotting, training
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


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


def stop_at(epoch):
    """A line of the log that is never written: the process dies at this epoch, before it is kept anywhere."""

    def line(at):
        if at.epoch == epoch:
            raise Killed
        return f"epoch {at.epoch} of {at.epochs}"

    return line


def learned(machine, job):
    return [entry["epoch"] for entry in training.metrics(machine.data_dir, job)]


class Lab:
    """What `labelled_video` works with."""

    def __init__(self, settings, database):
        self.settings, self.database, self.ids = settings, database, ensure_defaults(database)


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
    train_model.gather(job)
    # Training took what the other machine had measured.
    assert sorted(path.name for path in (one.data_dir / "features").rglob("*.npz")) == measured


def test_a_training_goes_on_elsewhere_and_what_it_gives_is_spotted_with_compared_and_read_by_the_first(
    machines, sqlite_database, tmp_path, monkeypatch  # noqa: F811
):
    """Gathered and begun on the first machine, which then is gone; the second one has nothing but the store."""
    one, two = machines
    database = sqlite_database
    monkeypatch.setattr(context, "_current", None)
    monkeypatch.setattr(job_folder, "KEEP_SECONDS", 0.0)
    made = Lab(one, database)
    videos = [labelled_video(made, tmp_path, number) for number in range(3)]
    for video in videos:  # labelled_video writes beside the store
        one.store.keep(one.data_dir / "media" / str(video))
    label_set = label_sets.freeze(database, made.ids.study_id, "first", ROLES, made.ids.annotator_id)
    settings = {"epochs": 3, "minimum_segments": 16, "validate_every": 1, "minimum_events": 1}
    job = training.create_job(database, label_set, "dilated", "quick", settings)

    context.serve(one, database)
    manifest = train_model.gather(job)
    named = [entry["features"] for entry in json.loads((one.data_dir / manifest).read_text())["videos"]]
    assert {name.rpartition("/")[0] for name in named} == {"../../features"}
    with monkeypatch.context() as patched:
        patched.setattr(train_model, "_epoch_line", stop_at(3))
        with pytest.raises(Killed):
            train_model.learn(job, manifest)

    context.serve(two, database)
    assert learned(two, job) == []
    two.newest(f"jobs/{job}/metrics.jsonl")
    assert learned(two, job) == [1, 2]  # what the page of another machine shows meanwhile
    train_model.learn(job, manifest)
    taken_over = [line for line in training.log_lines(two.data_dir, job) if " epoch " in line]
    assert [line.split(" epoch ")[1][0] for line in taken_over] == ["1", "2", "3", "3"]  # the last: which was chosen
    version = train_model.register(job, train_model.score(job, manifest))

    # The first machine comes back: page and worker see what the second one has made.
    one.newest(f"jobs/{job}/metrics.jsonl")
    assert learned(one, job) == [1, 2, 3]
    context.serve(one, database)
    run = spotting.start_run(database, videos[0], version, 6.0, {})
    traces = spot_video.measure(run)
    spot_video.decode(run, traces, spot_video.compute_curves(run, traces))
    assert spotting.get_run(database, run).state == "done"
    asked = {"first_id": made.ids.baseline_version_id, "second_id": version, "label_set_id": label_set}
    compared = jobs.create(database, "compare", asked, made.ids.study_id, made.ids.annotator_id)
    versions_compared.gather(compared, label_set, 0.0, 0.5)
    context.serve(two, database)
    found = versions_compared.measure(compared, asked["first_id"], version, None, 0.5, 1.0)
    assert found["videos"] == videos[2:]


def test_leaving_one_subject_out_is_finished_by_another_machine_and_its_report_opens_on_the_first(
    machines, sqlite_database, tmp_path, monkeypatch  # noqa: F811
):
    one, two = machines
    database = sqlite_database
    monkeypatch.setattr(context, "_current", None)
    made = Lab(one, database)
    for number in range(3):
        one.store.keep(one.data_dir / "media" / str(labelled_video(made, tmp_path, number)))
    label_set = label_sets.freeze(database, made.ids.study_id, "first", ROLES, made.ids.annotator_id)
    settings = {"epochs": 1, "minimum_segments": 8, "validate_every": 1, "minimum_events": 1}
    asked = {"label_set_id": label_set, "architecture": "dilated", "preset": "quick", "settings": settings,
             "include_test": True}  # fmt: skip
    job = jobs.create(database, "loso", asked, made.ids.study_id, made.ids.annotator_id)
    context.serve(one, database)
    loso_on_labels.gather(job)
    context.serve(two, database)
    loso_on_labels.finish(job, loso_on_labels.learn(job))
    report = one.newest(f"{jobs.folder_name(job)}/report.html")
    assert report.is_relative_to(one.data_dir)
    assert "leave one subject out" in report.read_text()
