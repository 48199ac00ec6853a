"""The page that compares two versions: nothing to compare, what lacks, the result, and links that open an interval."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qs, urlparse

import pytest
from streamlit.testing.v1 import AppTest

from spotcore.intervals import Interval
from tests.webapp.test_pages_loop import frozen, reviewed, trained
from tests.webapp.world import PAGES, World, texts
from webapp import queueing
from webapp.components import on_demand
from webapp.services import label_sets, registry, reviewing, spotting
from webapp.services.reviewing import OperationRequest


def spotted(world: World, video: int, version: int, *proposals: Interval) -> int:
    run = spotting.start_run(world.database, video, version, 6.0, {})
    spotting.finish_run(world.database, run, f"runs/{run}/curves.npz", None, proposals)
    return run


@pytest.fixture
def pair(world: World) -> tuple[int, int]:
    """The baseline and another version, the only two (what comes with Glint is registered by the page)."""
    second = registry.register_version(
        world.database, architecture="dilated", settings={}, checkpoint_path="models/b", checkpoint_sha256="b" * 64,
        scores={},
    )  # fmt: skip
    return world.ids.baseline_version_id, second


def opened(world: World, first: int, second: int):
    page = world.open("compare")
    page.selectbox(key="first").set_value(first).run()
    return page.selectbox(key="second").set_value(second).run()


def test_without_reviewed_footage_the_page_says_what_to_do(world: World, pair) -> None:
    page = opened(world, *pair)
    assert not page.exception
    assert "Nothing is reviewed yet" in texts(page, "info")
    assert "no time between them to measure" in texts(page, "caption")
    assert "scored on held-out people yet" in texts(page, "caption")


def test_what_is_not_spotted_is_named_and_queued_by_one_button(world: World, pair) -> None:
    video, *_ = reviewed(world, ("s1",))
    spotted(world, video, pair[0], Interval(10, 40, "macro", 20, 0.9))
    page = opened(world, *pair)
    assert "has not spotted 1 reviewed video" in texts(page, "info")
    page.button(key=f"spot-missing-{pair[1]}").click().run()
    run = spotting.latest_run(world.database, video, "")
    assert (run.model_version_id, run.state, run.false_alarms) == (pair[1], "queued", 6.0)
    assert queueing.unfinished("spotting", run.id, world.settings)
    assert "1 of them wait for the worker" in texts(page, "info")


def test_scores_stand_with_their_difference_and_every_change_opens_on_the_review_page(world: World, pair) -> None:
    videos = reviewed(world)
    for video in videos:
        spotted(world, video, pair[0], Interval(60, 80, "macro", 70, 0.5))
    runs = [spotted(world, video, pair[1], Interval(10, 40, "macro", 20, 0.9)) for video in videos]
    page = opened(world, *pair)
    assert not page.exception
    table = page.dataframe[0].value
    assert table["difference (95 % interval)"].iloc[0] == "+1.00 (+1.00 to +1.00)"
    assert table["verdict"].iloc[0] == "better"
    assert "3 videos of 3 subjects" in texts(page, "caption")
    found = page.dataframe[1].value
    assert list(found["video"]) == ["s1.mp4", "s2.mp4", "s3.mp4"]
    places = [parse_qs(urlparse(link).query) for link in found["look"]]
    assert [(int(p["video"][0]), int(p["run"][0]), "interval" in p) for p in places] == [
        (video, run, True) for video, run in zip(videos, runs, strict=True)
    ]
    gone = [parse_qs(urlparse(link).query) for link in page.dataframe[2].value["look"]]
    assert {p["frame"][0] for p in gone} == {"60"}


def test_people_a_version_learned_from_are_left_out_until_asked_for(world: World) -> None:
    version = trained(world, frozen(world))
    for video in (1, 2, 3):
        spotted(world, video, version)
        spotted(world, video, world.ids.baseline_version_id)
    page = opened(world, world.ids.baseline_version_id, version)
    assert "Left out, because a version learned from them: s1, s2" in texts(page, "caption")
    assert "no interval can be given" in texts(page, "caption")
    page.checkbox(key="everybody").check().run()
    assert "flatter" in texts(page, "warning")
    assert "3 videos of 3 subjects" in texts(page, "caption")


def test_a_scored_version_is_a_point_of_the_learning_curve(world: World) -> None:
    trained(world, frozen(world))
    page = world.open("compare")
    assert not page.exception
    assert "Scored on 2 subjects in the role test" in texts(page, "caption")
    assert len(page.get("arrow_vega_lite_chart") or page.get("vega_lite_chart")) >= 1


def test_the_page_of_label_sets_lists_negatives_and_what_changed(world: World) -> None:
    frozen(world)
    reviewed(world, ("s4",))
    label_sets.freeze(world.database, world.ids.study_id, "Round 2", {}, world.ids.annotator_id)
    page = world.open("label_sets")
    assert not page.exception
    assert any("without expression" in expander.label for expander in page.expander)
    assert any(expander.label == "Check an exported file" for expander in page.expander)


def test_a_finding_leads_to_the_video_it_is_about(world: World) -> None:
    video, *_ = reviewed(world)
    request = OperationRequest(
        str(uuid.uuid4()), "add", video, world.ids.annotator_id, str(uuid.uuid4()),
        after={"type": "micro", "onset": 50, "apex": 50, "offset": 51},
    )  # fmt: skip
    assert reviewing.apply_operation(world.database, request).status == "applied"
    page = world.open("label_sets")
    assert "too short to be one" in texts(page, "warning")
    assert f"/review?video={video}" in texts(page, "warning")


def test_the_next_videos_are_chosen_on_the_page_of_the_videos_and_lead_to_the_review(world: World) -> None:
    video = world.video("a.mp4", "s1")
    world.video("b.mp4", "s2")
    spotted(world, video, world.ids.baseline_version_id, Interval(10, 40, "macro", 20, 0.5))
    page = world.open("videos")
    page.button(key="choose-next").click().run()
    assert not page.exception
    assert "at random from 2 uncoded videos" in texts(page, "markdown").replace("\\", "")
    assert page.button(key=f"next-{video}")


def test_an_address_may_name_the_two_versions(world: World, pair) -> None:
    reviewed(world)
    third = registry.register_version(
        world.database, architecture="dilated", settings={}, checkpoint_path="models/c", checkpoint_sha256="c" * 64,
        scores={},
    )  # fmt: skip
    page = AppTest.from_file(str(PAGES / "compare.py"), default_timeout=30)
    page.query_params.update({"first": str(third), "second": str(pair[1])})
    page.run()
    assert not page.exception
    assert (page.selectbox(key="first").value, page.selectbox(key="second").value) == (third, pair[1])


def test_in_a_large_study_the_comparison_is_asked_for_once_and_stays(world: World, pair, monkeypatch) -> None:
    video, *_ = reviewed(world, ("s1",))
    for version in pair:
        spotted(world, video, version, Interval(10, 40, "macro", 20, 0.9))
    monkeypatch.setattr(on_demand, "AT_ONCE", 0)
    page = opened(world, *pair)
    assert not page.dataframe
    page.button(key="ask-comparison").click().run()
    for _ in range(2):
        assert "verdict" in page.dataframe[0].value.columns
        assert "ask-comparison" not in {button.key for button in page.button}
        page.run()
