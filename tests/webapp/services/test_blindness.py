"""Blind coding: what is withheld from whom, until when, and what is kept of what a blind coder had found."""

from __future__ import annotations

import pytest

from db.queries import codings
from db.queries import spotting as proposals
from tests.webapp.services.library_material import MICRO, Desk, desk
from webapp.services import blindness, library, spotting
from webapp.services.disagreement import disagreement
from webapp.services.errors import Refused
from webapp.services.reviewing import interval_id
from webapp.services.sweep import suspicious


@pytest.fixture
def work(database) -> Desk:
    return desk(database)


def blind_video(work: Desk) -> int:
    """A spotted video that the annotator has opened blind."""
    video = work.video()
    work.run(video)
    share(work, 1.0)
    assert blindness.open_video(work.database, video, work.annotator_id)
    return video


def share(work: Desk, share: float) -> None:
    blindness.set_blind_share(work.database, work.defaults.study_id, share, work.annotator_id)


def coding(work: Desk, video: int):
    with work.database.read() as session:
        return codings.coding(session, work.annotator_id, video)


def test_the_lot_takes_about_the_share_and_a_larger_share_only_adds():
    few = {v for v in range(2000) if blindness.drawn_blind(1, 7, v, 0.2)}
    many = {v for v in range(2000) if blindness.drawn_blind(1, 7, v, 0.4)}
    assert few < many
    assert 340 < len(few) < 460
    assert few != {v for v in range(2000) if blindness.drawn_blind(1, 8, v, 0.2)}


def test_without_a_share_nothing_is_withheld(work):
    video = work.video()
    work.run(video)
    assert not blindness.open_video(work.database, video, work.annotator_id)
    assert len(work.state(video).proposals) == 2


def test_a_blind_coder_sees_neither_run_nor_proposals(work, tmp_path):
    video = blind_video(work)
    state = work.state(video)
    assert (state.blind, state.run, state.proposals, state.sets) == (True, None, (), ())
    with pytest.raises(Refused, match="blind"):
        suspicious(work.database, tmp_path.joinpath, video, work.annotator_id)
    with pytest.raises(Refused, match="blind"):
        disagreement(work.database, state, spotting.latest_run(work.database, video).id)


def test_nobody_finds_a_proposal_by_deciding_on_it_blind(work):
    video = blind_video(work)
    with work.database.read() as session:
        [first, *_] = proposals.proposals_in(session, [blindness.proposals_shown(session, video)])
    chosen = {"interval_id": interval_id(work.annotator_id, first.id), "proposal_id": first.id}
    answer = work.do("accept", video, **chosen, after={})
    assert (answer.status, answer.annotation, answer.message) == ("refused", None, blindness.WITHHELD)


def test_the_last_reviewed_frame_ends_it_for_good_and_keeps_what_was_found(work):
    video = blind_video(work)
    work.add(video, type="micro", onset=11, apex=15, offset=21)
    work.reviewed(video, 0, 200)
    assert work.state(video).blind
    work.reviewed(video, 201, 299)
    state = work.state(video)
    assert (state.blind, len(state.proposals)) == (False, 2)
    kept = coding(work, video)
    assert kept.coded == [{"type": "micro", "onset": 11, "apex": 15, "offset": 21, "verdict": "added"}]
    assert kept.proposal_set_id == state.proposal_set_id
    work.add(video, type="macro", onset=50, apex=60, offset=99)
    work.do("unreview_span", video, after={"first": 0, "last": 299})
    work.reviewed(video)
    assert not work.state(video).blind
    assert coding(work, video).coded == kept.coded


def test_a_new_share_never_hides_what_somebody_has_seen(work):
    opened, known, fresh = work.video("a.mp4"), work.video("b.mp4"), work.video("c.mp4")
    blindness.open_video(work.database, opened, work.annotator_id)
    work.add(known, type="micro", onset=11, apex=15, offset=21)
    share(work, 1.0)
    everything = [opened, known, fresh]
    assert blindness.withheld_videos(work.database, everything, work.annotator_id) == {fresh}
    assert [blindness.open_video(work.database, v, work.annotator_id) for v in everything] == [False, False, True]
    share(work, 0.0)
    assert blindness.withheld_videos(work.database, everything, work.annotator_id) == {fresh}


def test_only_leads_and_admins_set_a_share_that_is_one(work):
    other = work.colleague()
    with pytest.raises(Refused, match="leads and admins"):
        share(other, 0.5)
    with pytest.raises(Refused, match="from 0 to 1"):
        share(work, 1.5)
    share(work, 0.25)
    assert blindness.blind_share(work.database, work.defaults.study_id) == 0.25


def test_a_deleted_video_takes_what_was_coded_blind_along(work):
    video = blind_video(work)
    work.reviewed(video)
    assert coding(work, video).ended_at is not None
    library.delete_video(work.database, video)
    assert coding(work, video) is None


def test_a_video_that_nobody_has_spotted_can_be_coded_blind_too(work):
    video = work.video()
    share(work, 1.0)
    work.add(video, type=MICRO.type, onset=MICRO.onset, apex=MICRO.apex, offset=MICRO.offset)
    blindness.open_video(work.database, video, work.annotator_id)
    assert not work.state(video).blind  # worked on before it was opened: from before codings were kept
    other = work.video("b.mp4")
    assert blindness.open_video(work.database, other, work.annotator_id)
    work.reviewed(other)
    assert coding(work, other).proposal_set_id is None
