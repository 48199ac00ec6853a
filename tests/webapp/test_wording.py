"""Numbers are written with their units, and never rounded into a lie."""

from __future__ import annotations

import pytest

from webapp import wording


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "unknown length"), (0.04, "0.0 s"), (7.2, "7.2 s"), (185, "3:05 min"), (3731, "1:02:11 h")],
)
def test_durations_name_their_unit(seconds: float | None, text: str) -> None:
    assert wording.duration(seconds) == text


@pytest.mark.parametrize(
    ("fps", "variable", "text"),
    [
        (30.0, False, "30 fps"),
        (23.976, False, "23.98 fps"),
        (22.1, True, "22.1 fps, variable"),
        (None, False, "unknown rate"),
    ],
)
def test_rates_are_short_and_say_when_they_vary(fps: float | None, variable: bool, text: str) -> None:
    assert wording.rate(fps, variable) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0 %"), (0.001, "under 1 %"), (0.4, "40 %"), (0.999, "over 99 %"), (1.0, "100 %")]
)
def test_almost_nothing_and_almost_all_are_not_rounded_away(value: float, text: str) -> None:
    assert wording.share(value) == text


def test_counts_agree_with_their_noun() -> None:
    assert [wording.count(n, "proposal") for n in (0, 1, 1204)] == ["0 proposals", "1 proposal", "1,204 proposals"]


def test_an_undefined_score_is_said_and_an_interval_is_shown_where_there_is_one() -> None:
    assert wording.score(None) == "not defined"
    assert wording.score(0.62) == "0.62"
    assert wording.score(0.62, 0.41, 0.78) == "0.62 (0.41 to 0.78)"


def test_titles_cannot_become_markup() -> None:
    assert wording.escaped("a*b*_c_ [x](y) $z$ :red[no]") == r"a\*b\*\_c\_ \[x\]\(y\) \$z\$ \:red\[no\]"
