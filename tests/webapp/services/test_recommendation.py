"""What a morning recommends about a new version, from the interval of its gain."""

import pytest

from webapp.services.recommendation import recommend


def paired(difference, low, high):
    gain = {"difference": difference, "low": low, "high": high}
    return {"overall": {"a": {"f1": 0.4}, "b": {"f1": 0.4 + difference}, "gain": gain}}


@pytest.mark.parametrize(
    ("gain", "role", "promote", "words"),
    [
        ((0.2, 0.05, 0.3), "test", True, "Promote new-1"),
        ((-0.2, -0.3, -0.1), "test", False, "Keep old"),
        ((0.1, -0.1, 0.3), "test", None, "No difference is shown"),
        ((0.2, 0.1, 0.3), "validation", None, "flatters"),
        ((0.2, None, None), "test", None, "single subject"),
    ],
)
def test_only_an_interval_beside_zero_on_people_who_test_recommends_anything(gain, role, promote, words):
    found = recommend(paired(*gain), role, "old", "new-1")
    assert found.promote is promote
    assert words in found.sentence
