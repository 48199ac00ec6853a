"""A benchmark becomes a study, and expressions become clips; the steps of the jobs, run without a queue."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from spotcore.video import open_video
from tests import barcode
from tests.databases import sqlite_database  # noqa: F401
from tests.spotcore.face_corpus import make_casme2
from webapp import registration
from webapp.jobs import benchmark, clips, context, import_video
from webapp.services import benchmarks, jobs, library, outside_labels
from webapp.services.defaults import ensure_defaults
from webapp.services.errors import Refused
from webapp.services.outside_labels import OutsideLabel
from webapp.settings import Settings


@pytest.fixture
def here(tmp_path, sqlite_database, monkeypatch):  # noqa: F811
    (tmp_path / "lab").mkdir()
    settings = Settings.from_environment({
        "GLINT_DATA": str(tmp_path / "data"), "GLINT_DATABASE_URL": sqlite_database.url,
        "GLINT_MEDIA_ROOTS": str(tmp_path / "lab"),
    })  # fmt: skip
    settings.prepare()
    monkeypatch.setattr(context, "_current", None)
    monkeypatch.setattr(registration.queueing, "enqueue_import", lambda video_id, given: None)
    context.serve(settings, sqlite_database)
    return settings, sqlite_database, ensure_defaults(sqlite_database)


def imported(video):
    import_video.finish(video, import_video.accompany(video, import_video.read(video)))


def test_a_benchmark_becomes_a_study_with_its_labels(here, tmp_path):
    _, database, ids = here
    root = make_casme2(tmp_path / "lab" / "casme", subjects=2)
    for number in range(91, 121):  # of the first person: the last event ends behind what is left
        next((root / "rawpic" / "s15").rglob(f"img{number}.jpg")).unlink()
    study = benchmarks.create(database, "Macro and micro", "casme2_sq", ids.annotator_id)
    params = {"corpus": "casme2_sq", "root": str(root), "missing_offset": "apex+20"}
    job = jobs.create(database, "benchmark", params, study, ids.annotator_id)
    videos = benchmark.register(job)
    assert sorted(videos) == ["15_0101", "16_0101"]
    assert benchmark.register(job) == videos  # a repetition after a kill
    for video in videos.values():
        imported(video)
    benchmark.wait(job, videos)
    for _ in range(2):
        benchmark.finish(job, benchmark.label(job, videos))
    result = jobs.get(database, job).result
    assert (result["videos"], result["labels"], result["macro"], result["micro"]) == (2, 6, 4, 2)
    assert {"ends behind the last picture" in one["what"] for one in result["notes"]} == {True}
    labels = outside_labels.all_labels(database, study)
    assert {(one.video, one.annotator) for one in labels} == {(name, "CAS(ME)² sheet") for name in videos}
    details = library.get_video(database, videos["16_0101"])
    assert (details.subject, details.fps, details.frame_count, details.kind) == ("16", 30.0, 120, "images")
    rows = {row.title: row for row in library.list_videos(database, study).rows}
    assert rows["16_0101"].reviewed_share == 1.0


def test_a_benchmark_outside_of_the_media_roots_is_refused(here, tmp_path):
    _, database, ids = here
    study = benchmarks.create(database, "Elsewhere", "samm_long", ids.annotator_id)
    params = {"corpus": "samm_long", "root": str(tmp_path), "missing_offset": "apex+20"}
    job = jobs.create(database, "benchmark", params, study, ids.annotator_id)
    with pytest.raises(Refused, match="GLINT_MEDIA_ROOTS"):
        benchmark.register(job)
    with pytest.raises(Refused, match="no reader"):
        benchmarks.create(database, "Third", "nothing", ids.annotator_id)


def test_expressions_are_cut_with_exactly_their_frames_and_a_table_for_captions(here, tmp_path):
    settings, database, ids = here
    made = barcode.make("B-frames", tmp_path / "lab")
    video = registration.register(
        settings, database, made.path, title="=film", study_id=ids.study_id, subject="s1", rate=made.rate
    )
    imported(video)
    labels = [
        OutsideLabel("=film", "Annotator", "micro", 5, 9, 14, "added", None, ("4", "L12"), "=1+1"),
        OutsideLabel("=film", "Annotator", "macro", 40, None, 60, "added", None, (), ""),
        OutsideLabel("=film", "Annotator", "macro", 20, None, 25, "unsure", None, (), ""),
    ]
    outside_labels.add_labels(database, ids.study_id, labels)
    job = jobs.create(database, "clips", {"context": 8}, ids.study_id, ids.annotator_id)
    for _ in range(2):  # again, as after a kill
        found = clips.cut(job)
    clips.finish(job, found)
    with zipfile.ZipFile(jobs.folder(settings.data_dir, job) / found["file"]) as archive:
        archive.extractall(tmp_path / "out")
        table = list(csv.DictReader(io.StringIO(archive.read("captions.csv").decode())))
    assert [(row["onset"], row["apex"], row["clip_first"], row["clip_last"]) for row in table] == [
        ("5", "9", "0", "22"), ("40", "", "32", "68"),
    ]  # fmt: skip
    assert (table[0]["note"], table[0]["video"], table[0]["action_units"]) == ("'=1+1", "'=film", "4+L12")
    for row in table:
        with open_video(tmp_path / "out" / row["clip"]) as clip:
            numbers = [barcode.read_number(frame.luma()) for frame in clip.frames()]
        assert numbers == list(range(int(row["clip_first"]), int(row["clip_last"]) + 1))
        assert (tmp_path / "out" / row["triptych"]).stat().st_size > 100


def test_where_no_expression_fits_the_job_says_so(here):
    _, database, ids = here
    job = jobs.create(database, "clips", {"type": "micro"}, ids.study_id, ids.annotator_id)
    with pytest.raises(Refused, match="no expression"):
        clips.cut(job)
