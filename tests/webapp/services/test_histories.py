"""What happened to one interval, read from the log."""

from __future__ import annotations

import pytest

from tests.webapp.services.library_material import desk
from webapp.services.histories import changes, interval_history
from webapp.services.reviewing import list_operations
from webapp.values.reviewing import Change


@pytest.fixture
def work(database):
    return desk(database)


def newest(work, video) -> str:
    return list_operations(work.database, video)[-1].id


def test_every_operation_is_told_with_who_and_what_changed(work):
    video = work.video()
    work.run(video)
    made = work.decide("accept", video).annotation
    work.do("edit", video, interval_id=made.id, base_version=1, after={"onset": 9, "note": "n"})
    first, second = interval_history(work.database, video, made.id)
    assert (first.verb, first.annotator, first.version) == ("accept", "Annotator", 1)
    told = [(c.field, c.before, c.after) for c in second.changes]
    assert told == [("verdict", "accepted", "adjusted"), ("onset", 10, 9), ("note", None, "n")]
    assert first.server_time <= second.server_time


def test_taking_back_an_undo_is_told_as_redo_and_taking_that_back_as_undo(work):
    video = work.video()
    work.run(video)
    made = work.decide("accept", video).annotation
    for version in range(1, 5):
        work.do("undo", video, undoes=newest(work, video), base_version=version)
    told = [entry.verb for entry in interval_history(work.database, video, made.id)]
    assert told == ["accept", "undo", "redo", "undo", "redo"]


def test_a_redo_after_somebody_changed_the_interval_is_a_conflict(work):
    video = work.video()
    work.run(video)
    made = work.decide("accept", video).annotation
    work.do("undo", video, undoes=newest(work, video), base_version=1)
    undone = newest(work, video)
    work.do("unsure", video, interval_id=made.id, proposal_id=made.proposal_id, base_version=2)
    assert work.do("undo", video, undoes=undone, base_version=2).status == "conflict"
    assert work.do("undo", video, undoes=undone, base_version=3).status == "conflict"
    assert [a.verdict for a in work.state(video).annotations] == ["unsure"]


def test_undone_footage_is_redone(work):
    video = work.video()
    work.reviewed(video, 0, 9)
    work.do("undo", video, undoes=newest(work, video))
    assert work.do("undo", video, undoes=newest(work, video)).reviewed == ((0, 9),)


def test_a_deleted_interval_says_so(work):
    video = work.video()
    made = work.add(video, type="micro", onset=1, offset=4).annotation
    work.do("delete", video, interval_id=made.id, base_version=1)
    assert interval_history(work.database, video, made.id)[-1].changes == (Change("verdict", "added", None),)


def test_an_interval_nobody_touched_has_no_history(work):
    assert interval_history(work.database, work.video(), "none") == ()


def test_history_of_one_person_leaves_others_out(work):
    video = work.video()
    made = work.add(video, type="micro", onset=1, offset=4).annotation
    other = work.colleague()
    assert interval_history(work.database, video, made.id, other.annotator_id) == ()
    assert len(interval_history(work.database, video, made.id, work.annotator_id)) == 1


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"onset": 0}, {"onset": None}, [("onset", 0, None)]),
        ({"note": ""}, {"note": None}, []),
        ({"action_units": []}, {"action_units": ["AU4"]}, [("action_units", None, ["AU4"])]),
    ],
)
def test_empty_values_are_all_the_same_but_frame_zero_is_not_empty(before, after, expected):
    assert [(c.field, c.before, c.after) for c in changes(before, after)] == expected
