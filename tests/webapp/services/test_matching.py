"""Which proposals count as decided."""

from __future__ import annotations

import uuid

import numpy as np

from spotcore.intervals import Interval, iou
from webapp.services.matching import Decided, decisions, interval_id


def micro(onset: int, offset: int) -> Interval:
    return Interval(onset, offset, "micro")


def test_a_proposal_is_decided_by_its_own_annotation_wherever_that_moved():
    own = Decided("x", 1, "adjusted", micro(200, 210))
    assert decisions({1: micro(10, 20)}, [own]) == {1: own}


def test_a_matching_decision_from_an_earlier_run_decides_a_new_proposal():
    old = Decided("x", 99, "rejected", micro(10, 17))
    assert iou(micro(10, 17), micro(13, 19)) == 0.5
    assert decisions({1: micro(13, 19)}, [old]) == {1: old}


def test_less_overlap_or_another_type_decides_nothing():
    old = [Decided("x", 99, "accepted", micro(10, 17)), Decided("y", 98, "accepted", Interval(14, 20, "macro"))]
    assert decisions({1: micro(14, 20)}, old) == {}


def test_an_adjusted_neighbour_of_the_same_set_does_not_swallow_the_next_proposal():
    neighbour = Decided("x", 1, "adjusted", micro(30, 40))
    assert decisions({1: micro(10, 20), 2: micro(30, 40)}, [neighbour]) == {1: neighbour}


def test_the_best_of_several_matches_decides():
    worse, better = Decided("x", 98, "rejected", micro(8, 20)), Decided("y", 99, "accepted", micro(10, 21))
    assert decisions({1: micro(10, 20)}, [worse, better])[1] == better


def test_the_quick_search_finds_what_trying_every_pair_finds():
    random = np.random.default_rng(5)
    for _ in range(30):
        onsets, lengths = random.integers(0, 300, 40), random.integers(0, 90, 40)
        made = [micro(int(a), int(a + b)) for a, b in zip(onsets, lengths, strict=True)]
        proposals = dict(enumerate(made[:20]))
        old = [Decided(f"{n}", None, "added", interval) for n, interval in enumerate(made[20:])]
        slow = {n: max(iou(o.interval, p) for o in old) for n, p in proposals.items()}
        found = decisions(proposals, old)
        assert set(found) == {n for n, best in slow.items() if best >= 0.5}
        assert all(iou(found[n].interval, proposals[n]) == slow[n] for n in found)


def test_the_id_of_a_decision_is_a_uuid_that_annotator_and_proposal_give():
    assert interval_id(1, 2) == interval_id(1, 2) == str(uuid.UUID(interval_id(1, 2)))
    assert len({interval_id(a, p) for a in range(20) for p in range(20)}) == 400
