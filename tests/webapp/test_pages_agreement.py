"""The page of agreement: nobody coded twice, and two coders with all kinds of disagreement."""

from __future__ import annotations

import uuid

from tests.webapp.services.library_material import Desk
from tests.webapp.world import World, texts
from webapp.services import adjudication
from webapp.values.adjudication import AdjudicationRequest


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
    videos, events, boundaries, rows = (frame.value for frame in page.dataframe)
    assert events["pairs"].tolist() == [2, 2, 2]
    assert boundaries["median (frames)"].tolist()[0] in ("+1.0", "-1.0")
    assert rows["kind"].tolist() == ["boundaries apart", "only Berta"]
    pair = f"{one.annotator_id},{other.annotator_id}"
    assert rows["open"].tolist()[1].startswith(f"/review?video={video}&adjudicate={pair}&interval=")
    assert videos.to_dict("records") == [
        {"video": "a.mp4", "state": "open", "open": 2, "alike": 1, "decided": 0,
         "adjudicate": f"/review?video={video}&adjudicate={pair}"}
    ]  # fmt: skip
    assert "κ and α are 1" in texts(page)


def test_what_is_settled_is_said_and_every_coder_stands_beside_the_consensus(world: World) -> None:
    video = world.video("a.mp4", "s1")
    lead = Desk(world.database, world.ids, world.ids.annotator_id)
    coders = lead.colleague("Anna"), lead.colleague("Berta")
    for coder in coders:
        coder.add(video, type="macro", onset=10, apex=15, offset=30)
        coder.reviewed(video, 0, 99)
    coders[0].add(video, type="micro", onset=50, apex=52, offset=58)
    ids = [coder.annotator_id for coder in coders]
    (item,) = [one for one in adjudication.begin(world.database, video, *ids, lead.annotator_id).items if one.open]
    adjudication.decide(world.database, AdjudicationRequest(
        str(uuid.uuid4()), video, *ids, item.first.id, None, (item.first.version, None), "a", "missed",
        lead.annotator_id,
    ))  # fmt: skip
    page = world.open("agreement")
    assert not page.exception
    assert "Everything is settled" in page.success[0].value
    against = page.dataframe[-1].value.set_index("coder")
    assert against["F1"].to_dict() == {"Anna": "1.00", "Berta": "0.67"}
    assert against["missed"].to_dict() == {"Anna": 0, "Berta": 1}
