"""How fast somebody decides, and what one sitting held, from the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from spotcore.intervals import Interval
from tests.webapp.services.library_material import desk
from webapp.services.pace import SITTING_ENDS_AFTER, Step, interval_seconds, pace, sitting

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def work(database):
    return desk(database)


def steps(*made: tuple[str, str | None, float], session: str = "s") -> list[Step]:
    """(verb, interval, second) of each operation."""
    return [Step(session, one, verb != "edit", NOON + timedelta(seconds=second)) for verb, one, second in made]


def test_an_interval_takes_from_the_last_decision_to_its_own_last_operation():
    made = steps(("accept", "a", 0), ("adjust", "b", 3), ("edit", "b", 7), ("reject", "c", 9))
    assert interval_seconds(made) == [7.0, 2.0]


def test_the_first_interval_of_a_visit_has_no_known_beginning():
    assert interval_seconds(steps(("accept", "a", 5))) == []
    other_visit = steps(("accept", "a", 0)) + steps(("accept", "b", 4), ("accept", "c", 6), session="t")
    assert interval_seconds(other_visit) == [2.0]


@pytest.mark.parametrize(("gap", "expected"), [(300, [300.0]), (301, []), (-1, [])])
def test_breaks_and_clocks_that_went_back_do_not_count(gap, expected):
    assert interval_seconds(steps(("accept", "a", 0), ("accept", "b", gap))) == expected


def test_what_decides_nothing_is_no_interval_and_footage_moves_the_beginning():
    made = [
        *steps(("accept", "a", 0)),
        Step("s", None, False, NOON + timedelta(seconds=10)),  # a stretch marked reviewed
        *steps(("accept", "b", 14), ("edit", "a", 20)),
    ]
    assert interval_seconds(made) == [4.0]


def decide_many(work, video: int, seconds: list[float]) -> None:
    for number, second in enumerate(seconds):
        proposal = work.state(video).proposals[number]
        moment = (NOON + timedelta(seconds=second)).isoformat()
        work.do("accept", video, interval_id=proposal.interval_id, proposal_id=proposal.id, client_time=moment,
                session="one")  # fmt: skip


def spotted(work, count: int = 4) -> int:
    video = work.video()
    work.run(video, [Interval(20 * n, 20 * n + 9, "micro", 20 * n + 4, 0.5) for n in range(count)])
    return video


def test_the_pace_is_the_median_of_ones_own_decisions(work):
    video = spotted(work)
    decide_many(work, video, [0, 2, 5, 15])
    found = pace(work.database, work.annotator_id, work.defaults.study_id)
    assert (found.median_seconds, found.intervals) == (3.0, 3)
    other = work.colleague()
    assert pace(work.database, other.annotator_id, work.defaults.study_id).median_seconds is None


def test_a_sitting_counts_intervals_once_and_ends_after_half_an_hour(work):
    video = spotted(work)
    decide_many(work, video, [0, 2])
    first = work.state(video).annotations[0]
    work.do("unsure", video, interval_id=first.id, proposal_id=first.proposal_id, base_version=1)
    found = sitting(work.database, work.annotator_id, work.defaults.study_id)
    assert (found.intervals, found.videos, found.pace.median_seconds) == (2, 1, 2.0)
    assert found.started <= found.ended
    later = found.ended + SITTING_ENDS_AFTER + timedelta(seconds=1)
    assert sitting(work.database, work.annotator_id, work.defaults.study_id, later).intervals == 0


def test_without_any_operation_there_is_no_pace_and_no_sitting(work):
    found = sitting(work.database, work.annotator_id, work.defaults.study_id)
    assert (found.intervals, found.started, found.pace.median_seconds) == (0, None, None)
