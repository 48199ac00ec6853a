"""The videos page: empty, with videos in every state, and with things that go wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.webapp.world import World, texts
from webapp import queueing, registration, wording
from webapp.services import blindness, imported_signals, library, places, reviewing, spotting
from webapp.services.reviewing import OperationRequest
from webapp.settings import Settings


def test_an_empty_library_offers_the_example_and_an_upload(world: World) -> None:
    page = world.open("videos")
    assert not page.exception
    assert page.button(key="example").label == "Load the example"
    assert "synthetic" in texts(page)
    assert "add a video of your own" in texts(page)


def test_loading_the_example_asks_the_worker_and_says_so(world: World) -> None:
    page = world.open("videos").button(key="example").click().run()
    assert queueing.unfinished("import", "example.1.1", world.settings)
    assert "being rendered" in texts(page)
    assert not page.error


def test_an_example_that_never_came_is_said_and_can_be_asked_for_again(world: World) -> None:
    page = world.open("videos").button(key="example").click().run()
    queueing.cancel("import", "example.1.1", world.settings)
    page.run()
    assert "could not be rendered" in texts(page, "error")
    assert page.button(key="example")


def test_every_state_says_what_it_is_and_offers_one_next_step(world: World) -> None:
    importing = world.registered("importing.mp4")
    library.set_import_progress(world.database, importing, 0.4)
    failed = world.registered("failed.mp4")
    library.fail_import(world.database, failed, "failed.mp4 holds no picture track.")
    new, running, spotted = world.video("new.mp4"), world.video("running.mp4"), world.video("spotted.mp4", "s1")
    run_id = spotting.start_run(world.database, running, world.ids.baseline_version_id, 6.0, {})
    spotting.set_run_progress(world.database, run_id, 0.25)
    world.run(spotted)
    page = world.open("videos")
    assert not page.exception
    assert wording.sentence("failed.mp4 holds no picture track.") in texts(page, "error")
    assert "Not spotted yet" in texts(page)
    steps = {button.key: button.label for button in page.button if button.key and button.key[-1].isdigit()}
    assert steps == {
        f"remove-{failed}": "Remove", f"spot-{new}": "Spot", f"cancel-{running}": "Cancel",
        f"review-{spotted}": "Review",
    }  # fmt: skip


def test_search_and_filters_leave_what_matches(world: World) -> None:
    first, second = world.video("smile.mp4", "s1"), world.video("frown.mp4", "s2")
    page = world.open("videos")
    page.text_input(key="search").set_value("smi").run()
    assert shown(page) == {first}
    page.text_input(key="search").set_value("").run()
    page.selectbox(key="subject").set_value("s2").run()
    assert shown(page) == {second}
    page.selectbox(key="state").set_value("reviewed").run()
    assert shown(page) == set()
    assert "No video matches" in texts(page)


def test_a_subject_typed_into_the_list_is_stored(world: World) -> None:
    video = world.video("smile.mp4", "s1")
    page = world.open("videos").text_input(key=f"subject-{video}").set_value("s7").run()
    assert library.get_video(world.database, video).subject == "s7"
    assert page.text_input(key=f"subject-{video}").value == "s7"


def test_subjects_by_pattern_are_previewed_and_then_stored(world: World) -> None:
    videos = [world.video(f"s{n}_take.mp4") for n in (1, 2)]
    kept = world.video("s9_take.mp4", "somebody")
    page = unfolded(world.open("videos"), "subjects-open")
    page.text_input(key="subject-pattern").set_value("{subject}_*")
    assert r"- s1\_take\.mp4: **s1**" in texts(unfolded(page, "subjects-open"))
    page.button(key="subject-pattern-save").click()
    unfolded(page, "subjects-open")
    subjects = [library.get_video(world.database, video).subject for video in (*videos, kept)]
    assert subjects == ["s1", "s2", "somebody"]
    assert page.text_input(key=f"subject-{videos[0]}").value == "s1"


def test_a_pattern_that_is_none_is_refused_in_a_sentence(world: World) -> None:
    world.video("smile.mp4")
    page = unfolded(world.open("videos"), "subjects-open")
    page.text_input(key="subject-pattern").set_value("((")
    assert "not a valid expression" in texts(unfolded(page, "subjects-open"), "error")
    assert not page.exception


def test_subjects_come_from_a_pasted_table_and_unknown_titles_are_named(world: World) -> None:
    video = world.video("smile.mp4")
    page = unfolded(world.open("videos"), "subjects-open")
    for title, subject in (("smile.mp4", "s3"), ("none.mp4", "s4")):
        page.text_area(key="subject-table-text").set_value(f"video,subject\n{title},{subject}\n")
        unfolded(page, "subjects-open").button(key="subject-table-save").click()
        unfolded(page, "subjects-open")
    assert library.get_video(world.database, video).subject == "s3"
    assert "none.mp4" in texts(page, "error")


def test_selected_videos_are_spotted_with_the_model_and_rate_chosen(world: World) -> None:
    first, second = world.video("a.mp4"), world.video("b.mp4")
    page = world.open("videos").checkbox(key=f"select-{first}").check().run()
    page.button(key="spot-selected").click().run()
    page.slider(key="spot-false-alarms").set_value(1.0)
    page.button(key="spot-start").click().run()
    run = spotting.latest_run(world.database, first, "")
    assert (run.state, run.false_alarms) == ("queued", 1.0)
    assert queueing.unfinished("spotting", run.id, world.settings)
    assert spotting.latest_run(world.database, second, "") is None


def test_a_cancelled_run_leaves_queue_and_list(world: World) -> None:
    video = world.video("a.mp4")
    run_id = spotting.start_run(world.database, video, world.ids.baseline_version_id, 6.0, {})
    queueing.enqueue_spotting(run_id, world.settings)
    page = world.open("videos").button(key=f"cancel-{video}").click().run()
    assert spotting.get_run(world.database, run_id).state == "cancelled"
    assert not queueing.unfinished("spotting", run_id, world.settings)
    assert "cancelled" in texts(page)


def test_a_failed_import_can_be_asked_for_again(world: World) -> None:
    video = world.registered("a.mp4")
    library.fail_import(world.database, video, "The server's disk is full: make room, then ask for it again.")
    page = world.open("videos").menu_button(key=f"more-{video}").click("Import again").run()
    row = library.get_video(world.database, video)
    assert (row.state, row.message) == ("importing", "")
    assert queueing.unfinished("import", video, world.settings)
    assert "disk is full" not in texts(page)


def test_deleting_asks_first_and_then_removes_rows_and_files(world: World) -> None:
    video = world.video("a.mp4")
    world.run(video)
    upload = world.settings.data_dir / library.get_video(world.database, video).path
    upload.parent.mkdir(exist_ok=True)
    upload.write_bytes(b"video")
    page = world.open("videos").menu_button(key=f"more-{video}").click("Delete").run()
    assert "cannot be undone" in texts(page)
    assert upload.exists()
    page.button(key="delete-confirm").click().run()
    assert not upload.exists()
    assert library.list_videos(world.database, world.ids.study_id).total == 0


def test_decisions_and_reviewed_share_are_counted_in_the_list(world: World) -> None:
    video = world.video("a.mp4")
    world.run(video)
    request = OperationRequest(
        "11111111-1111-4111-8111-111111111111", "review_span", video, world.ids.annotator_id,
        after={"first": 0, "last": 49},
    )  # fmt: skip
    assert reviewing.apply_operation(world.database, request).status == "applied"
    page = world.open("videos")
    assert any("2 proposals, 0 decided · 50 % reviewed by Annotator" in bar for bar in progress_texts(page))


def test_labels_are_imported_from_a_pasted_table_and_mistakes_named_by_line(world: World) -> None:
    world.video("a.mp4")
    page = unfolded(world.open("videos"), "labels-open")
    said = []
    for offset in (30, 300):
        page.text_area(key="labels-table-text").set_value(f"video,type,onset,apex,offset\na.mp4,macro,10,15,{offset}\n")
        unfolded(page, "labels-open").button(key="labels-import").click()
        said.append(texts(unfolded(page, "labels-open"), "success", "error"))
    assert "1 label imported" in said[0]
    assert "line 2" in said[1]


def test_a_folder_of_pictures_without_a_rate_is_refused_and_with_one_registered(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = tmp_path / "roots" / "s5_take"
    pictures.mkdir(parents=True)
    (pictures / "img1.jpg").write_bytes(b"picture")
    monkeypatch.setenv("GLINT_MEDIA_ROOTS", str(tmp_path / "roots"))
    page = world.open("videos")
    page.multiselect(key="server-videos").select(registration.candidates(Settings.from_environment())[0]).run()
    page.button(key="server-register").click().run()
    assert "say how many frames a second" in texts(page, "error")
    page.number_input(key="server-rate").set_value(200.0).run()
    page.button(key="server-register").click().run()
    (row,) = library.list_videos(world.database, world.ids.study_id).rows
    assert (row.title, library.get_video(world.database, row.id).rate) == ("s5_take", 200.0)
    assert queueing.unfinished("import", row.id, world.settings)


def test_a_database_that_is_gone_is_said_in_a_sentence(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLINT_DATABASE_URL", f"sqlite:///{world.settings.data_dir / 'other.db'}")
    page = world.open("videos")
    assert not page.exception
    assert "Could not show the videos" in texts(page, "error")


def unfolded(page: AppTest, key: str) -> AppTest:
    """Run the page with one of its popovers open; the test runner, unlike a browser, forgets that at every run."""
    page.session_state[key] = True
    return page.run()


def shown(page: AppTest) -> set[int]:
    return {int(box.key.removeprefix("select-")) for box in page.checkbox if box.key.startswith("select-")}


def progress_texts(page: AppTest) -> list[str]:
    return [element.proto.text for element in page.get("progress")]


def test_reviewing_goes_on_where_it_stopped(world: World) -> None:
    video = world.video("left.mp4")
    assert "continue" not in {button.key for button in world.open("videos").button}
    places.remember(world.database, world.ids.annotator_id, video, 42, None)
    page = world.open("videos")
    assert not page.exception
    assert page.button(key="continue").label == r"Continue where you stopped: left\.mp4, frame 42"


def test_the_number_of_proposals_is_not_told_to_who_codes_the_video_blind(world: World) -> None:
    world.run(world.video("blind.mp4"))
    assert "2 proposals" in progress(world)
    blindness.set_blind_share(world.database, world.ids.study_id, 1.0, world.ids.annotator_id)
    assert "Coded blind by you" in progress(world)
    assert "proposal" not in progress(world)


def progress(world: World) -> str:
    """What the bars of the list say."""
    return " ".join(bar.proto.text for bar in world.open("videos").get("progress"))


def test_imported_signals_are_listed_on_the_page_and_taken_away_there(world: World) -> None:
    video = world.video("a.mp4")
    folder = world.settings.data_dir / "signals" / str(video) / "x"
    folder.mkdir(parents=True)
    imported_signals.add_signal(
        world.database, video, world.ids.annotator_id, "openface.csv", world.settings.stored(folder),
        (("AU12_r", "of 5"), ("AU06_r", "of 5")), 300, "1 row without a number is left out",
    )  # fmt: skip
    page = world.open("videos").menu_button(key=f"more-{video}").click("Import signals").run()
    assert not page.exception
    assert "2 columns, 300 samples" in texts(page)
    assert "1 row without a number" in texts(page)
    [signal] = imported_signals.list_signals(world.database, video)
    page.button(key=f"signal-delete-{signal.id}").click().run()
    assert "No signals are imported yet." in texts(page)
    assert not folder.exists()
