"""Runs of a class become intervals, short interruptions do not end them."""

from __future__ import annotations

import numpy as np
import pytest

from spotcore.decoding import propose
from spotcore.errors import InvalidSettings
from spotcore.probabilities import Curves


def curves(text, step=1, **settings):
    """One letter per sample: n neutral, M macro, m micro, each at probability 0.8."""
    channels = {
        name: np.array([0.8 if c == letter else 0.1 for c in text], np.float32)
        for name, letter in (("neutral", "n"), ("macro", "M"), ("micro", "m"))
    }
    frames = np.arange(len(text)) * step
    return Curves(frames, np.arange(len(text)) / 30, channels, "runs", settings)


def spans(found):
    return [(p.type, p.onset, p.offset) for p in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nnnn", []),
        ("nMMMMMn", [("macro", 1, 5)]),
        ("MMMMMM", [("macro", 0, 5)]),
        ("MMMMMmmmmm", [("macro", 0, 4), ("micro", 5, 9)]),
        ("MMMMnnMMMM", [("macro", 0, 9)]),
        ("MMMMnnnnMMMM", [("macro", 0, 3), ("macro", 8, 11)]),
        ("nMMn", []),
    ],
)
def test_runs_become_intervals_with_both_ends_included(text, expected):
    assert spans(propose(curves(text), None)) == expected


def test_frames_are_original_and_the_score_is_the_mean_probability():
    found = propose(curves("nMMMMMn", step=7), None)
    assert (found[0].onset, found[0].offset) == (7, 35)
    assert found[0].score == pytest.approx(0.8)


def test_an_unknown_setting_is_refused():
    with pytest.raises(InvalidSettings, match="threshhold"):
        propose(curves("nMMMMn", threshhold=1), None)
