"""Spans against sets of frames, the slow and obvious way."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from webapp.services import spans

span = st.tuples(st.integers(0, 30), st.integers(0, 10)).map(lambda p: (p[0], p[0] + p[1]))
many = st.lists(span, max_size=8)


def frames(listed) -> set[int]:
    return {frame for first, last in listed for frame in range(first, last + 1)}


def is_tidy(listed) -> bool:
    return all(a[1] + 1 < b[0] for a, b in pairwise(listed)) and all(a <= b for a, b in listed)


@given(many, span)
def test_adding_is_the_union_of_frames(listed, one):
    made = spans.add(spans.tidy(listed), one)
    assert frames(made) == frames(listed) | frames([one])
    assert is_tidy(made)


@given(many, span)
def test_removing_is_the_difference_of_frames(listed, one):
    made = spans.remove(spans.tidy(listed), one)
    assert frames(made) == frames(listed) - frames([one])
    assert is_tidy(made)


@given(many, span)
def test_covering_means_that_every_frame_is_in(listed, one):
    assert spans.covers(spans.tidy(listed), one) == (frames([one]) <= frames(listed))


@given(many)
def test_frames_counts_every_frame_once(listed):
    assert spans.frames(spans.tidy(listed)) == len(frames(listed))
