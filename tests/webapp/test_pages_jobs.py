"""The jobs page: empty, with work in the queues, with a night behind it, and for people who may only look."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.webapp.test_pages_loop import frozen, reviewed
from tests.webapp.world import PAGES, World, texts
from webapp import job_control, queueing
from webapp.services import jobs, spotting

GAIN = {"difference": 0.2, "low": 0.1, "high": 0.3, "not_better": 0.0, "verdict": "better"}
SIDE = {"tp": 3, "fp": 1, "fn": 1, "f1": 0.75, "range": [0.5, 0.9]}
PAIRED = {"a": SIDE, "b": SIDE, "gain": GAIN}


def job(world: World, kind: str, **params) -> int:
    ids = world.ids
    return job_control.start(world.settings, world.database, kind, params, ids.study_id, ids.annotator_id)


def test_before_anything_the_page_says_what_keeps_a_night_from_beginning(world: World) -> None:
    page = world.open("jobs")
    assert not page.exception
    assert "Nothing is reviewed yet" in texts(page, "warning")
    assert page.button(key="start-tonight").disabled
    assert "Nothing runs and nothing waits" in texts(page)


def test_the_night_says_what_it_will_do_and_begins_with_one_press(world: World) -> None:
    reviewed(world)
    page = world.open("jobs")
    said = texts(page).replace("\\", "")
    assert "3 reviewed videos of 3 subjects, 3 macro and 0 micro" in said
    assert "Nothing is promoted by itself" in said
    assert "no estimate yet" in said
    page.button(key="start-tonight").click().run()
    assert not page.exception
    (made,) = jobs.list_jobs(world.database, world.ids.study_id).rows
    assert (made.kind, made.params) == ("tonight", {"from_scratch": False})
    assert queueing.unfinished(queueing.JOBS, made.id, world.settings)
    assert "Tonight is under way" in texts(page, "info")


def test_work_of_every_kind_is_listed_moved_and_cancelled(world: World) -> None:
    videos = [world.video(f"{number}.mp4") for number in range(2)]
    runs = [spotting.start_run(world.database, v, world.ids.baseline_version_id, 6.0, {}) for v in videos]
    for run in runs:
        queueing.enqueue_spotting(run, world.settings)
    made = job(world, "spot_library", version_id=1)
    page = world.open("jobs")
    assert not page.exception
    said = texts(page).replace("\\", "")
    assert "0.mp4, by baseline" in said
    assert "Number 2 in its queue" in said
    page.button(key=f"earlier-spotting-{runs[1]}").click().run()
    order = [work.row_id for work in queueing.list_work(world.settings) if work.kind == "spotting"]
    assert order == [runs[1], runs[0]]
    page.button(key=f"cancel-spotting-{runs[0]}").click().run()
    page.button(key=f"cancel-job-{made}").click().run()
    assert not page.exception
    assert spotting.get_run(world.database, runs[0]).state == "cancelled"
    assert jobs.get(world.database, made).state == "cancelled"
    assert [work.row_id for work in queueing.list_work(world.settings)] == [runs[1]]


def test_a_failed_job_says_why_and_goes_on_when_asked(world: World) -> None:
    made = job(world, "loso", label_set_id=1)
    queueing.cancel(queueing.JOBS, made, world.settings)
    jobs.note(world.settings.data_dir, made, "fold 1 of 3")
    jobs.fail(world.database, made, "the disk is full")
    page = world.open("jobs")
    assert "The disk is full" in texts(page, "error")
    assert "fold 1 of 3" in page.code[0].value
    page.button(key=f"retry-{made}").click().run()
    assert jobs.get(world.database, made).state == "queued"
    assert queueing.unfinished(queueing.JOBS, made, world.settings)


def test_a_night_that_is_over_shows_its_advice_scores_failures_and_report(world: World) -> None:
    label_set, lost = frozen(world), world.video("lost.mp4")
    made = job(world, "tonight")
    queueing.cancel(queueing.JOBS, made, world.settings)
    parts = {
        "freeze": {"label_set_id": label_set, "name": "Round 1", "new": True, "subjects": 3, "videos": 3, "macro": 3,
                   "micro": 0, "rejected": 0, "reviewed_seconds": 10.0, "seconds": 1.0},
        "train": {"training_id": 1, "architecture": "dilated", "preset": "tune", "warm_start": 1, "champion": "old",
                  "version_id": 1, "version": "new-1", "seconds": 60.0},
        "spot": {"done": 3, "failed": [{"video_id": lost, "run_id": 1, "reason": "no video stream"}], "seconds": 9.0},
        "compare": {"first": "old", "second": "new-1", "first_id": 1, "second_id": 1, "role": "test", "videos": [1, 2],
                    "false_alarms": 6.0, "flips": [{"video_id": 1, "kind": "found now"}],
                    "paired": {"subjects": 2, "overall": PAIRED, "macro": PAIRED, "micro": PAIRED}},
        "advice": {"promote": True, "sentence": "Promote new-1: it is better than old."},
    }  # fmt: skip
    for name, values in parts.items():
        jobs.set_part(world.database, made, name, values)
    folder = jobs.folder(world.settings.data_dir, made)
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("<h1>The night</h1>")
    jobs.finish(world.database, made, {"report": "report.html"})
    page = world.open("jobs")
    assert not page.exception
    assert "Promote new" in texts(page, "success")
    said = texts(page).replace("\\", "")
    assert "3 videos spotted, 1 failed" in said
    assert "going on from old" in said
    assert "Intervals that flipped: 1 × found now" in said
    assert page.dataframe[0].value["gain"].iloc[0] == "+0.20 (+0.10 to +0.30)"
    assert list(page.dataframe[1].value["why"]) == ["no video stream"]
    assert len(page.get("download_button")) == 1


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("spot_library", {"version_id": 1, "again": False}),
        ("loso", {"label_set_id": 1, "architecture": "spot_gcn", "preset": "quick", "include_test": False}),
        ("seeded_recall", {"version_id": 1, "type": "micro", "events": 30, "false_alarms": 6.0, "videos": [3]}),
    ],
)
def test_a_form_starts_a_job_of_its_kind(world: World, kind: str, wanted: dict) -> None:
    frozen(world)
    page = AppTest.from_file(str(PAGES / "jobs.py"), default_timeout=30)
    page.session_state["new-kind"], page.session_state["new-job-open"] = kind, True
    page.session_state["new-version"] = world.ids.baseline_version_id
    page.run().button(key="new-start").click().run()
    assert not page.exception
    (made,) = jobs.list_jobs(world.database, world.ids.study_id).rows
    assert (made.kind, made.params) == (kind, wanted)


def test_many_videos_are_spotted_as_one_job_with_one_bar(world: World) -> None:
    videos = [world.video(f"{number}.mp4") for number in range(2)]
    page = world.open("videos")
    page.button(key="spot-unspotted").click().run().button(key="spot-start").click().run()
    (made,) = jobs.list_jobs(world.database, world.ids.study_id).rows
    assert sorted(made.params["videos"]) == videos
    jobs.set_progress(world.database, made.id, 0.5, "spotting: 1 of 2 videos")
    page = world.open("videos")
    assert any("Spotting: 1 of 2 videos" in bar.proto.text.replace("\\", "") for bar in page.get("progress"))
    page.button(key=f"cancel-batch-{made.id}").click().run()
    assert jobs.get(world.database, made.id).cancel_requested


def test_who_may_only_look_sees_no_button_and_no_report(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    reviewed(world)
    made = job(world, "spot_library", version_id=1)
    who = world.open("jobs")  # makes the defaults
    assert not who.exception
    monkeypatch.setattr("webapp.access.at_least", lambda role, least: False)
    page = world.open("jobs")
    assert "start-tonight" not in {button.key for button in page.button}
    assert not [button for button in page.button if button.key == f"cancel-job-{made}"]
