"""Roles of subjects: nobody on two sides, no side empty, and a sentence that says what to change."""

from __future__ import annotations

import pytest

from spotcore.errors import NothingToTrain
from spotcore.splits import leave_one_subject_out, require_sides


def test_each_subject_is_tested_once_and_never_on_two_sides():
    folds = leave_one_subject_out(["c", "a", "b", "d"])
    assert [fold.test for fold in folds] == [("a",), ("b",), ("c",), ("d",)]
    for fold in folds:
        assert sorted(fold.train + fold.validation + fold.test) == ["a", "b", "c", "d"]
    assert folds[3].validation == ("a",)


def test_too_few_subjects_for_leave_one_out_are_refused():
    with pytest.raises(NothingToTrain, match="at least 3 subjects"):
        leave_one_subject_out(["a", "b"])


def test_an_empty_side_is_refused_with_who_has_which_role_and_what_to_change():
    with pytest.raises(NothingToTrain) as caught:
        require_sides({"a": "train", "b": "train", "c": "test"})
    message = str(caught.value)
    assert "No subject has the role validation (train: a, b; validation: nobody; test: c)" in message
    assert "give the role validation to one of the subjects who share a role" in message


def test_too_few_subjects_are_told_how_many_are_needed():
    with pytest.raises(NothingToTrain, match="at least 2 subjects with reviewed videos are needed, there are 1"):
        require_sides({"a": "train"})
