"""Kill storm over two workers on PostgreSQL: every job ends exactly once, and as if nobody had been killed."""

import tempfile
from functools import cache
from pathlib import Path

import pytest

from tests.databases import drop, empty_url
from tests.soak.team_storm import Load, carry_out, seeded_kills
from tests.soak.trials import Trials

TRIALS, KILLS, SECONDS = 2, 20, 1500
FULL = Load(labelled=12, measured=28, trainings=4, epochs=8)  # 40 spotting jobs and 4 trainings


def work(kills):
    url = empty_url("postgresql")
    try:
        with tempfile.TemporaryDirectory(prefix="glint-team-") as folder:
            return carry_out(Path(folder), url, FULL, kills, SECONDS)
    finally:
        drop(url)


@cache
def undisturbed():
    return work(())


def storm(number, generator):
    kills = seeded_kills(generator, KILLS, 0.5, 6.0)
    disturbed = work(kills)
    assert disturbed == undisturbed(), kills
    return {**disturbed.facts, "undisturbed_seconds": undisturbed().facts["seconds"], "attempts": disturbed.attempts}


@pytest.mark.soak
@pytest.mark.postgres
def test_forty_runs_and_four_trainings_end_once_whenever_two_workers_are_killed():
    assert Trials("kill-team", TRIALS).run(storm) == []
