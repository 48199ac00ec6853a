"""Roles of subjects: nobody on two sides, no side empty, and a sentence that says what to change."""

from __future__ import annotations

import pytest

from spotcore.errors import NothingToTrain
from spotcore.splits import ROLES, leave_one_subject_out, require_sides, suggest_roles


def test_each_subject_is_tested_once_and_never_on_two_sides():
    folds = leave_one_subject_out(["c", "a", "b", "d"])
    assert [fold.test for fold in folds] == [("a",), ("b",), ("c",), ("d",)]
    for fold in folds:
        assert sorted(fold.train + fold.validation + fold.test) == ["a", "b", "c", "d"]
    assert folds[3].validation == ("a",)


def test_too_few_subjects_for_leave_one_out_are_refused():
    with pytest.raises(NothingToTrain, match="at least 3 subjects"):
        leave_one_subject_out(["a", "b"])


def test_three_subjects_fill_all_sides_and_the_one_with_most_events_trains():
    roles = suggest_roles({"a": 2, "b": 9, "c": 1})
    assert roles["b"] == "train"
    assert sorted(roles.values()) == sorted(ROLES)


def test_a_subject_keeps_the_role_it_had():
    events = {f"s{n}": n for n in range(20)}
    roles = suggest_roles(events, kept={"s19": "test", "s0": "train", "gone": "test"})
    assert (roles["s19"], roles["s0"]) == ("test", "train")
    assert "gone" not in roles


def test_many_subjects_share_about_70_15_15_of_the_events():
    events = {f"s{n:02}": 10 for n in range(40)}
    counts = [list(suggest_roles(events).values()).count(role) for role in ROLES]
    assert counts == [28, 6, 6]


def test_an_empty_side_is_refused_with_who_has_which_role_and_what_to_change():
    with pytest.raises(NothingToTrain) as caught:
        require_sides({"a": "train", "b": "train", "c": "test"})
    message = str(caught.value)
    assert "No subject has the role validation (train: a, b; validation: nobody; test: c)" in message
    assert "give the role validation to one of the subjects who share a role" in message


def test_too_few_subjects_are_told_how_many_are_needed():
    with pytest.raises(NothingToTrain, match="at least 2 subjects with reviewed videos are needed, there are 1"):
        require_sides({"a": "train"})
