"""What an annotator sees of one video."""

from __future__ import annotations

import pytest

from spotcore.intervals import Interval
from tests.webapp.services.library_material import MACRO, MICRO, desk
from webapp.services.errors import NotFound


@pytest.fixture
def work(database):
    return desk(database)


def test_before_the_first_run_there_is_an_empty_state(work):
    state = work.state(work.video())
    assert (state.run, state.sets, state.proposals, state.annotations, state.reviewed) == (None, (), (), (), ())


def test_the_newest_finished_run_is_shown_with_its_model_and_sets(work):
    video = work.video()
    work.run(video)
    newest = work.run(video, [MICRO])
    state = work.state(video)
    assert (state.run.id, state.run.model, state.run.state) == (newest, "baseline", "done")
    assert [(s.false_alarms, s.proposals) for s in state.sets] == [(6.0, 1)]
    assert [(p.onset, p.apex, p.offset, p.type, p.score) for p in state.proposals] == [(10, 15, 20, "micro", 0.9)]


def test_an_earlier_run_can_be_chosen(work):
    video = work.video()
    earlier = work.run(video)
    work.run(video, [MICRO])
    assert len(work.state(video, run_id=earlier).proposals) == 2


def test_after_spotting_again_matching_proposals_are_decided_with_the_link(work):
    video = work.video()
    work.run(video)
    accepted = work.decide("accept", video, 0).annotation
    rejected = work.decide("reject", video, 1, reason="speech").annotation
    work.run(video, [Interval(11, 20, "micro"), Interval(60, 100, "macro"), Interval(200, 210, "micro")])
    assert [(p.decided_by, p.decided_verdict, p.decided_elsewhere) for p in work.state(video).proposals] == [
        (accepted.id, "accepted", True),
        (rejected.id, "rejected", True),
        (None, None, False),
    ]


def test_decisions_of_others_neither_show_nor_decide(work):
    video = work.video()
    work.run(video)
    work.decide("accept", video)
    other = work.colleague().state(video)
    assert other.annotations == ()
    assert [p.decided_by for p in other.proposals] == [None, None]


def test_the_reviewed_share_counts_frames(work):
    video = work.video()
    work.reviewed(video, 0, 149)
    assert work.state(video).reviewed_share == 0.5


def test_a_run_of_another_video_is_not_found(work):
    video, other = work.video(), work.video("b.mp4")
    run = work.run(other, [MACRO])
    with pytest.raises(NotFound):
        work.state(video, run_id=run)


def test_an_unknown_video_is_not_found(work):
    with pytest.raises(NotFound):
        work.state(99)
