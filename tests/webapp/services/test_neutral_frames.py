"""The neutral frame of a subject follows the annotator through all videos of the subject."""

from __future__ import annotations

import pytest

from tests.webapp.services.library_material import desk
from webapp.services import library
from webapp.services.errors import NotFound, Refused
from webapp.services.neutral_frames import NeutralFrame, neutral_frame, pin
from webapp.services.preferences import own_keys, set_own_keys


@pytest.fixture
def work(database):
    return desk(database)


def seen(work, video):
    return neutral_frame(work.database, work.annotator_id, video)


def test_a_frame_pinned_in_one_video_is_the_neutral_one_in_all_of_the_subject(work):
    first, second, stranger = work.video("a.mp4"), work.video("b.mp4"), work.video("c.mp4")
    for video, subject in ((first, "anna"), (second, "anna"), (stranger, "berta")):
        library.set_subject(work.database, video, subject)
    pin(work.database, work.annotator_id, first, 7)
    assert seen(work, second) == seen(work, first) == NeutralFrame(first, "a.mp4", 7)
    assert seen(work, stranger) is None
    pin(work.database, work.annotator_id, second, 9)
    assert seen(work, first) == NeutralFrame(second, "b.mp4", 9)
    pin(work.database, work.annotator_id, first, None)
    assert seen(work, second) is None


def test_a_pin_is_the_annotators_own_and_leaves_their_keys_alone(work):
    video, other = work.video(), work.colleague()
    set_own_keys(work.database, work.annotator_id, {"accept": ["F8"]})
    pin(work.database, work.annotator_id, video, 3)
    assert own_keys(work.database, work.annotator_id) == {"accept": ["F8"]}
    assert neutral_frame(other.database, other.annotator_id, video) is None


def test_a_pin_into_a_video_that_went_to_another_subject_is_none(work):
    first, second = work.video("a.mp4"), work.video("b.mp4")
    for video in (first, second):
        library.set_subject(work.database, video, "anna")
    pin(work.database, work.annotator_id, first, 7)
    library.set_subject(work.database, first, "berta")
    assert seen(work, second) is None
    library.delete_video(work.database, first)
    assert seen(work, second) is None


def test_frames_that_are_not_there_and_unknown_videos_are_refused(work):
    video = work.video()
    with pytest.raises(Refused, match="has the frames 0 to"):
        pin(work.database, work.annotator_id, video, 10**6)
    with pytest.raises(NotFound):
        pin(work.database, work.annotator_id, video + 99, 0)
