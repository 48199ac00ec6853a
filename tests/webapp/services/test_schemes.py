"""The coding scheme of a study: what it may say, who changes it, and what happens to what was coded before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from db.models import Annotator, Assignment
from tests.webapp.services.library_material import desk
from webapp.services import label_sets
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.services.schemes import change_scheme, study_scheme
from webapp.values.scheme import DEFAULT_SCHEME, ActionUnit, Reason, Scheme

OWN = replace(
    DEFAULT_SCHEME,
    action_units=(ActionUnit(4, "brow lowerer"), ActionUnit(12, "lip corner puller")),
    emotions=(),
    ask_emotion=False,
    reasons=(Reason("b", "blink"), Reason("y", "yawn")),
)


@pytest.fixture
def work(database):
    return desk(database)


def change(work, scheme=OWN, seen=DEFAULT_SCHEME, by=None):
    change_scheme(work.database, work.defaults.study_id, scheme, seen, by or work.annotator_id)


def test_a_study_without_a_scheme_codes_by_the_default_one(work):
    assert study_scheme(work.database, work.defaults.study_id) == DEFAULT_SCHEME


def test_a_changed_scheme_is_stored_and_comes_with_the_review_state(work):
    video = work.video()
    change(work)
    assert study_scheme(work.database, work.defaults.study_id) == OWN
    assert work.state(video).scheme == OWN


def test_a_scheme_survives_its_way_through_json():
    assert Scheme.from_json(OWN.to_json()) == OWN


def test_a_reason_of_the_scheme_can_be_given_and_others_not(work):
    video = work.video()
    work.run(video)
    assert work.decide("reject", video, 0, reason="yawn").status == "refused"
    change(work)
    assert work.decide("reject", video, 0, reason="yawn").annotation.reason == "yawn"
    assert work.decide("reject", video, 1, reason="boredom").status == "refused"


def test_what_was_coded_under_an_earlier_scheme_stays_and_can_get_a_note(work):
    video = work.video()
    work.run(video)
    change(work)
    made = work.decide("reject", video, 0, reason="yawn", action_units=["AU4"]).annotation
    change(work, DEFAULT_SCHEME, OWN)
    edited = work.do("edit", video, interval_id=made.id, base_version=1, after={"note": "wide"}).annotation
    assert (edited.reason, edited.action_units, edited.note) == ("yawn", ("AU4",), "wide")


def test_a_rejection_with_a_reason_of_the_scheme_can_be_frozen(work):
    change(work)
    for number in range(3):
        video = work.video(f"{number}.mp4", f"s{number}")
        work.run(video)
        work.decide("reject", video, 0, reason="yawn")
        work.decide("accept", video, 1)
        work.reviewed(video)
    made = label_sets.freeze(work.database, work.defaults.study_id, "one", {}, work.annotator_id)
    rejected = [video["rejected"] for video in label_sets.manifest(work.database, made, {})["videos"]]
    assert [entry["reason"] for [entry] in rejected] == ["yawn"] * 3


def test_a_change_that_somebody_else_made_meanwhile_is_not_overwritten(work):
    change(work)
    with pytest.raises(Conflict):
        change(work, replace(OWN, sides=False), DEFAULT_SCHEME)
    assert study_scheme(work.database, work.defaults.study_id) == OWN


def test_only_leads_and_admins_change_a_scheme(work):
    with work.database.begin() as session:
        student = Annotator(name="student")
        session.add(student)
        session.flush()
        session.add(Assignment(study_id=work.defaults.study_id, annotator_id=student.id, role="annotator"))
        number = student.id
    with pytest.raises(Refused):
        change(work, by=number)
    assert study_scheme(work.database, work.defaults.study_id) == DEFAULT_SCHEME


def test_an_unknown_study_has_no_scheme(work):
    with pytest.raises(NotFound):
        study_scheme(work.database, 99)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"action_units": (ActionUnit(4, "a"), ActionUnit(4, "b"))}, "4 is named 2 times"),
        ({"action_units": (ActionUnit(0, "a"),)}, "1 to 99"),
        ({"action_units": (ActionUnit(4, ""),)}, "needs a name"),
        ({"emotions": ()}, "at least one emotion"),
        ({"emotions": ("joy", "joy")}, "joy is named 2 times"),
        ({"emotions": ("joy\x00",)}, "An emotion has a name"),
        ({"reasons": ()}, "at least one reason"),
        ({"reasons": (Reason("b", "blink"), Reason("b", "yawn"))}, "letter b"),
        ({"reasons": (Reason("1", "blink"),)}, "a to z"),
        ({"reasons": (Reason("b", "blink (eye)"),)}, "without brackets"),
        ({"reasons": (Reason("b", "x" * 37),)}, "36 characters"),
    ],
)
def test_a_scheme_that_cannot_be_coded_by_says_why(fields, word):
    with pytest.raises(ValueError, match=word.replace("(", "\\(")):
        replace(DEFAULT_SCHEME, **fields)


@pytest.mark.parametrize("change_of", [{"colour": 1}, {"reasons": [{"letter": "b"}]}, {"action_units": 3}])
def test_json_that_is_no_scheme_is_refused(change_of):
    with pytest.raises(ValueError, match="scheme"):
        Scheme.from_json(DEFAULT_SCHEME.to_json() | change_of)
