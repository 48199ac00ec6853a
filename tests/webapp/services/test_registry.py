"""Model versions, the champion, and training jobs."""

from __future__ import annotations

import pytest

from spotcore.intervals import Interval
from tests.webapp.services.library_material import desk
from webapp.services import label_sets, library, registry, training
from webapp.services.errors import NotFound, Refused

CHECKPOINT = {"settings": {"epochs": 2}, "checkpoint_path": "models/1", "checkpoint_sha256": "0" * 64}


@pytest.fixture
def work(database):
    return desk(database)


def version(work, name: str, **more) -> int:
    return registry.register_version(
        work.database, name=name, **{"architecture": "spot_gcn", "scores": {}, **CHECKPOINT, **more}
    )


def champion(work) -> str:
    return registry.champion(work.database).name


def test_promoting_and_rolling_back_walks_the_history(work):
    first, second = version(work, "first"), version(work, "second")
    registry.promote(work.database, first, work.annotator_id)
    registry.promote(work.database, second, work.annotator_id)
    names = [champion(work)]
    for _ in range(2):
        registry.roll_back(work.database, work.annotator_id)
        names.append(champion(work))
    assert names == ["second", "first", "baseline"]
    with pytest.raises(Refused, match="nothing to roll back"):
        registry.roll_back(work.database, work.annotator_id)
    assert [c.kind for c in registry.alias_history(work.database)] == ["roll_back"] * 2 + ["promote"] * 3


def test_after_a_roll_back_the_next_promotion_can_be_rolled_back_to_the_same_place(work):
    first, second = version(work, "first"), version(work, "second")
    registry.promote(work.database, first, None)
    registry.roll_back(work.database, None)
    registry.promote(work.database, second, None)
    registry.roll_back(work.database, None)
    assert champion(work) == "baseline"


def test_the_champion_cannot_be_promoted_again(work):
    with pytest.raises(Refused, match="already"):
        registry.promote(work.database, work.defaults.baseline_version_id, None)


def test_a_name_of_a_version_is_used_once(work):
    version(work, "first")
    with pytest.raises(Refused, match="first"):
        version(work, "first")


def test_two_versions_are_compared_by_settings_scores_and_proposals(work):
    first = version(work, "first", scores={"held_out": {"f1": 0.25, "tp": 3}, "note": "text"})
    second = version(work, "second", scores={"held_out": {"f1": 0.5}}, settings={"epochs": 4})
    video = work.video()
    work.run(video, [Interval(0, 9, "micro"), Interval(50, 90, "macro")], first)
    work.run(video, [Interval(1, 9, "micro"), Interval(50, 90, "micro"), Interval(200, 210, "micro")], second)
    found = registry.compare(work.database, work.defaults.study_id, first, second)
    assert found.settings == {"epochs": (2, 4)}
    assert [(s.name, s.first, s.second, s.gain) for s in found.scores] == [
        ("held_out.f1", 0.25, 0.5, 0.25),
        ("held_out.tp", 3.0, None, None),
    ]
    assert [(v.title, v.both, v.only_first, v.only_second) for v in found.videos] == [("a.mp4", 1, 1, 2)]


def test_videos_of_two_versions_come_page_by_page(work):
    first, second = version(work, "first"), version(work, "second")
    for number in range(3):
        video = work.video(f"{number}.mp4")
        for one in (first, second, first):  # the newest run of a version counts
            work.run(video, [Interval(0, 9, "micro")], one)
    study = work.defaults.study_id
    pages = [registry.compare(work.database, study, first, second, page, per_page=2) for page in (1, 2, 9)]
    assert [[v.title for v in page.videos] for page in pages] == [["0.mp4", "1.mp4"], ["2.mp4"], ["2.mp4"]]
    assert {(page.video_count, page.pages) for page in pages} == {(3, 2)}


@pytest.fixture
def label_set(work):
    for title in ("a", "b"):
        video = work.video(title, title)
        work.add(video, type="macro", onset=1, offset=30)
        work.reviewed(video)
    return label_sets.freeze(work.database, work.defaults.study_id, "one", {}, None)


def job(work, label_set: int, **more) -> int:
    return training.create_job(work.database, label_set, "spot_gcn", "quick", {"seed": 3}, **more)


def test_a_job_ends_as_a_version_with_its_lineage_and_registers_once(work, label_set):
    parent = version(work, "parent")
    made = job(work, label_set, warm_start=parent)
    assert training.set_job_progress(work.database, made, 0.5, "epoch 3")
    result = registry.register_version(
        work.database, architecture="spot_gcn", scores={}, job_id=made, code_version="abc", seed=3, **CHECKPOINT
    )
    training.finish_job(work.database, made, result)
    again = registry.register_version(work.database, architecture="spot_gcn", scores={}, job_id=made, **CHECKPOINT)
    done, kept = training.get_job(work.database, made), registry.get_version(work.database, result)
    assert (again, done.state, done.model_version_id, done.label_set) == (result, "done", result, "one")
    assert (kept.label_set, kept.parent_id, kept.job_id, kept.seed) == ("one", parent, made, 3)
    assert kept.name == f"spot_gcn-{made}"


def test_cancelling_a_waiting_job_ends_it_and_a_running_one_is_told(work, label_set):
    waiting, running = job(work, label_set), job(work, label_set)
    training.set_job_progress(work.database, running, 0.1)
    for made in (waiting, running):
        training.request_cancel(work.database, made)
    assert training.get_job(work.database, waiting).state == "cancelled"
    assert training.get_job(work.database, running).state == "running"
    assert not training.set_job_progress(work.database, running, 0.2)
    training.cancel_job(work.database, running)
    assert [j.state for j in training.list_jobs(work.database)] == ["cancelled", "cancelled"]


def test_a_failed_job_can_go_on_and_a_finished_one_cannot(work, label_set):
    made = job(work, label_set)
    training.fail_job(work.database, made, "The disk is full.")
    assert training.get_job(work.database, made).message == "The disk is full."
    training.retry_job(work.database, made)
    assert training.set_job_progress(work.database, made, 0.1)
    with pytest.raises(Refused):
        training.retry_job(work.database, made)


def test_a_job_starts_only_from_a_checkpoint_of_its_architecture(work, label_set):
    for start in (work.defaults.baseline_version_id, version(work, "other", architecture="other")):
        with pytest.raises(Refused, match="no checkpoint"):
            job(work, label_set, warm_start=start)


def test_going_on_needs_a_version_and_takes_an_ensemble_too(work, label_set):
    with pytest.raises(Refused, match="goes on from a version"):
        training.create_job(work.database, label_set, "ensemble", "tune", {})
    start = version(work, "joined", architecture="ensemble")
    with pytest.raises(Refused, match="cannot train “ensemble”"):
        training.create_job(work.database, label_set, "ensemble", "quick", {}, start)
    made = training.create_job(work.database, label_set, "ensemble", "tune", {}, start)
    assert training.get_job(work.database, made).warm_start == start
    assert [v.name for v in registry.list_versions(work.database) if training.can_start(v)] == ["joined"]


def test_a_version_remembers_how_it_was_made_and_one_of_before_knows_nothing(work):
    known = {"origin": "trained", "hardware": "two cores", "seconds": 61.5}
    made = version(work, "made", lineage=known)
    assert registry.get_version(work.database, made).lineage == known
    assert registry.get_version(work.database, work.defaults.baseline_version_id).lineage == {}


def test_nothing_is_trained_on_a_set_from_which_somebody_withdrew(work, label_set):
    library.delete_video(work.database, 1, withdraw=True)
    with pytest.raises(Refused, match="withdrew"):
        job(work, label_set)


def test_a_job_on_no_label_set_is_not_found(work):
    with pytest.raises(NotFound):
        job(work, 99)


def test_metrics_and_log_are_read_while_they_are_written(tmp_path):
    folder = training.job_dir(tmp_path, 4)
    assert (training.metrics(tmp_path, 4), training.log_lines(tmp_path, 4)) == ((), ())
    folder.mkdir(parents=True)
    (folder / "metrics.jsonl").write_text('{"epoch": 1}\n{"epoch": 2}\n{"epo')
    (folder / "log.txt").write_text("one\ntwo\nthree\n")
    assert training.metrics(tmp_path, 4) == ({"epoch": 1}, {"epoch": 2})
    assert training.log_lines(tmp_path, 4, 2) == ("two", "three")
