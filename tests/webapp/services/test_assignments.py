"""Sharing out videos: evenly, the same every time, some to two people; and how far everybody is."""

from __future__ import annotations

import pytest

from db.models import Annotation, Annotator, Assignment, ReviewedSpan, Study, Video
from db.queries import erasing
from webapp.services import assignments
from webapp.services.errors import Refused

CODERS = [1, 2, 3]


def test_every_video_has_a_coder_and_nobody_has_two_more_than_another():
    chosen = assignments.share_out(1, range(1, 101), CODERS, 0.0)
    loads = [sum(coder in held for held in chosen.values()) for coder in CODERS]
    assert {len(held) for held in chosen.values()} == {1}
    assert max(loads) - min(loads) <= 1


def test_about_the_share_is_coded_by_two_different_people():
    chosen = assignments.share_out(1, range(1, 1001), CODERS, 0.2)
    double = [held for held in chosen.values() if len(held) == 2]
    assert 150 < len(double) < 250
    assert all(len(set(held)) == 2 for held in double)


def test_asking_again_after_videos_were_added_changes_nothing_that_was_chosen():
    before = assignments.share_out(1, range(1, 51), CODERS, 0.3)
    after = assignments.share_out(1, range(1, 101), CODERS, 0.3, before)
    assert {video: after[video] for video in before} == before


def test_which_videos_two_people_code_does_not_hang_on_who_codes():
    double = [
        {v for v, held in assignments.share_out(1, range(1, 101), coders, 0.3).items() if len(held) == 2}
        for coders in ([1, 2], [3, 4, 5])
    ]
    assert double[0] == double[1]


def test_one_coder_alone_gets_everything_once():
    assert set(assignments.share_out(1, [1, 2], [9], 1.0).values()) == {(9,)}


@pytest.fixture
def study(database):
    """Four videos of ten seconds, two coders and a viewer (3); a video of another study (5)."""
    with database.begin() as session:
        session.add_all([Study(name="One"), Study(name="Two")])
        session.add_all([Annotator(name=name) for name in ("Ada", "Bo", "Cy")])
        session.flush()
        for number in range(1, 6):
            session.add(Video(study_id=1 if number < 5 else 2, title=f"{number}", path="x", kind="file", state="ready",
                              sha256=f"{number:064x}", frame_count=100, fps=10.0, duration=10.0))  # fmt: skip
        for annotator, role in ((1, "annotator"), (2, "lead"), (3, "viewer")):
            session.add(Assignment(study_id=1, annotator_id=annotator, role=role))
    return database


def test_videos_are_assigned_once_and_only_within_the_study(study):
    assert assignments.assign(study, 1, [1, 2], 0.0, by=2) == 4
    assert assignments.assign(study, 1, [1, 2], 0.0, by=2) == 0
    mine = [assignments.assigned_videos(study, 1, coder) for coder in (1, 2)]
    assert mine[0] | mine[1] == {1, 2, 3, 4}
    assert not mine[0] & mine[1]


def test_a_higher_share_later_adds_second_coders_only(study):
    assignments.assign(study, 1, [1, 2], 0.0, by=2)
    assert assignments.assign(study, 1, [1, 2], 1.0, by=2) == 4
    assert assignments.double_coded(study, 1) == 4


@pytest.mark.parametrize(("coders", "share"), [([], 0.2), ([3], 0.2), ([99], 0.2), ([1], 1.5), ([1], float("nan"))])
def test_who_cannot_code_and_shares_that_are_none_are_refused(study, coders, share):
    with pytest.raises(Refused):
        assignments.assign(study, 1, coders, share, by=2)


def test_progress_counts_what_was_reviewed_of_ones_own(study):
    assignments.assign(study, 1, [1, 2], 0.0, by=2)
    first, second = sorted(assignments.assigned_videos(study, 1, 1))
    with study.begin() as session:
        session.add(ReviewedSpan(video_id=first, annotator_id=1, first=0, last=99))
        session.add(ReviewedSpan(video_id=second, annotator_id=1, first=0, last=49))
        session.add(Annotation(id="a", video_id=first, annotator_id=1, type="micro", onset=1, offset=3, verdict="added",
                               version=1))  # fmt: skip
    assert assignments.progress(study, 1)[1] == assignments.Progress(2, 1, 20.0, 15.0, 1)
    assert assignments.progress(study, 1)[2] == assignments.Progress(2, 0, 20.0, 0.0, 0)


def test_only_what_is_not_begun_is_taken_back(study):
    assignments.assign(study, 1, [1], 0.0, by=2)
    with study.begin() as session:
        session.add(ReviewedSpan(video_id=2, annotator_id=1, first=0, last=5))
    assert assignments.release(study, 1, 1, by=2) == 3
    assert assignments.assigned_videos(study, 1, 1) == {2}


def test_erasing_a_video_takes_its_assignments(study):
    assignments.assign(study, 1, [1], 0.0, by=2)
    with study.begin() as session:
        erasing.erase_video(session, 1, by=2)
    assert 1 not in assignments.assigned_videos(study, 1, 1)
