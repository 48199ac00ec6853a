"""The review page between two coders: what is said around the surface, the way on, and who gets there."""

from __future__ import annotations

import uuid

from tests.webapp.services.library_material import Desk
from tests.webapp.test_pages_review import open_page
from tests.webapp.test_pages_roles import opened, team  # noqa: F401
from tests.webapp.world import World, texts
from webapp.services import adjudication
from webapp.values.adjudication import AdjudicationRequest


def coded_twice(world: World, *titles: str) -> tuple[list[int], list[int]]:
    """Videos in which the first of two coders saw one expression more, and the ids of the two."""
    lead = Desk(world.database, world.ids, world.ids.annotator_id)
    coders = lead.colleague("Anna"), lead.colleague("Berta")
    videos = [world.video(title, f"s-{title}") for title in titles]
    for video in videos:
        for coder in coders:
            coder.add(video, type="macro", onset=10, apex=15, offset=30)
            coder.reviewed(video, 0, 99)
        coders[0].add(video, type="micro", onset=50, apex=52, offset=58)
    return videos, [coder.annotator_id for coder in coders]


def test_what_is_open_is_counted_and_a_settled_video_leads_to_the_next(world: World) -> None:
    videos, pair = coded_twice(world, "a", "b")
    page = open_page(video=videos[0], adjudicate=f"{pair[0]},{pair[1]}")
    assert not page.exception
    assert "**Adjudication** of Anna and Berta in “a”" in texts(page)
    assert "1 item open of 2" in texts(page)
    (item,) = [one for one in adjudication.view(world.database, videos[0], *pair).items if one.open]
    adjudication.decide(world.database, AdjudicationRequest(
        str(uuid.uuid4()), videos[0], *pair, item.first.id, None, (item.first.version, None), "a", "missed",
        world.ids.annotator_id,
    ))  # fmt: skip
    page.run()
    page.button(key="next-video").click().run()
    assert page.query_params["video"] == [str(videos[1])]
    assert "in “b”" in texts(page)
    assert "next-video" not in {button.key for button in page.button}


def test_a_pair_without_common_footage_leads_back_to_the_agreement(world: World) -> None:
    video = world.video("a", "s1")
    page = open_page(video=video, adjudicate="1,2")
    assert not page.exception
    assert "have not reviewed any footage of this video in common" in page.error[0].value
    assert page.button(key="to-agreement")


def test_an_address_that_names_no_pair_is_a_review_like_any_other(world: World) -> None:
    video = world.video("a", "s1")
    for text in ("1", "a,b", "1,2,3", "-1,2", "1," + "9" * 30):
        page = open_page(video=video, adjudicate=text)
        assert not page.exception
        assert "Adjudication" not in texts(page)


def test_annotators_are_told_that_leads_adjudicate(team) -> None:  # noqa: F811
    videos, pair = coded_twice(team, "twice")
    for role, may in (("annotator", False), ("lead", True)):
        team.act(role)
        page = opened("review", video=str(videos[0]), adjudicate=f"{pair[0]},{pair[1]}")
        assert not page.exception
        assert ("of Anna and Berta" in texts(page)) is may
        assert ("Only leads and admins" in texts(page)) is not may
