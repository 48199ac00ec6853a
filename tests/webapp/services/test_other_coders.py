"""What others decided stays on the server until an annotator has reviewed the whole video."""

from __future__ import annotations

import pytest

from tests.webapp.services.library_material import desk
from webapp.services.errors import NotFound
from webapp.services.other_coders import OtherCoders, other_coders


@pytest.fixture
def work(database):
    return desk(database)


def review(work, video, first, last, verb="review_span"):
    return work.do(verb, video, after={"first": first, "last": last})


@pytest.mark.parametrize("spans", [[], [(0, 298)], [(1, 299)], [(0, 100), (150, 299)]])
def test_others_are_hidden_while_some_frame_is_not_reviewed(work, spans):
    video = work.video()
    work.colleague().add(video, type="micro", onset=10, offset=20)
    for first, last in spans:
        review(work, video, first, last)
    assert other_coders(work.database, video, work.annotator_id) == OtherCoders(True, ())


def test_others_are_shown_by_name_once_all_is_reviewed_and_hidden_when_it_is_taken_back(work):
    video, other = work.video(), work.colleague()
    other.add(video, type="micro", onset=10, offset=20)
    work.add(video, type="micro", onset=10, offset=20)
    review(work, video, 0, 299)
    found = other_coders(work.database, video, work.annotator_id)
    assert [(coder.annotator_id, len(coder.annotations)) for coder in found.coders] == [(other.annotator_id, 1)]
    assert other_coders(work.database, video, other.annotator_id).hidden  # my being done is not theirs
    review(work, video, 5, 5, "unreview_span")
    assert other_coders(work.database, video, work.annotator_id) == OtherCoders(True, ())


def test_deleted_intervals_of_others_are_gone(work):
    video, other = work.video(), work.colleague()
    added = other.add(video, type="micro", onset=10, offset=20).annotation
    other.do("delete", video, interval_id=added.id, base_version=added.version)
    review(work, video, 0, 299)
    assert other_coders(work.database, video, work.annotator_id) == OtherCoders(False, ())


def test_an_unknown_video_is_not_found(work):
    with pytest.raises(NotFound):
        other_coders(work.database, 99, work.annotator_id)
