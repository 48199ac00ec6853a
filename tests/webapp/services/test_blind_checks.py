"""What blind codings tell of coder and model, and whether those who see proposals take their frames over."""

from __future__ import annotations

import pytest

from spotcore.intervals import Interval
from tests.webapp.services.library_material import Desk, desk
from webapp.services import blindness
from webapp.services.blind_checks import blind_checks, sway

PROPOSALS = [Interval(10, 20, "micro", 15, 0.9), Interval(50, 100, "macro", 70, 0.5), Interval(200, 210, "micro", 205)]


@pytest.fixture
def work(sqlite_database) -> Desk:
    return desk(sqlite_database)


def checks(work: Desk):
    return blind_checks(work.database, work.defaults.study_id, [work.annotator_id])


def coded_blind(work: Desk) -> int:
    """One movement that the model found too, two frames later, and one that it did not."""
    blindness.set_blind_share(work.database, work.defaults.study_id, 1.0, work.annotator_id)
    video = work.video()
    work.run(video, PROPOSALS)
    blindness.open_video(work.database, video, work.annotator_id)
    work.add(video, type="micro", onset=12, apex=15, offset=21)
    work.add(video, type="micro", onset=150, apex=155, offset=160)
    work.reviewed(video)
    return video


def test_a_coding_counts_once_it_is_over(work):
    blindness.set_blind_share(work.database, work.defaults.study_id, 1.0, work.annotator_id)
    blindness.open_video(work.database, work.video(), work.annotator_id)
    assert checks(work) == ()
    coded_blind_video = work.video("b.mp4")
    blindness.open_video(work.database, coded_blind_video, work.annotator_id)
    work.reviewed(coded_blind_video)
    [check] = checks(work)
    assert (check.title, check.proposed, check.both) == ("b.mp4", False, 0)


def test_proposals_not_found_blind_wait_for_the_coders_word(work):
    video = coded_blind(work)
    [check] = checks(work)
    assert (check.both, check.only_coder, check.coder_missed, check.model_wrong, check.open) == (1, 1, 0, 0, 2)
    assert check.onset_frames == (2,)
    work.decide("accept", video, 1)
    work.decide("reject", video, 2, reason="blink")
    [check] = checks(work)
    assert (check.both, check.only_coder, check.coder_missed, check.model_wrong, check.open) == (1, 1, 1, 1, 0)


def test_what_is_changed_afterwards_does_not_change_what_was_found_blind(work):
    video = coded_blind(work)
    work.add(video, type="macro", onset=50, apex=70, offset=100)
    [check] = checks(work)
    assert (check.both, check.only_coder) == (1, 1)


def test_who_takes_proposals_over_begins_on_their_frames(work):
    coded_blind(work)
    blindness.set_blind_share(work.database, work.defaults.study_id, 0.0, work.annotator_id)
    shown = work.video("shown.mp4")
    work.run(shown, PROPOSALS)
    blindness.open_video(work.database, shown, work.annotator_id)
    for number in range(3):
        work.decide("accept", shown, number)
    work.reviewed(shown)
    blind, other = sway(work.database, work.defaults.study_id, [work.annotator_id])
    assert (blind.videos, blind.intervals, blind.same_onset, blind.matched, blind.onset_frames) == (1, 2, 0, 1, 2)
    assert (other.videos, other.intervals, other.same_onset, other.matched, other.onset_frames) == (1, 3, 3, 3, 0)


def test_others_are_not_in_sight_unless_asked_for(work):
    coded_blind(work)
    assert blind_checks(work.database, work.defaults.study_id, [work.colleague().annotator_id]) == ()
