"""The review page around the surface: which video, run and sensitivity. The surface itself is tried in a browser."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from spotcore.decoding import propose
from spotcore.probabilities import save_curves
from tests.browser.review_world import bump_curves
from tests.webapp.world import PAGES, World, texts
from webapp.services import blindness, places, spotting


def open_page(**query: object) -> AppTest:
    """The page file, run once with these query parameters."""
    page = AppTest.from_file(str(PAGES / "review.py"), default_timeout=30)
    for name, value in query.items():
        page.query_params[name] = str(value)
    return page.run()


def spotted(world: World) -> tuple[int, int]:
    """A video of 300 frames and its finished run, with curves that can be decoded."""
    video = world.video("spotted.mp4", frame_count=300)
    run = spotting.start_run(world.database, video, world.ids.baseline_version_id, 6.0, {})
    curves = bump_curves(300)
    save_curves(curves, world.settings.data_dir / f"runs/{run}/curves.npz")
    spotting.finish_run(world.database, run, f"runs/{run}/curves.npz", None, propose(curves, 6.0))
    return video, run


def test_an_empty_library_leads_to_the_videos(world: World) -> None:
    page = open_page()
    assert not page.exception
    assert "no video to review" in texts(page)
    assert page.button(key="to-videos")


def test_a_video_that_does_not_exist_is_said_in_a_sentence(world: World) -> None:
    page = open_page(video=77)
    assert not page.exception
    assert page.error


def test_a_video_being_imported_is_not_opened(world: World) -> None:
    page = open_page(video=world.registered("later.mp4"))
    assert not page.exception
    assert "still being imported" in texts(page)


def test_without_a_place_the_newest_video_is_opened_and_stands_in_the_address(world: World) -> None:
    world.video("older.mp4")
    newest = world.video("newer.mp4")
    page = open_page()
    assert not page.exception
    assert page.query_params["video"] == [str(newest)]


def test_a_video_without_a_run_can_be_reviewed_by_hand(world: World) -> None:
    page = open_page(video=world.video("plain.mp4"))
    assert not page.exception
    assert "Not spotted yet" in texts(page)


def test_another_sensitivity_makes_a_set_and_puts_it_into_the_address(world: World) -> None:
    video, run = spotted(world)
    page = open_page(video=video)
    assert not page.exception
    page.select_slider(key=f"rate-{run}").set_value(1.0).run()
    assert not page.exception
    [strict] = [s for s in spotting.list_sets(world.database, run) if s.false_alarms == 1.0]
    assert page.query_params["set"] == [str(strict.id)]


def test_a_set_in_the_address_is_shown_again(world: World) -> None:
    video, run = spotted(world)
    strict = spotting.decode_again(world.database, world.settings.located, run, 20.0)
    page = open_page(video=video, run=run, set=strict)
    assert not page.exception
    assert page.select_slider(key=f"rate-{run}").value == 20.0


def test_without_a_video_in_the_address_the_page_opens_where_work_stopped(world: World) -> None:
    first, _ = spotted(world)
    world.video("newer.mp4", frame_count=300)
    places.remember(world.database, world.ids.annotator_id, first, 120, None)
    page = open_page()
    assert not page.exception
    assert page.query_params["video"] == [str(first)]


def test_who_codes_blind_sees_no_run_no_slider_and_no_proposals_in_the_overview(world: World) -> None:
    blindness.set_blind_share(world.database, world.ids.study_id, 1.0, world.ids.annotator_id)
    video, _ = spotted(world)
    page = open_page(video=video)
    assert not page.exception
    assert "no proposals until you mark it reviewed" in texts(page)
    assert "None" not in texts(page)
    assert not page.select_slider
    assert "run" not in page.query_params


def test_the_next_video_is_one_press_away_and_an_end_is_said(world: World) -> None:
    older, newest = world.video("older.mp4"), world.video("newer.mp4")
    page = open_page(video=newest)
    page.button(key="next-video").click().run()
    assert not page.exception
    assert page.query_params["video"] == [str(older)]


def test_where_nothing_is_left_the_page_says_so(world: World) -> None:
    only = world.video("only.mp4")
    page = open_page(video=only)
    page.button(key="next-video").click().run()
    assert page.query_params["video"] == [str(only)]
    assert "every other video" in page.toast[0].value
