"""Matching against a slow, obvious version, and the rules by which published evaluators differ."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotcore.errors import InvalidSettings
from spotcore.intervals import Interval
from spotcore.matching import LENGTHS, MATCHINGS, MatchingRule, match, overlap

spans = st.builds(
    lambda onset, length, kind, score: Interval(onset, onset + length, kind, score=score),
    st.integers(0, 40), st.integers(0, 15), st.sampled_from(["macro", "micro"]), st.sampled_from([None, 0.1, 0.5, 0.9]),
)  # fmt: skip
rules = st.builds(
    MatchingRule,
    iou=st.sampled_from([0.3, 0.5, 0.7]),
    matching=st.sampled_from(MATCHINGS),
    by_type=st.booleans(),
    lengths=st.sampled_from(LENGTHS),
)


def slow_overlap(a, b, lengths):
    """Counts the frames (inclusive) or the steps between frames (exclusive) that both have."""
    extra = 1 if lengths == "inclusive" else 0
    one, other = set(range(a.onset, a.offset + extra)), set(range(b.onset, b.offset + extra))
    return len(one & other) / len(one | other) if one | other else 0.0


def slow_match(truth, proposals, rule):
    """Set of (truth, proposal) pairs, straight from the sentence in METHODS section 7."""

    def fits(t, p):
        if rule.by_type and truth[t].type != proposals[p].type:
            return 0.0
        value = slow_overlap(truth[t], proposals[p], rule.lengths)
        return value if value >= rule.iou else 0.0

    if rule.matching == "any-proposal":
        return {t for t in range(len(truth)) if any(fits(t, p) for p in range(len(proposals)))}
    free, found = set(range(len(truth))), set()

    def rank(p):
        proposal = proposals[p]
        score = -1 if proposal.score is None else proposal.score
        return (-score, proposal.onset, proposal.offset, p)

    for p in sorted(range(len(proposals)), key=rank):
        candidates = [t for t in free if fits(t, p)]
        if candidates:
            t = min(candidates, key=lambda t: (-fits(t, p), truth[t].onset, truth[t].offset, t))
            free.discard(t)
            found.add((t, p))
    return found


@settings(max_examples=400, deadline=None)
@given(st.lists(spans, max_size=7), st.lists(spans, max_size=7), rules)
def test_matching_equals_the_slow_version(truth, proposals, rule):
    hits = match(truth, proposals, rule)
    if rule.matching == "any-proposal":
        assert {hit.truth for hit in hits} == slow_match(truth, proposals, rule)
    else:
        assert {(hit.truth, hit.proposal) for hit in hits} == slow_match(truth, proposals, rule)


@settings(max_examples=300, deadline=None)
@given(spans, spans, st.sampled_from(LENGTHS))
def test_overlap_equals_counting_frames(a, b, lengths):
    assert overlap(a, b, lengths) == pytest.approx(slow_overlap(a, b, lengths))
    assert overlap(a, b, lengths) == overlap(b, a, lengths)


def test_the_length_convention_alone_flips_a_hit():
    truth, proposal = [Interval(10, 17, "micro")], [Interval(13, 19, "micro")]
    assert len(match(truth, proposal, MatchingRule(lengths="inclusive"))) == 1
    assert match(truth, proposal, MatchingRule(lengths="exclusive")) == []


def test_of_two_proposals_on_one_event_the_surer_is_the_hit():
    truth = [Interval(10, 19, "macro")]
    proposals = [Interval(10, 19, "macro", score=0.2), Interval(11, 19, "macro", score=0.8)]
    assert [hit.proposal for hit in match(truth, proposals)] == [1]


def test_equal_scores_are_served_by_onset():
    truth = [Interval(10, 19, "macro")]
    proposals = [Interval(12, 19, "macro", score=0.5), Interval(11, 19, "macro", score=0.5)]
    assert [hit.proposal for hit in match(truth, proposals)] == [1]


def test_one_proposal_may_serve_two_truths_only_under_any_proposal():
    truth = [Interval(10, 19, "macro"), Interval(12, 21, "macro")]
    proposals = [Interval(11, 20, "macro", score=1.0)]
    assert len(match(truth, proposals, MatchingRule(matching="any-proposal"))) == 2
    assert len(match(truth, proposals)) == 1


def test_types_must_agree_unless_ignored():
    truth, proposals = [Interval(10, 19, "macro")], [Interval(10, 19, "micro")]
    assert match(truth, proposals) == []
    assert len(match(truth, proposals, MatchingRule(by_type=False))) == 1


def test_an_iou_exactly_at_the_threshold_is_a_hit():
    truth, proposals = [Interval(0, 9, "macro")], [Interval(7, 9, "macro")]
    assert len(match(truth, proposals, MatchingRule(iou=0.3))) == 1


def test_all_wrong_settings_are_named_together():
    with pytest.raises(InvalidSettings, match=r"iou.*matching.*lengths"):
        MatchingRule(iou=2.0, matching="best", lengths="half")
