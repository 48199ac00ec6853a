"""A second run beside the one under review."""

from __future__ import annotations

import pytest

from spotcore.intervals import Interval
from tests.webapp.services.library_material import desk
from webapp.services import spotting
from webapp.services.disagreement import disagreement
from webapp.services.errors import NotFound, Refused

MINE = [Interval(10, 20, "micro", 15, 0.9), Interval(50, 59, "macro", None, 0.5), Interval(90, 99, "micro", 95, 0.4)]
OTHERS = [Interval(10, 20, "micro", 14, 0.8), Interval(50, 59, "micro", 55, 0.6), Interval(92, 101, "micro", 95, 0.2)]


@pytest.fixture
def work(database):
    return desk(database)


@pytest.fixture
def compared(work):
    video = work.video()
    other = work.run(video, OTHERS)
    work.run(video, MINE)
    return video, disagreement(work.database, work.state(video), other)


def test_each_proposal_has_its_agreement_and_another_type_is_none(work, compared):
    video, found = compared
    shown = {p.onset: found.agreements[p.id] for p in work.state(video).proposals}
    assert shown == {10: 1.0, 50: 0.0, 90: pytest.approx(8 / 12, abs=1e-4)}


def test_what_only_the_second_run_proposes_can_be_decided_too(work, compared):
    video, found = compared
    [alone] = found.alone
    assert (alone.type, alone.onset, alone.decided_by) == ("micro", 50, None)
    done = work.do("accept", video, interval_id=alone.interval_id, proposal_id=alone.id)
    assert done.status == "applied"
    again = disagreement(work.database, work.state(video), found.run_id)
    assert [p.decided_verdict for p in again.alone] == ["accepted"]


def test_sets_of_the_same_sensitivity_are_compared(work, compared):
    video, found = compared
    with work.database.begin() as session:
        spotting._store(session, spotting._run(session, found.run_id), 20.0, MINE)
    assert disagreement(work.database, work.state(video), found.run_id).agreements == found.agreements


def test_a_run_is_not_compared_with_itself_or_with_another_video(work, compared):
    video, _ = compared
    state = work.state(video)
    with pytest.raises(Refused, match="itself"):
        disagreement(work.database, state, state.run.id)
    elsewhere = work.run(work.video("b.mp4"))
    with pytest.raises(NotFound):
        disagreement(work.database, state, elsewhere)
