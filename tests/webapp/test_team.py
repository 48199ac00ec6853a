"""Several real workers on one queue: one dies, one is suspended and wakes; every job has one result."""

import signal

import numpy as np
import pytest

from tests.databases import KINDS, drop, empty_url
from tests.servers import wait_for
from tests.soak.team_storm import Load, carry_out, seeded_kills
from tests.webapp.worker_process import Team, write_noise
from webapp import queueing
from webapp.services import spotting, workers

FRAMES = 1500


@pytest.fixture(params=KINDS)
def team(request, tmp_path):
    """Two workers, a and b, on each kind of database."""
    url = "" if request.param == "sqlite" else empty_url(request.param)
    made = Team(tmp_path / "data", url)
    for name in "ab":
        made.hire(name)
    for name in "ab":
        made.ready(name)
    yield made
    made.dismiss()
    made.database.dispose()
    drop(url)


def runner(team, video_id):
    """(run, worker's name) once the spotting of the video moves."""
    run = spotting.latest_run(team.database, video_id, state="running")
    if run is None or run.progress == 0:
        return None
    held = [work for work in queueing.list_work(team.settings) if (work.kind, work.row_id) == ("spotting", run.id)]
    return (run, held[0].worker) if held and held[0].worker else None


def ended_once(team, run_id, by):
    """The run has one result, of that worker, and a note why it moved."""
    run = spotting.get_run(team.database, run_id)
    assert (run.state, len(spotting.list_sets(team.database, run_id))) == ("done", 1)
    notes = workers.retries_of(team.database, [("spotting", run_id)])[("spotting", run_id)]
    assert [(note.by, "fell silent" in note.reason) for note in notes] == [(by, True)]


def test_a_survivor_finishes_what_a_killed_worker_began(team, tmp_path):
    video_id = team.register(write_noise(tmp_path / "noise.mp4", FRAMES, seed=1))
    run, holder = wait_for("the run to move", lambda: runner(team, video_id), 120)
    survivor = "b" if holder == "a" else "a"
    team.kill_worker(holder)
    assert queueing.enqueue_spotting(run.id, team.settings).startswith("spotting")  # a person asks again meanwhile
    assert team.spotted(video_id, 120).state == "done"
    ended_once(team, run.id, survivor)
    assert queueing.enqueue_spotting(run.id, team.settings)


@pytest.mark.parametrize("team", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_a_worker_that_was_only_suspended_makes_no_second_result_when_it_wakes(team, tmp_path):
    video_id = team.register(write_noise(tmp_path / "noise.mp4", FRAMES, seed=2))
    run, holder = wait_for("the run to move", lambda: runner(team, video_id), 120)
    survivor = "b" if holder == "a" else "a"
    team.send(holder, signal.SIGSTOP)
    done = team.spotted(video_id, 120)
    team.send(holder, signal.SIGCONT)
    team.ready(holder, times=2)
    ended_once(team, run.id, survivor)
    assert spotting.get_run(team.database, run.id) == done
    assert "begins anew" in team.log_of(holder)
    assert workers.holder(team.database, holder).state == "working"


@pytest.mark.postgres
def test_whatever_is_killed_every_job_of_two_workers_ends_once_and_as_if_nothing_had_been(tmp_path):
    """The short version of the soak `test_kill_team`."""
    load = Load(labelled=3, measured=1, trainings=1, epochs=3)
    outcomes = []
    for name, kills in (("calm", ()), ("storm", seeded_kills(np.random.default_rng(20261121), 2, 0.5, 2.0, away=0.0))):
        url = empty_url("postgresql")
        (tmp_path / name).mkdir()
        outcomes.append(carry_out(tmp_path / name, url, load, kills, 120))
        drop(url)
    calm, storm = outcomes
    assert sum(map(len, calm.proposals)) > 0
    assert storm == calm, storm.facts
