"""What rounds of the loop bring: comparable scores on one line, seconds and keys per interval by proposing version."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.webapp.services.library_material import desk
from webapp.services import effort, label_sets, registry

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def step(second: float, interval: str, version: int | None = 1, keys: int | None = 2, person: int = 1):
    return effort.CountedStep(f"tab-{person}", interval, True, NOON + timedelta(seconds=second), person, keys, version)


def test_seconds_and_keys_go_to_the_version_that_had_proposed():
    steps = [step(0, "a"), step(4, "b"), step(10, "c"), step(20, "d", 2, 5), step(22, "e", 2, 1)]
    first, second = effort.effort_points(steps, {1: "old", 2: "new"})
    assert (first.version, first.intervals, first.seconds, first.keys) == ("old", 2, 5.0, 2)
    assert (second.version, second.intervals, second.seconds, second.keys) == ("new", 2, 6.0, 3)


def test_keys_of_all_operations_on_one_interval_belong_together():
    (point,) = effort.effort_points([step(0, "a"), step(3, "b", keys=1), step(5, "b", keys=4)], {1: "m"})
    assert (point.keys, point.counted, point.seconds) == (5, 1, 5.0)


def test_operations_of_before_keys_were_counted_still_tell_their_time():
    (point,) = effort.effort_points([step(0, "a", keys=None), step(3, "b", keys=None)], {1: "m"})
    assert (point.keys, point.counted, point.intervals, point.seconds) == (None, 0, 1, 3.0)


def test_two_people_at_once_do_not_shorten_each_other():
    steps = [step(0, "a"), step(1, "x", person=2), step(6, "b"), step(9, "y", person=2)]
    (point,) = effort.effort_points(steps, {1: "m"})
    assert (point.people, sorted([point.seconds_low, point.seconds_high])) == (2, [6.5, 7.5])


def test_work_without_a_proposing_version_is_left_out():
    assert effort.effort_points([step(0, "a", None), step(4, "b", None)], {1: "m"}) == ()


@pytest.fixture
def work(database):
    return desk(database)


def frozen(work, name: str) -> int:
    roles = {"s1": "train", "s2": "validation", "s3": "test"}
    return label_sets.freeze(work.database, work.defaults.study_id, name, roles, work.annotator_id)


def version(work, label_set: int, f1: float, architecture: str = "dilated", events: int = 9) -> int:
    on = {"role": "test", "subjects": ["s3", "s4"], "videos": 2, "minutes": 1.0, "events": events}
    score = {"f1": f1, "f1_low": f1 - 0.1, "f1_high": f1 + 0.1}
    return registry.register_version(
        work.database, architecture=architecture, settings={}, checkpoint_path="models/x",
        checkpoint_sha256="a" * 64, label_set_id=label_set,
        scores={"held_out": {"overall": score}, "measured_on": on, "false_alarms": 6.0},
    )  # fmt: skip


def test_a_line_holds_what_is_comparable_by_the_amount_learned_from(work):
    for number, subject in enumerate(("s1", "s2", "s3")):
        video = work.video(f"v{number}", subject)
        work.add(video, type="macro", onset=10, offset=40)
        work.reviewed(video)
    small = frozen(work, "small")
    work.add(1, type="macro", onset=100, offset=140)
    large = frozen(work, "large")
    version(work, large, 0.6)
    version(work, small, 0.4)
    version(work, small, 0.5, architecture="spot_gcn")
    version(work, small, 0.5, events=8)
    lines = effort.learning_curves(work.database, work.defaults.study_id)
    assert sorted([(line.architecture, len(line.points)) for line in lines]) == [
        ("dilated", 1), ("dilated", 2), ("spot_gcn", 1),
    ]  # fmt: skip
    (line,) = [line for line in lines if len(line.points) == 2]
    assert [(p.intervals, p.videos, p.subjects, p.f1) for p in line.points] == [(1, 1, 1, 0.4), (2, 1, 1, 0.6)]


def test_the_log_of_a_real_sitting_becomes_a_point(work):
    video = work.video()
    work.run(video)
    for number, (verb, second) in enumerate((("accept", 0), ("accept", 3))):
        proposal = work.state(video).proposals[number]
        work.do(
            verb, video, interval_id=proposal.interval_id, proposal_id=proposal.id, after={}, session="tab", keys=3,
            client_time=NOON + timedelta(seconds=second), model_version_id=work.defaults.baseline_version_id,
        )  # fmt: skip
    (point,) = effort.effort_curve(work.database, work.defaults.study_id)
    assert (point.version, point.intervals, point.seconds, point.keys) == ("baseline", 1, 3.0, 3)
