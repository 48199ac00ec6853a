"""Jobs with a real worker: a library, LOSO, two versions, a ladder and a night; kills, cancels and failures."""

import json
from dataclasses import replace

import numpy as np
import pytest

from spotcore.feature_files import load_traces, save_traces
from spotcore.regions import WATCHED_SIGNALS
from tests.servers import wait_for
from tests.webapp.test_worker_training import ROLES, labelled_video
from tests.webapp.worker_process import Installation, write_noise
from webapp import job_control, queueing
from webapp.services import job_runs, jobs, label_sets, library, registry, spotting, training

SHORT = {"epochs": 2, "minimum_segments": 16, "validate_every": 1, "minimum_events": 1}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Three labelled videos of three people, frozen in three roles, and a worker."""
    folder = tmp_path_factory.mktemp("lab")
    made = Installation(folder / "data")
    made.videos = [labelled_video(made, folder, number) for number in range(3)]
    made.label_set = label_sets.freeze(made.database, made.ids.study_id, "first", ROLES, made.ids.annotator_id)
    for path in (made.settings.data_dir / "features").glob("*.npz"):  # whole, so that spotting measures nothing anew
        traces = load_traces(path)
        save_traces(replace(traces, signals=dict.fromkeys(WATCHED_SIGNALS, np.zeros(len(traces), np.float32))), path)
    made.start()
    yield made
    made.kill()


def start(lab, kind, **params):
    ids = lab.ids
    return job_control.start(lab.settings, lab.database, kind, params, ids.study_id, ids.annotator_id)


def over(lab, job_id):
    job = jobs.get(lab.database, job_id)
    return job if job.state in jobs.OVER else None


def ended(lab, job_id, seconds=150):
    return wait_for(f"the end of job {job_id}", lambda: over(lab, job_id), seconds)


def folder(lab, job_id):
    return jobs.folder(lab.settings.data_dir, job_id)


def test_a_library_is_spotted_and_a_video_that_cannot_be_is_reported_and_counted(lab, tmp_path):
    path = write_noise(tmp_path / "gone.mp4", 30, (64, 48))
    lost = lab.imported(lab.register(path, "s9")).id
    spotting.cancel_run(lab.database, lab.spotted(lost).id)
    path.unlink()
    job = ended(lab, start(lab, "spot_library", version_id=lab.ids.baseline_version_id, again=True))
    assert (job.state, job.result["done"]) == ("done", 3)
    assert [one["video_id"] for one in job.result["failed"]] == [lost]
    assert len(job.result["failed"][0]["reason"]) > 10
    assert any("1 failed" in line for line in jobs.log_lines(lab.settings.data_dir, job.id))
    library.delete_video(lab.database, lost)
    assert jobs.get(lab.database, job.id).result["failed"] == []


def test_a_day_of_folds_does_not_stand_before_what_takes_seconds(lab):
    forever = {"label_set_id": lab.label_set, "architecture": "dilated", "preset": "quick", "include_test": True,
               "settings": SHORT | {"epochs": 10_000}}  # fmt: skip
    folds = [start(lab, "loso", **forever) for _ in range(2)]
    wait_for("both", lambda: all(jobs.get(lab.database, job).state == "running" for job in folds), 60)
    job = ended(lab, start(lab, "spot_library", version_id=lab.ids.baseline_version_id, videos=lab.videos[:1]), 60)
    assert job.state == "done"
    assert [jobs.get(lab.database, job).state for job in folds] == ["running", "running"]
    for job_id in folds:
        job_control.cancel(lab.settings, lab.database, job_id)
    assert [ended(lab, job_id, 30).state for job_id in folds] == ["cancelled", "cancelled"]


def test_a_job_that_cannot_be_done_says_why(lab):
    job = ended(lab, start(lab, "spot_library", version_id=77))
    assert (job.state, job.message) == ("failed", "There is no model version 77.")


def test_loso_leaves_each_subject_out_and_keeps_scores_and_a_report(lab):
    asked = {"label_set_id": lab.label_set, "architecture": "dilated", "preset": "quick", "settings": SHORT}
    refused = ended(lab, start(lab, "loso", **asked))
    assert refused.state == "failed"
    assert "at least three subjects in the roles train and validation" in refused.message
    job = ended(lab, start(lab, "loso", **asked, include_test=True))
    assert (job.state, job.message) == ("done", "")
    assert job.result["subjects"] == 3
    low, high = job.result["results"]["nested"]["f1_range_95"]["overall"]
    assert 0 <= low <= high <= 1
    assert "s0" not in json.dumps(job.result)
    assert "leave one subject out" in (folder(lab, job.id) / "report.html").read_text()
    assert len(list(folder(lab, job.id).glob("folds/*/*.json"))) == 3


def test_a_night_freezes_trains_spots_and_reports_although_the_worker_is_killed(lab):
    job_id = start(lab, "tonight", architecture="dilated", preset="quick", settings=SHORT, from_scratch=True)
    wait_for("the training", lambda: jobs.get(lab.database, job_id).part("train").get("training_id"), 60)
    lab.kill()
    lab.start()
    job = ended(lab, job_id)
    assert (job.state, job.message) == ("done", "")
    assert job.part("freeze")["label_set_id"] == lab.label_set  # nothing was curated since
    assert len(training.list_jobs(lab.database)) == 1
    version = registry.get_version(lab.database, job.part("train")["version_id"])
    assert job.part("spot")["done"] == len(lab.videos)
    assert job.part("compare")["paired"]["subjects"] == 1
    assert job.part("advice")["promote"] is None
    assert registry.champion(lab.database).id != version.id
    page = (folder(lab, job_id) / "report.html").read_text()
    assert version.name in page
    assert "How long it took" in page

    pair = {"first_id": lab.ids.baseline_version_id, "second_id": version.id, "label_set_id": lab.label_set}
    found = ended(lab, start(lab, "compare", **pair, videos=lab.videos[:2])).part("compare")
    assert (found["role"], found["paired"]["subjects"]) == ("chosen", 2)
    assert {flip["video_id"] for flip in found["flips"]} <= set(lab.videos[:2])


def test_a_cancelled_job_takes_its_runs_back_and_goes_on_when_asked(lab, tmp_path):
    films = [write_noise(tmp_path / f"{frames}.mp4", frames, seed=frames) for frames in (1500, 60)]
    long = [lab.imported(lab.register(film, "s8")).id for film in films]  # the second waits for the first
    for video_id in long:
        for run in spotting.list_runs(lab.database, video_id):
            queueing.cancel(queueing.SPOTTING, run.id, lab.settings)
            spotting.cancel_run(lab.database, run.id)
    version = lab.ids.baseline_version_id
    job_id = start(lab, "spot_library", version_id=version, videos=long)
    wait_for("both runs", lambda: job_runs.counts(lab.database, job_id, version).waiting == 2, 30)
    job_control.cancel(lab.settings, lab.database, job_id)
    assert ended(lab, job_id, 30).state == "cancelled"
    counts = job_runs.counts(lab.database, job_id, version)
    assert (counts.waiting, counts.cancelled) == (0, 2)
    job_control.retry(lab.settings, lab.database, job_id, "A test wants to.")
    job = ended(lab, job_id)
    assert (job.state, job.result["done"]) == ("done", 2)


def test_a_ladder_without_room_fails_with_the_reason(lab):
    asked = {"version_id": lab.ids.baseline_version_id, "type": "micro", "events": 5, "false_alarms": 6.0}
    job = ended(lab, start(lab, "seeded_recall", videos=lab.videos[:1], **asked))
    assert job.state == "failed"
    assert "no room for a micro event" in job.message
