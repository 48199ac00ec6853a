"""The page of agreement: nobody coded twice, and two coders with all kinds of disagreement."""

from __future__ import annotations

from tests.webapp.services.library_material import Desk
from tests.webapp.world import World, texts


def test_without_a_second_coder_the_page_says_what_to_do(world: World) -> None:
    page = world.open("agreement")
    assert not page.exception
    assert "two people" in page.info[0].value


def test_two_coders_are_measured_and_their_disagreements_lead_to_the_review(world: World) -> None:
    video = world.video("a.mp4", "s1")
    one = Desk(world.database, world.ids, world.ids.annotator_id)
    other = one.colleague("Berta")
    for desk, shift in ((one, 0), (other, 2)):
        desk.add(video, type="macro", onset=10 + shift, apex=15, offset=30)
        desk.add(video, type="micro", onset=50, apex=52, offset=58)
        desk.reviewed(video, 0, 99)
    other.add(video, type="micro", onset=80, offset=88)
    page = world.open("agreement")
    assert not page.exception
    metrics = {metric.label: metric.value for metric in page.metric}
    assert metrics["Event F1 at IoU 0.5"] == "0.80"
    assert metrics["Footage in common"] == "3.3 s"
    events, boundaries, rows = (frame.value for frame in page.dataframe)
    assert events["pairs"].tolist() == [2, 2, 2]
    assert boundaries["median (frames)"].tolist()[0] in ("+1.0", "-1.0")
    assert rows["kind"].tolist() == ["boundaries apart", "only Berta"]
    assert rows["open"].tolist()[1] == f"/review?video={video}&frame=80"
    assert "κ and α are 1" in texts(page)
