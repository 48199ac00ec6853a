"""What speaks against freezing: values in, sentences out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from webapp.services import label_findings
from webapp.values.label_sets import LabelledInterval, LabelledVideo, Origin

ROLES = {"s1": "train", "s2": "validation", "s3": "test"}


def interval(onset: int, offset: int, kind: str = "macro", verdict: str = "added") -> LabelledInterval:
    return LabelledInterval(kind, onset, None, offset, verdict, None, (), "", None, "")


def video(subject: str = "s1", *intervals: LabelledInterval, fps: float = 30.0) -> LabelledVideo:
    return LabelledVideo(1, "a.mp4", "0" * 64, subject, ROLES[subject], 1, 300, fps, ((0, 299),), intervals)


WHOLE = [video(code, interval(0, 40)) for code in ROLES]


def sentences(videos, roles=ROLES, **more) -> list[tuple[str, str]]:
    return [(f.level, f.message) for f in label_findings.findings(videos, roles, **more)]


def test_good_material_has_no_findings():
    assert sentences(WHOLE) == []


def test_nothing_reviewed_blocks():
    ((level, message),) = sentences([], {})
    assert (level, "Nothing is reviewed" in message) == ("blocking", True)


@pytest.mark.parametrize("side", ["train", "validation"])
def test_an_empty_side_blocks_and_is_named(side):
    roles = {code: "test" if role == side else role for code, role in ROLES.items()}
    level, message = sentences(WHOLE, roles)[0]
    assert (level, f"The role {side} has no subject" in message) == ("blocking", True)


def test_one_subject_alone_is_told_that_a_second_person_is_needed():
    level, message = sentences([video("s1", interval(0, 40))], {"s1": "train"})[0]
    assert (level, "second person" in message) == ("blocking", True)


def test_nothing_to_learn_from_blocks_and_nothing_to_validate_on_warns():
    without = [replace(v, intervals=()) for v in WHOLE]
    levels = [level for level, message in sentences(without) if "has an expression" in message]
    assert levels == ["blocking", "warning"]


def test_an_unknown_role_blocks():
    expected = ("blocking", "Roles are train, validation and test, not s3: dev.")
    assert expected in sentences(WHOLE, {**ROLES, "s3": "dev"})


def test_overlap_of_one_type_warns_but_a_micro_inside_a_macro_is_legal():
    overlapping = video("s1", interval(0, 40), interval(40, 60), interval(10, 20, "micro"))
    found = label_findings.overlaps(overlapping)
    assert [f.message for f in found] == ["“a.mp4”: two macro expressions overlap, frames 0–40 and frames 40–60."]


def test_rejected_intervals_are_no_expressions_that_could_overlap():
    assert label_findings.overlaps(video("s1", interval(0, 40), interval(10, 60, verdict="rejected"))) == []


@pytest.mark.parametrize(("offset", "count"), [(25, 0), (26, 1)])
def test_a_micro_is_at_most_half_a_second_from_onset_to_offset(offset, count):
    assert len(label_findings.long_micros(video("s1", interval(10, offset, "micro")))) == count


def test_timestamps_win_over_the_nominal_rate():
    uneven = [0.1 * frame for frame in range(300)]
    assert len(label_findings.long_micros(video("s1", interval(10, 16, "micro")), uneven)) == 1


def test_decisions_outside_of_reviewed_footage_and_undecided_proposals_warn():
    (outside,) = label_findings.unreviewed("a", 1, [interval(0, 5), interval(8, 12)], [(0, 9)])
    (left,) = label_findings.undecided("a", 1, 3)
    assert ("frames 8–12" in outside.message, "3 proposals" in left.message) == (True, True)
    assert label_findings.undecided("a", 1, 0) == []


@pytest.mark.parametrize(
    ("fps", "offset", "length"),
    [(30.0, 11, "2 frames, 33 ms"), (30.0, 10, "1 frame, 0 ms"), (200.0, 14, "5 frames, 20 ms")],
)
def test_what_is_too_short_to_be_an_expression_warns(fps, offset, length):
    (found,) = label_findings.too_short(video("s1", interval(10, offset, "micro"), fps=fps))
    expected = f"“a.mp4”: the micro-expression frames 10–{offset} is too short to be one ({length})."
    assert (found.message, found.video_id) == (expected, 1)


def test_three_frames_of_a_slow_camera_are_enough():
    assert label_findings.too_short(video("s1", interval(10, 12, "micro"))) == []


def test_a_finding_about_an_interval_leads_to_its_decision():
    origin = Origin("decision", None, None, 1, datetime(2026, 1, 1, tzinfo=UTC))
    short = replace(interval(5, 5), origin=origin)
    (found,) = label_findings.too_short(video("s1", short))
    assert found.interval_id == "decision"


def test_codes_that_look_like_one_person_on_two_sides_warn():
    found = label_findings.look_alikes({"S 1": "train", "s1": "test", "s2": "test", "s-2": "test"})
    assert [f.message.split(" look")[0] for f in found] == ["“S 1” (train) and “s1” (test)"]
