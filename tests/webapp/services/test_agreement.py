"""What counts as coded twice, and what the two see differently."""

from __future__ import annotations

import pytest

from spotcore.intervals import Interval
from tests.webapp.services.library_material import desk
from webapp.services.agreement import agreement, twice_coded
from webapp.services.errors import Refused


@pytest.fixture
def work(database):
    return desk(database)


def test_only_footage_that_both_reviewed_is_compared(work):
    video, other = work.video(), work.video("b.mp4")
    colleague = work.colleague()
    work.add(video, type="micro", onset=10, apex=12, offset=16)
    work.add(video, type="macro", onset=200, offset=240)
    colleague.add(video, type="micro", onset=11, apex=12, offset=16)
    colleague.add(other, type="macro", onset=5, offset=30)
    work.reviewed(video, 0, 299)
    colleague.reviewed(video, 0, 99)
    colleague.reviewed(other)
    (pair,) = twice_coded(work.database, work.defaults.study_id)
    assert (pair.videos, pair.seconds) == (1, pytest.approx(100 / 30))
    found = agreement(work.database, work.defaults.study_id, pair.first, pair.second)
    assert found.frames.frames == 100
    assert len(found.events[0.5].pairs) == 1
    assert not found.events[0.5].only_first
    assert not found.events[0.5].only_second
    assert found.differences["onset"].differences.tolist() in ([1.0], [-1.0])
    assert abs(found.milliseconds["onset"].median) == pytest.approx(1000 / 30)
    (row,) = found.disagreements
    assert (row.kind, row.video_id, row.title) == ("boundaries", video, "a.mp4")
    assert found.coders == 2


def test_what_one_left_unsure_counts_for_neither(work):
    video, colleague = work.video(), work.colleague()
    work.run(video, [Interval(10, 20, "micro", 15, 0.9)])
    work.decide("unsure", video, 0)
    colleague.add(video, type="micro", onset=10, offset=20)
    work.reviewed(video)
    colleague.reviewed(video)
    (pair,) = twice_coded(work.database, work.defaults.study_id)
    found = agreement(work.database, work.defaults.study_id, pair.first, pair.second)
    assert found.frames.frames == 300 - 11
    assert found.disagreements == ()


def test_rejections_are_nothing_and_types_may_differ(work):
    video, colleague = work.video(), work.colleague()
    work.run(video, [Interval(10, 20, "micro", 15, 0.9), Interval(50, 60, "micro", 55, 0.8)])
    work.decide("reject", video, 0, reason="blink")
    work.decide("accept", video, 1)
    colleague.add(video, type="macro", onset=50, offset=60)
    colleague.add(video, type="micro", onset=100, offset=110)
    work.reviewed(video)
    colleague.reviewed(video)
    mine, theirs = work.annotator_id, colleague.annotator_id
    found = agreement(work.database, work.defaults.study_id, mine, theirs)
    assert [(row.kind, row.iou) for row in found.disagreements] == [("type", 1.0), ("only second", 0.0)]
    turned = agreement(work.database, work.defaults.study_id, theirs, mine)
    assert [row.kind for row in turned.disagreements] == ["type", "only first"]


def test_without_footage_in_common_it_is_said(work):
    video, colleague = work.video(), work.colleague()
    work.reviewed(video, 0, 9)
    colleague.reviewed(video, 10, 20)
    assert twice_coded(work.database, work.defaults.study_id) == ()
    with pytest.raises(Refused, match="in common"):
        agreement(work.database, work.defaults.study_id, work.annotator_id, colleague.annotator_id)
