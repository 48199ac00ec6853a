"""What changed from one label set to the next: people, footage, labels."""

from __future__ import annotations

import pytest

from tests.webapp.services.library_material import desk
from webapp.services import label_sets
from webapp.services.label_difference import differ, difference
from webapp.values.label_sets import LabelledInterval, LabelledVideo


def label(onset: int, offset: int, kind: str = "macro", verdict: str = "added", note: str = "") -> LabelledInterval:
    return LabelledInterval(kind, onset, None, offset, verdict, None, (), "", None, note)


def video(title: str, subject: str, *intervals: LabelledInterval, role: str = "train", last: int = 299):
    return LabelledVideo(1, title, title * 8, subject, role, 1, 300, 30.0, ((0, last),), intervals)


def test_equal_sets_differ_by_nothing():
    same = [video("a", "s1", label(0, 40)), video("b", "s2")]
    found = difference(same, same[::-1])
    assert (found.equal, found.unchanged) == (True, 1)


def test_people_videos_and_footage_are_named():
    found = difference([video("a", "s1"), video("b", "s2")], [video("b", "s2", last=99), video("c", "s3")])
    assert (found.subjects_added, found.subjects_removed) == (("s3",), ("s1",))
    assert (found.videos_added, found.videos_removed, found.footage_changed) == (("c",), ("a",), ("b",))


def test_a_person_on_another_side_is_a_conflict():
    found = difference([video("a", "s1")], [video("b", "s1", role="test")])
    assert found.role_conflicts == (("s1", "train", "test"),)


def test_labels_are_added_removed_and_changed():
    first = video("a", "s1", label(0, 40), label(100, 140), label(200, 240))
    second = video("a", "s1", label(0, 40), label(104, 141), label(260, 280, "micro"))
    found = difference([first], [second])
    assert [(c.kind, c.changed_fields) for c in found.intervals] == [
        ("changed", ("onset", "offset")), ("removed", ()), ("added", ()),
    ]  # fmt: skip
    assert found.unchanged == 1


@pytest.fixture
def work(database):
    made = desk(database)
    for title, subject in (("a", "s1"), ("b", "s2"), ("c", "s3")):
        clip = made.video(title, subject)
        made.add(clip, type="macro", onset=10, apex=20, offset=40)
        made.reviewed(clip)
    return made


def test_one_decision_stays_one_label_however_far_it_moved(work):
    def freeze(name: str) -> int:
        return label_sets.freeze(work.database, work.defaults.study_id, name, {}, work.annotator_id)

    first = freeze("one")
    (annotation,) = work.state(1).annotations
    work.do("edit", 1, interval_id=annotation.id, base_version=annotation.version,
            after={"onset": 150, "apex": 160, "offset": 190})  # fmt: skip
    (change,) = differ(work.database, first, freeze("two")).intervals
    assert (change.kind, change.title, change.changed_fields) == ("changed", "a", ("onset", "apex", "offset"))
