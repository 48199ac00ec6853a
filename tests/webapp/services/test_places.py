"""Where somebody stopped is theirs, per video, and known on every machine."""

from __future__ import annotations

import uuid

import pytest

from tests.webapp.services.library_material import desk
from webapp.services import library
from webapp.services.errors import NotFound, Refused
from webapp.services.places import last_place, place_in, remember


@pytest.fixture
def work(database):
    return desk(database)


def last(work):
    return last_place(work.database, work.annotator_id, work.defaults.study_id)


def test_the_place_touched_last_is_where_work_goes_on(work):
    first, second = work.video("a.mp4"), work.video("b.mp4")
    interval = str(uuid.uuid4())
    remember(work.database, work.annotator_id, first, 10, None)
    remember(work.database, work.annotator_id, second, 20, interval)
    assert (last(work).video_id, last(work).title, last(work).frame) == (second, "b.mp4", 20)
    assert last(work).interval_id == interval
    remember(work.database, work.annotator_id, first, 11, None)
    assert (last(work).video_id, last(work).frame) == (first, 11)
    assert place_in(work.database, work.annotator_id, second).frame == 20


def test_everybody_has_a_place_of_their_own(work):
    video, other = work.video(), work.colleague()
    remember(work.database, work.annotator_id, video, 10, None)
    assert place_in(work.database, other.annotator_id, video) is None
    assert last(other) is None


@pytest.mark.parametrize("frame", [-1, 300])
def test_a_frame_outside_of_the_video_is_refused(work, frame):
    with pytest.raises(Refused, match="no frame"):
        remember(work.database, work.annotator_id, work.video(), frame, None)


def test_a_video_that_is_gone_takes_its_places_along(work):
    video = work.video()
    remember(work.database, work.annotator_id, video, 10, None)
    library.delete_video(work.database, video)
    assert last(work) is None
    with pytest.raises(NotFound):
        remember(work.database, work.annotator_id, video, 10, None)


def test_a_word_that_was_overtaken_on_its_way_is_dropped(work):
    video, visit = work.video(), str(uuid.uuid4())
    remember(work.database, work.annotator_id, video, 20, None, (visit, 2))
    remember(work.database, work.annotator_id, video, 10, None, (visit, 1))
    assert place_in(work.database, work.annotator_id, video).frame == 20
    remember(work.database, work.annotator_id, video, 5, None, (str(uuid.uuid4()), 1))
    assert place_in(work.database, work.annotator_id, video).frame == 5
