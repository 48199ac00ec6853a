"""The rules of deciding, row and request in, decision out: literals only, no database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from webapp.services.decisions import (
    Apply,
    ApplySpans,
    Clash,
    Proposed,
    Refuse,
    decide,
    decide_spans,
    decide_undo,
)
from webapp.values.reviewing import Annotation, OperationRequest

PROPOSAL = Proposed(7, "micro", 10, 15, 20)
ACCEPTED = Annotation("i", 7, "micro", 10, 15, 20, "accepted", None, ("AU4",), "", 0.5, "n", 3)


def request(verb: str, base: int = 0, proposal: int | None = 7, **after) -> OperationRequest:
    return OperationRequest("o", verb, 1, 1, "i", proposal, base, after or None)


def after(decision) -> Annotation:
    assert isinstance(decision, Apply), decision
    return decision.after


def test_accepting_takes_the_frames_of_the_proposal():
    made = after(decide(request("accept"), None, 0, 300, PROPOSAL))
    assert made == Annotation("i", 7, "micro", 10, 15, 20, "accepted", None, (), "", None, "", 1)


def test_accepting_after_adjusting_goes_back_to_the_proposal():
    moved = replace(ACCEPTED, onset=12, verdict="adjusted")
    assert after(decide(request("accept", 3), moved, 3, 300, PROPOSAL)).onset == 10


def test_accepting_other_frames_is_refused():
    assert isinstance(decide(request("accept", onset=11), None, 0, 300, PROPOSAL), Refuse)


def test_accepting_may_give_the_apex_that_the_model_did_not_know():
    made = after(decide(request("accept", apex=14), None, 0, 300, replace(PROPOSAL, apex=None)))
    assert (made.apex, made.verdict) == (14, "accepted")


def test_adjusting_changes_only_what_is_named():
    made = after(decide(request("adjust", 3, onset=12), ACCEPTED, 3, 300, PROPOSAL))
    assert made == replace(ACCEPTED, onset=12, verdict="adjusted", version=4)


def test_editing_the_frames_of_an_accepted_one_makes_it_adjusted():
    assert after(decide(request("edit", 3, offset=22), ACCEPTED, 3, 300, PROPOSAL)).verdict == "adjusted"


def test_editing_the_note_of_an_accepted_one_keeps_it_accepted():
    made = after(decide(request("edit", 3, note="m"), ACCEPTED, 3, 300, PROPOSAL))
    assert (made.verdict, made.note, made.action_units) == ("accepted", "m", ("AU4",))


def test_a_reason_goes_when_a_rejection_is_taken_back():
    rejected = replace(ACCEPTED, verdict="rejected", reason="blink")
    assert after(decide(request("accept", 3), rejected, 3, 300, PROPOSAL)).reason is None


def test_the_null_texts_of_a_client_become_empty():
    made = after(decide(request("accept", emotion=None, note=None, action_units=None), None, 0, 300, PROPOSAL))
    assert (made.emotion, made.note, made.action_units) == ("", "", ())


def test_deleting_leaves_nothing_but_a_version():
    assert decide(request("delete", 3), ACCEPTED, 3, 300, PROPOSAL) == Apply(None, 4)


@pytest.mark.parametrize("base", [0, 2, 4])
def test_a_version_that_is_not_the_present_one_clashes(base):
    assert isinstance(decide(request("edit", base, note="m"), ACCEPTED, 3, 300, PROPOSAL), Clash)


@pytest.mark.parametrize(("base", "kind"), [(0, Apply), (5, Apply), (4, Clash)])
def test_a_deleted_row_counts_as_none_or_by_its_own_version(base, kind):
    assert isinstance(decide(request("accept", base), None, 5, 300, PROPOSAL), kind)


REFUSED = [
    (request("reject"), None, "reason"),
    (request("reject", reason="boredom"), None, "reason"),
    (request("adjust", onset=21), None, "onset <= apex"),
    (request("adjust", offset=300), None, "< 300"),
    (request("adjust", onset=-1), None, "0 <= onset"),
    (request("adjust", onset=10.0), None, "whole frame"),
    (request("adjust", onset=True), None, "whole frame"),
    (request("adjust", type="blink"), None, "macro or micro"),
    (request("adjust", colour="red"), None, "colour"),
    (request("adjust", verdict="accepted"), None, "verdict"),
    (request("adjust", confidence=1.5), None, "confidence"),
    (request("adjust", confidence=float("nan")), None, "confidence"),
    (request("adjust", action_units="AU4"), None, "action units"),
    (request("adjust", action_units=["AU4+AU5"]), None, "action units"),
    (request("adjust", note="n" * 10_001), None, "note"),
    (request("adjust", note="\x00"), None, "note"),
    (request("edit"), None, "no annotation"),
    (request("delete"), None, "no annotation"),
    (request("add", type="micro", onset=1, offset=2), None, "no proposal"),
    (request("add", 3, None, type="micro", onset=1, offset=2), ACCEPTED, "exists already"),
    (request("add", proposal=None, onset=1, offset=2), None, "macro or micro"),
    (request("add", proposal=None, type="micro", onset=1), None, "whole frame"),
]


@pytest.mark.parametrize(("asked", "current", "word"), REFUSED)
def test_what_can_never_be_applied_is_refused_with_a_sentence(asked, current, word):
    version = current.version if current else 0
    proposal = PROPOSAL if asked.proposal_id else None
    decision = decide(asked, current, version, 300, proposal)
    assert isinstance(decision, Refuse)
    assert word in decision.message


@pytest.mark.parametrize("verb", ["accept", "adjust", "reject"])
def test_deciding_without_a_proposal_is_refused(verb):
    asked = request(verb, proposal=None, type="micro", onset=1, offset=2, reason="blink")
    assert "needs a proposal" in decide(asked, None, 0, 300, None).message


ADDED = Annotation("i", None, "macro", 10, None, 40, "added", None, (), "", None, "", 3)


@pytest.mark.parametrize("verb", ["accept", "adjust"])
@pytest.mark.parametrize("verdict", ["added", "unsure"])
def test_accepting_or_adjusting_what_was_added_by_hand_makes_it_added(verb, verdict):
    current = replace(ADDED, verdict=verdict)
    made = after(decide(request(verb, 3, None, onset=12, verdict="adjusted"), current, 3, 300))
    assert made == replace(ADDED, onset=12, version=4)


def test_what_was_added_by_hand_is_deleted_not_rejected():
    assert "delete it" in decide(request("reject", 3, None, reason="blink"), ADDED, 3, 300).message


def test_an_imported_decision_can_be_rejected_without_a_proposal():
    imported = replace(ADDED, verdict="accepted")
    made = after(decide(request("reject", 3, None, reason="blink"), imported, 3, 300, None, imported=True))
    assert (made.verdict, made.reason) == ("rejected", "blink")


def test_a_row_keeps_the_proposal_it_was_made_for():
    assert after(decide(request("adjust", 3, 8, onset=12), ACCEPTED, 3, 300, PROPOSAL)).proposal_id == 7


def test_undo_restores_what_was_before_as_a_new_version():
    before = replace(ACCEPTED, note="old", version=2)
    assert decide_undo(request("undo", 3), ACCEPTED, 3, ACCEPTED, before) == Apply(replace(before, version=4), 4)


def test_undoing_the_first_decision_leaves_none():
    assert decide_undo(request("undo", 3), ACCEPTED, 3, ACCEPTED, None) == Apply(None, 4)


def test_undo_compares_content_not_versions_so_that_several_can_be_undone_in_turn():
    left = replace(ACCEPTED, version=1)
    assert decide_undo(request("undo", 3), ACCEPTED, 3, left, None) == Apply(None, 4)


@pytest.mark.parametrize("left", [None, replace(ACCEPTED, note="other")])
def test_undo_of_something_that_moved_on_clashes(left):
    assert isinstance(decide_undo(request("undo", 3), ACCEPTED, 3, left, None), Clash)


def test_spans_are_joined_and_cut():
    assert decide_spans(request("review_span", first=5, last=9), ((0, 4),), 300) == ApplySpans(((0, 9),))
    assert decide_spans(request("unreview_span", first=3, last=5), ((0, 9),), 300) == ApplySpans(((0, 2), (6, 9)))


OUTSIDE = [{}, {"first": 5}, {"first": 6, "last": 5}, {"first": 0, "last": 300}, {"first": -1, "last": 0},
           {"first": 0, "last": 1.5}]  # fmt: skip


@pytest.mark.parametrize("span", OUTSIDE)
def test_a_span_outside_of_the_video_is_refused(span):
    assert isinstance(decide_spans(request("review_span", **span), (), 300), Refuse)
