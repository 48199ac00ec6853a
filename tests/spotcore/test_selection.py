"""Which videos to code next: doubt, difference, and a random share that stays a fair sample."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from spotcore.errors import InvalidSettings
from spotcore.intervals import Interval
from spotcore.selection import Candidate, SelectionSettings, choose, description, doubt
from spotcore.synthesis.trace_spiking import synthetic_traces

DOUBT = SelectionSettings(random_share=0.0, doubt_weight=1.0)
DIFFERENCE = SelectionSettings(random_share=0.0, doubt_weight=0.0)
THRESHOLDS = {"macro": 0.4, "micro": 0.2}


def at(name: str, *place: float, doubt: float | None = None, subject: str = "") -> Candidate:
    return Candidate(name, subject, doubt, np.array(place) if place else None)


def names(picks) -> list[str]:
    return [pick.id for pick in picks]


def test_sure_proposals_and_hopeless_ones_are_no_doubt():
    sure, hopeless = Interval(0, 9, "macro", score=0.9), Interval(20, 29, "macro", score=0.1)
    assert doubt([sure, hopeless], THRESHOLDS, 1.0) == 0.0
    near = doubt([Interval(0, 9, "macro", score=0.5)], THRESHOLDS, 1.0)
    assert 0 < near < doubt([Interval(0, 9, "macro", score=0.42)], THRESHOLDS, 1.0) < 1.0


def test_doubt_is_a_rate_so_that_long_videos_are_not_preferred_for_their_length():
    once = [Interval(0, 9, "micro", score=0.2)]
    twice = [*once, Interval(50, 59, "micro", score=0.2)]
    assert doubt(once, THRESHOLDS, 1.0) == doubt(twice, THRESHOLDS, 2.0)


def test_doubt_alone_takes_the_most_doubtful_first():
    picks = choose([at("a", doubt=1), at("b", doubt=5), at("c", doubt=3)], [], 2, DOUBT)
    assert (names(picks), {pick.kind for pick in picks}) == (["b", "c"], {"uncertain"})


def test_difference_alone_spreads_over_the_space():
    row = [at(f"{x:02d}", float(x)) for x in range(11)]
    picks = choose(row, [at("coded", 0.0)], 3, DIFFERENCE)
    assert names(picks)[:2] == ["10", "05"]  # the far end, then the middle between both
    assert names(picks)[2] in {"02", "03", "07", "08"}
    assert {pick.kind for pick in picks} == {"different"}


def test_another_person_differs_more_than_another_film_of_the_same():
    known = [at("coded", 0.0, subject="anna")]
    picks = choose([at("far", 9.0, subject="anna"), at("near", 0.1, subject="bert")], known, 2, DIFFERENCE)
    assert [(pick.id, pick.new_subject) for pick in picks] == [("near", True), ("far", False)]


def test_copies_of_one_video_are_not_all_chosen():
    copies = [at(f"copy{i}", 5.0, doubt=9.0) for i in range(5)]
    others = [at(f"other{i}", float(-i), doubt=1.0) for i in range(5)]
    picks = choose([*copies, *others], [at("coded", 0.0)], 4, SelectionSettings(random_share=0.0))
    assert sum(name.startswith("copy") for name in names(picks)) < 4


def test_a_video_no_model_looked_at_is_neither_preferred_nor_left_out():
    picks = choose([at("low", doubt=1), at("unknown"), at("high", doubt=2)], [], 3, DOUBT)
    assert names(picks) == ["high", "unknown", "low"]


def test_the_random_share_is_rounded_up_and_comes_first():
    candidates = [at(f"{i:02d}", doubt=float(i)) for i in range(50)]
    picks = choose(candidates, [], 10, SelectionSettings(random_share=0.25, doubt_weight=1.0))
    assert [pick.kind for pick in picks] == ["random"] * 3 + ["uncertain"] * 7


def test_the_random_share_is_a_fair_sample_whatever_the_model_doubts():
    candidates = [at(f"{i}", doubt=100.0 * (i == 0)) for i in range(10)]
    drawn = Counter(
        pick.id for seed in range(2000) for pick in choose(candidates, [], 5, seed=seed) if pick.kind == "random"
    )
    assert len(drawn) == 10
    assert all(140 < count < 260 for count in drawn.values())  # 200 expected, 13 is its standard deviation


def test_the_same_seed_gives_the_same_choice_in_whatever_order_the_videos_come():
    candidates = [at(f"{i:02d}", float(i % 7), doubt=float(i % 3)) for i in range(20)]
    assert choose(candidates, [], 6, seed=3) == choose(candidates[::-1], [], 6, seed=3)


def test_fewer_videos_than_wanted_are_all_taken_once():
    assert sorted(names(choose([at("a", 1.0), at("b", 2.0)], [], 10))) == ["a", "b"]
    assert choose([], [at("coded", 1.0)], 3) == []


def test_descriptions_tell_quiet_footage_from_restless():
    quiet, _ = synthetic_traces(5)
    still = description(quiet)
    assert np.isfinite(still).all()
    object.__setattr__(quiet, "displacement", quiet.displacement * 4)
    assert (description(quiet)[: len(quiet.kind.regions)] > still[: len(quiet.kind.regions)]).all()


def test_settings_outside_their_range_are_refused():
    with pytest.raises(InvalidSettings):
        SelectionSettings(random_share=1.5)
