"""The people who tested decide whether a retrained version is recommended, in words nobody can misread."""

from __future__ import annotations

import pytest

from webapp.services.against_parent import against_parent


def scores(difference: float, low: float | None, high: float | None, role: str = "test"):
    gain = {"difference": difference, "low": low, "high": high}
    overall = {"a": {"f1": 0.5}, "b": {"f1": 0.5 + difference}, "gain": gain}
    return {"against_parent": {"parent": "default-1", "overall": overall}, "measured_on": {"role": role}}


@pytest.mark.parametrize(("given", "recommended", "words"), [
    (scores(-0.05, -0.1, 0.02), False, "Worse than its parent default-1 on the test subjects"),
    (scores(-0.05, None, None), False, "F1 0.45 instead of 0.50): not recommended."),
    (scores(0.05, 0.01, 0.1), True, "Better than its parent default-1 on the test subjects"),
    (scores(0.05, -0.01, 0.1), None, "no gain is shown (F1 0.55 instead of 0.50, difference +0.050"),
    (scores(0.05, 0.01, 0.1, "validation"), None, "they also chose the mixture"),
])  # fmt: skip
def test_the_verdict_follows_the_difference_and_its_interval(given, recommended, words):
    verdict = against_parent(given)
    assert verdict.recommended is recommended
    assert words in verdict.sentence


def test_a_version_from_scratch_has_no_verdict():
    assert against_parent({"held_out": {}}) is None
