"""The suggested roles of subjects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.services.roles import suggest

events = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(0, 50), max_size=25)


@given(events)
def test_no_role_is_empty_from_three_subjects_on(counts):
    wanted = {0: set(), 1: {"train"}, 2: {"train", "validation"}}.get(len(counts), {"train", "validation", "test"})
    assert set(suggest(counts).values()) == wanted


@given(events, st.randoms())
def test_the_order_of_the_subjects_does_not_matter(counts, random):
    shuffled = list(counts.items())
    random.shuffle(shuffled)
    assert suggest(dict(shuffled)) == suggest(counts)


@given(events, st.data())
def test_roles_given_before_are_kept(counts, data):
    kept = {code: data.draw(st.sampled_from(["train", "validation", "test"])) for code in sorted(counts)[::2]}
    assert {code: suggest(counts, kept)[code] for code in kept} == kept


def test_most_subjects_train():
    roles = list(suggest({f"s{n:02}": 1 for n in range(20)}).values())
    assert [roles.count(role) for role in ("train", "validation", "test")] == [12, 4, 4]


@pytest.mark.parametrize("gone", [{"zz": "validation"}])
def test_subjects_of_earlier_sets_that_are_not_here_do_not_fill_a_role(gone):
    assert suggest({"a": 1, "b": 1}, gone) == {"a": "train", "b": "validation"}
