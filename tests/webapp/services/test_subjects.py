"""Who is filmed in which video."""

from __future__ import annotations

import pytest

from tests.webapp.services.library_material import desk
from webapp.services import label_sets, library
from webapp.services.errors import Refused
from webapp.services.library import assign_subjects, list_subjects, set_subject, subjects_by_pattern


@pytest.fixture
def work(database):
    return desk(database)


def test_a_subject_is_found_again_and_can_be_taken_away(work):
    first, second = work.video("a", "s1"), work.video("b", None)
    set_subject(work.database, second, " s1 ")
    assert [(s.code, s.videos) for s in list_subjects(work.database, work.defaults.study_id)] == [("s1", 2)]
    set_subject(work.database, first, "")
    assert library.get_video(work.database, first).subject is None


def test_many_are_assigned_by_title_or_none_when_one_is_unknown(work):
    work.video("a", None)
    work.video("b", "s2")
    with pytest.raises(Refused, match="“z”"):
        assign_subjects(work.database, {"a": "s1", "z": "s1"})
    assert [s.code for s in list_subjects(work.database, work.defaults.study_id)] == ["s2"]
    assert assign_subjects(work.database, {"a": "s1", "b": "s2"}) == 1


def test_the_subject_of_frozen_footage_no_longer_changes(work):
    for title in "ab":
        video = work.video(title, title)
        work.add(video, type="macro", onset=1, offset=30)
        work.reviewed(video)
    label_sets.freeze(work.database, work.defaults.study_id, "one", {}, None)
    with pytest.raises(Refused, match="“one”"):
        set_subject(work.database, video, "other")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("{subject}_*", {"s15_0101.mp4": "s15", "s16_2.mp4": "s16"}),
        ("s{subject}_*", {"s15_0101.mp4": "15", "s16_2.mp4": "16"}),
        (r"(s\d+)_.*", {"s15_0101.mp4": "s15", "s16_2.mp4": "s16"}),
        (r"(?P<subject>s15)_(\d+).mp4", {"s15_0101.mp4": "s15"}),
        ("{subject}.mp4", {"s15_0101.mp4": "s15_0101", "s16_2.mp4": "s16_2"}),
    ],
)
def test_patterns_find_subjects_in_titles(pattern, found):
    assert subjects_by_pattern(["s15_0101.mp4", "s16_2.mp4", "notes"], pattern) == found


@pytest.mark.parametrize("pattern", ["", "s*", "(", "(a)(b)", "{subject}_{subject}"])
def test_a_pattern_that_names_no_subject_is_refused(pattern):
    with pytest.raises(Refused):
        subjects_by_pattern(["a"], pattern)
