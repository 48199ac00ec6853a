"""Label sets, training and models: empty, with data, and when something goes wrong."""

from __future__ import annotations

import json
import uuid

import pytest
from streamlit.testing.v1 import AppTest

from tests.webapp.world import World, texts
from webapp import queueing
from webapp.services import label_sets, registry, reviewing, spotting, training
from webapp.services.defaults import ensure_shipped_model
from webapp.services.errors import Refused
from webapp.services.reviewing import OperationRequest

SUBJECTS = ("s1", "s2", "s3")


def reviewed(world: World, subjects: tuple[str, ...] = SUBJECTS) -> list[int]:
    """One fully reviewed video per subject, each with one macro-expression."""
    videos = [world.video(f"{code}.mp4", code) for code in subjects]
    for video in videos:
        for verb, interval_id, after in (
            ("add", str(uuid.uuid4()), {"type": "macro", "onset": 10, "apex": 20, "offset": 40}),
            ("review_span", None, {"first": 0, "last": 99}),
        ):
            request = OperationRequest(str(uuid.uuid4()), verb, video, world.ids.annotator_id, interval_id, after=after)
            assert reviewing.apply_operation(world.database, request).status == "applied"
    return videos


def frozen(world: World, name: str = "Round 1") -> int:
    reviewed(world)
    roles = dict(zip(SUBJECTS, ("train", "validation", "test"), strict=True))
    return label_sets.freeze(world.database, world.ids.study_id, name, roles, world.ids.annotator_id)


def trained(world: World, label_set: int, subjects: tuple[str, ...] = ("s3", "s4")) -> int:
    """A version as a training job registers it."""
    ensure_shipped_model(world.database)  # before: the newest version is the one that is shown
    score = {"tp": 3, "fp": 1, "fn": 1, "precision": 0.75, "recall": 0.75, "f1": 0.75, "f1_low": 0.4, "f1_high": 0.9}
    low = {**score, "f1": 0.3, "f1_low": 0.1, "f1_high": 0.6}
    return registry.register_version(
        world.database, architecture="spot_gcn", settings={"window": 17}, checkpoint_path="models/job-1",
        checkpoint_sha256="a" * 64, label_set_id=label_set, code_version="abc",
        scores={
            "held_out": {"overall": score, "macro": score, "micro": score},
            "champion": {"overall": low, "macro": low, "micro": low},
            "baseline": {"overall": low, "macro": low, "micro": low},
            "champion_name": "baseline", "false_alarms": 6.0,
            "measured_on": {"role": "test", "subjects": list(subjects), "videos": 1, "minutes": 0.1, "events": 4},
        },
    )  # fmt: skip


def test_without_reviewed_videos_the_label_sets_page_says_what_to_do(world: World) -> None:
    page = world.open("label_sets")
    assert not page.exception
    assert "Nothing is reviewed yet" in texts(page, "info")
    assert page.button(key="to-videos")


def test_one_subject_alone_is_refused_in_a_sentence(world: World) -> None:
    reviewed(world, ("s1",))
    page = world.open("label_sets").text_input(key="set-name").set_value("Round 1").run()
    assert "review a video of a second person" in texts(page, "error")
    assert page.button(key="freeze").disabled


def test_freezing_stores_what_the_page_shows_and_lists_it(world: World) -> None:
    reviewed(world)
    page = world.open("label_sets")
    assert [(metric.label, metric.value) for metric in page.metric][:2] == [("Subjects", "3"), ("Videos", "3")]
    page.text_input(key="set-name").set_value("Round 1").run()
    page.button(key="freeze").click().run()
    assert "Round 1 is frozen" in texts(page, "success")
    made = label_sets.list_label_sets(world.database, world.ids.study_id)
    assert [(row.name, row.subjects, row.macro) for row in made] == [("Round 1", 3, 3)]
    assert any("Round 1" in expander.label for expander in page.expander)
    assert page.button(key="to-training").label == "Train on it"


def test_a_name_that_is_taken_is_refused_and_nothing_is_frozen(world: World) -> None:
    frozen(world)
    page = world.open("label_sets").text_input(key="set-name").set_value("Round 1").run()
    page.button(key="freeze").click().run()
    assert "choose another name" in texts(page, "error")
    assert len(label_sets.list_label_sets(world.database, world.ids.study_id)) == 1


def test_without_a_label_set_training_points_to_freezing(world: World) -> None:
    page = world.open("training")
    assert "freeze a label set first" in texts(page, "info")
    assert page.button(key="to-label-sets")


def test_a_job_is_made_queued_and_shown(world: World) -> None:
    label_set = frozen(world)
    page = world.open("training").button(key="start-training").click().run()
    (job,) = training.list_jobs(world.database)
    assert (job.label_set_id, job.architecture, job.preset, job.state) == (label_set, "ensemble", "tune", "queued")
    assert job.warm_start == registry.champion(world.database).id
    assert queueing.unfinished("training", job.id, world.settings)
    assert "Waiting for the worker" in texts(page)
    assert not page.exception


def from_scratch(world: World) -> AppTest:
    page = world.open("training")
    return page.selectbox(key="warm-start").set_value(0).run()


def test_going_on_from_the_champion_is_offered_first_and_says_what_guards_it(world: World) -> None:
    frozen(world)
    page = world.open("training")
    assert page.selectbox(key="warm-start").options[0].startswith("default-1 (champion")
    assert page.selectbox(key="warm-start").options[-1] == "From scratch"
    assert "fewer than 10 events keeps its head" in texts(page, "caption")


@pytest.mark.parametrize("architecture", training.ARCHITECTURES)
def test_every_architecture_is_offered_with_its_cost_and_can_be_queued(world: World, architecture: str) -> None:
    frozen(world)
    page = from_scratch(world)
    page.selectbox(key="architecture").set_value(architecture).run()
    shown = page.selectbox(key="architecture").options[page.selectbox(key="architecture").index]
    assert "parameters" in shown
    assert "per hour of video" in shown
    page.button(key="start-training").click().run()
    assert not page.exception
    (job,) = training.list_jobs(world.database)
    assert job.architecture == architecture


def test_a_preset_that_two_cores_cannot_finish_says_so(world: World) -> None:
    frozen(world)
    page = from_scratch(world)
    page.selectbox(key="architecture").set_value("spotformer")
    page.radio(key="preset").set_value("paper").run()
    assert "Days without a GPU" in texts(page, "caption")


def test_a_network_over_pictures_is_refused_in_a_sentence(world: World) -> None:
    with pytest.raises(Refused, match=r"cannot train “fesnet”.*command line"):
        training.create_job(world.database, frozen(world), "fesnet", "quick", {})


def test_a_running_job_shows_progress_curves_and_log(world: World) -> None:
    job = training.create_job(world.database, frozen(world), "spot_gcn", "quick", {})
    training.set_job_progress(world.database, job, 0.4, "learning")
    folder = training.job_dir(world.settings.data_dir, job)
    folder.mkdir(parents=True)
    f1 = {kind: {"f1": 0.5, "tp": 1} for kind in ("overall", "macro", "micro")}
    lines = [{"epoch": 1, "train_loss": {"total": 2.0}}, {"epoch": 2, "train_loss": {"total": 1.5}, "validation": f1}]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "log.txt").write_text("epoch 1 of 40\n")
    page = world.open("training")
    assert not page.exception
    assert any("40 % done. learning" in bar.proto.text for bar in page.get("progress"))
    assert "epoch 1 of 40" in page.code[0].value
    assert len(page.get("arrow_vega_lite_chart") or page.get("vega_lite_chart")) == 2


def test_a_failed_job_says_why_and_can_be_tried_again(world: World) -> None:
    job = training.create_job(world.database, frozen(world), "spot_gcn", "quick", {})
    training.fail_job(world.database, job, "the training subjects have no macro-expression")
    page = world.open("training")
    assert "no macro-expression" in texts(page, "error")
    page.button(key=f"retry-{job}").click().run()
    assert training.get_job(world.database, job).state == "queued"
    assert queueing.unfinished("training", job, world.settings)


def test_cancelling_a_job_takes_it_back(world: World) -> None:
    job = training.create_job(world.database, frozen(world), "spot_gcn", "quick", {})
    queueing.enqueue_training(job, world.settings)
    page = world.open("training").button(key=f"cancel-job-{job}").click().run()
    assert training.get_job(world.database, job).state == "cancelled"
    assert not queueing.unfinished("training", job, world.settings)
    assert "can go on" in texts(page, "warning")


def test_before_any_training_the_models_page_says_what_the_shipped_models_are(world: World) -> None:
    ensure_shipped_model(world.database)
    page = world.open("models")
    assert not page.exception
    assert "synthetic-trained, not validated on CAS" in texts(page).replace("\\", "")
    assert "Only models that come with Glint" in texts(page, "info")
    for _ in range(2):  # first to the baseline, then there is none before it
        page.button(key="roll-back").click().run()
        page.button(key="roll-back-confirm").click().run()
    assert registry.champion(world.database).id == world.ids.baseline_version_id
    assert "nothing to roll back to" in texts(page, "error")


def test_scores_stand_beside_the_baselines_with_number_and_interval(world: World) -> None:
    trained(world, frozen(world))
    page = world.open("models")
    assert not page.exception
    table = page.dataframe[0].value
    assert set(table["version"]) == {"spot_gcn-1", "baseline (champion then, training-free)"}
    assert table["F1 (95 % interval)"].iloc[0] == "0.75 (0.40 to 0.90)"
    assert "2 subjects in the role test" in texts(page)


def test_one_subject_gives_no_interval(world: World) -> None:
    trained(world, frozen(world), ("s3",))
    page = world.open("models")
    assert page.dataframe[0].value["F1 (95 % interval)"].iloc[0] == "0.75"
    assert "no interval can be given" in texts(page)


def test_promoting_and_rolling_back_move_the_champion_and_are_recorded(world: World) -> None:
    shipped = ensure_shipped_model(world.database)
    version = trained(world, frozen(world))
    page = world.open("models").selectbox(key="version").set_value(version).run()
    page.button(key="promote").click().run()
    assert registry.champion(world.database).id == shipped
    page.button(key="promote-confirm").click().run()
    assert registry.champion(world.database).id == version
    page.button(key="roll-back").click().run()
    page.button(key="roll-back-confirm").click().run()
    assert registry.champion(world.database).id == shipped
    assert list(page.dataframe[-1].value["what"])[:2] == ["rolled back to", "promoted"]


def test_spotting_again_queues_a_run_of_the_champion_for_every_video(world: World) -> None:
    version = trained(world, frozen(world))
    registry.promote(world.database, version, world.ids.annotator_id)
    page = world.open("models").button(key="respot").click().run()
    page.button(key="respot-confirm").click().run()
    runs = [spotting.latest_run(world.database, video, "") for video in (1, 2, 3)]
    assert {run.model_version_id for run in runs} == {version}
    assert all(queueing.unfinished("spotting", run.id, world.settings) for run in runs)


def test_a_version_that_is_worse_than_its_parent_says_so_where_it_would_be_promoted(world: World) -> None:
    version = trained(world, frozen(world))
    overall = {"a": {"f1": 0.5}, "b": {"f1": 0.4}, "gain": {"difference": -0.1, "low": -0.2, "high": -0.01}}
    registry.set_scores(world.database, version, {"against_parent": {"parent": "default-1", "overall": overall}})
    page = world.open("models")
    assert "Worse than its parent default" in texts(page, "error").replace("\\", "")
    page.button(key="promote").click().run()
    assert texts(page, "error").count("not recommended") == 2


def test_a_version_from_a_place_that_is_not_open_is_refused(world: World) -> None:
    page = world.open("models")
    assert page.button(key="model-import-go").disabled
    page.text_input(key="model-path").set_value("/etc").run()
    page.button(key="model-import-go").click().run()
    assert "GLINT" in texts(page, "error")
    assert len(registry.list_versions(world.database)) == 2
