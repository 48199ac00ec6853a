"""Two workers on one PostgreSQL queue, killed as told: what came of the same work, to be compared with no kills."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import numpy as np
from dbos import DBOSClient
from sqlalchemy import select

from db.models import SpottingRun
from spotcore.probabilities import load_curves
from tests.servers import wait_for
from tests.webapp.test_worker_training import ROLES, epochs, labelled_video
from tests.webapp.worker_process import Team, write_noise
from webapp import queueing
from webapp.services import label_sets, registry, spotting, training, workers
from webapp.services.unfinished import list_unfinished

NAMES = ("a", "b")


@dataclass(frozen=True)
class Load:
    """What is asked for.

    Attributes:
        labelled: videos with known traces, at least 3; the first three are trained on.
        measured: videos that are imported and measured.
        trainings: jobs, each with a seed of its own.
        epochs: of each.
    """

    labelled: int
    measured: int
    trainings: int
    epochs: int


@dataclass(frozen=True)
class Kill:
    """SIGKILL to `worker` so many seconds after it was ready; it starts again after `down` seconds."""

    after: float
    worker: str
    down: float


@dataclass(frozen=True)
class Outcome:
    """What came of the work, in the order in which it was asked for; `facts` are about the way and do not count.

    Attributes:
        proposals, curves: of every run: what was proposed, and the SHA-256 of the probabilities.
        weights, epochs: of every training: SHA-256 of the network, and the numbers in the metrics.
        attempts: kind -> how many ended works there are, all of them successful.
    """

    proposals: tuple[tuple, ...]
    curves: tuple[str, ...]
    weights: tuple[str, ...]
    epochs: tuple[tuple[int, ...], ...]
    attempts: dict[str, int]
    facts: dict = field(compare=False)


def seeded_kills(
    generator: np.random.Generator, count: int, shortest: float, longest: float, away: float = 12.0
) -> list[Kill]:
    """Random moments, workers and times of being away; half of the kills leave up to `away` seconds for a takeover."""
    return [
        Kill(
            after=round(float(generator.uniform(shortest, longest)), 2),
            worker=NAMES[generator.integers(2)],
            down=round(float(generator.choice([0.0, generator.uniform(away / 2, away)])), 2),
        )
        for _ in range(count)
    ]


def carry_out(folder: Path, url: str, load: Load, kills: Sequence[Kill], seconds: float) -> Outcome:
    """The same work in a new installation on an empty database, with these kills.

    Args:
        seconds: for what is left after the last kill.
    """
    team = Team(folder / "data", url, silent_seconds=6.0)
    trained = _ask(team, folder, load)
    began = time.monotonic()
    for name in NAMES:
        team.hire(name)
    try:
        hit = sum(_kill(team, kill) for kill in kills)
        wait_for("the end of all work", lambda: _over(team, load), seconds)
        took = time.monotonic() - began
    finally:
        team.dismiss()
    try:
        return _outcome(team, load, trained, {"seconds": round(took), "kills_that_hit_work": hit})
    finally:
        team.database.dispose()


def _ask(team: Team, folder: Path, load: Load) -> list[int]:
    """Make videos and ask for everything; returns the training jobs."""
    database, ids = team.database, team.ids
    known = [labelled_video(team, folder, number) for number in range(3)]
    label_set = label_sets.freeze(database, ids.study_id, "first", ROLES, ids.annotator_id)
    known += [labelled_video(team, folder, number) for number in range(3, load.labelled)]
    jobs = []
    for seed in range(load.trainings):
        settings = {"epochs": load.epochs, "minimum_segments": 48, "seed": seed}
        jobs.append(training.create_job(database, label_set, "spot_gcn", "quick", settings))
        queueing.enqueue_training(jobs[-1], team.settings)
    for video in known:
        run = spotting.start_run(database, video, ids.baseline_version_id, 12.0, {})
        queueing.enqueue_spotting(run, team.settings)
    for number in range(load.measured):
        team.register(write_noise(folder / f"noise {number}.mp4", 60, (160, 120), seed=50 + number))
    return jobs


def _kill(team: Team, kill: Kill) -> bool:
    """Carry out a kill; returns whether it hit work."""
    team.ready(kill.worker)
    time.sleep(kill.after)  # the moment of the kill is what is tried
    held = queueing.held_by(team.settings, kill.worker)
    team.kill_worker(kill.worker)
    time.sleep(kill.down)
    team.hire(kill.worker)
    return bool(held)


def _over(team: Team, load: Load) -> bool:
    team.check_alive()
    return list_unfinished(team.database, timedelta(0)) == () and len(_runs(team)) == load.labelled + load.measured


def _runs(team: Team) -> list:
    """The runs of every video, in the order of the videos."""
    with team.database.read() as session:
        return list(session.scalars(select(SpottingRun).order_by(SpottingRun.video_id, SpottingRun.id)))


def _outcome(team: Team, load: Load, jobs: list[int], facts: dict) -> Outcome:
    database, runs = team.database, _runs(team)
    assert [run.state for run in runs] == ["done"] * (load.labelled + load.measured)
    assert len({run.video_id for run in runs}) == len(runs)
    sets = [spotting.list_sets(database, run.id) for run in runs]
    assert [len(of_run) for of_run in sets] == [1] * len(runs)
    trained = [training.get_job(database, job) for job in jobs]
    assert [(job.state, job.message) for job in trained] == [("done", "")] * len(jobs)
    versions = [registry.get_version(database, job.model_version_id) for job in trained]
    assert len(registry.list_versions(database)) == 1 + len(jobs)  # the baseline and what was trained, once
    rows = [("spotting", run.id) for run in runs] + [("training", job) for job in jobs]
    notes = [note for of_row in workers.retries_of(database, rows).values() for note in of_row]
    facts["taken_over"] = sum("fell silent" in note.reason for note in notes)
    facts["gone_on"] = sum("started again" in note.reason for note in notes)
    proposals = [spotting.proposals_of_set(database, of_run[0].id) for of_run in sets]
    return Outcome(
        proposals=tuple(tuple((p.type, p.onset, p.apex, p.offset, p.score) for p in found) for found in proposals),
        curves=tuple(_hash_of_curves(team.settings.located(run.curves_path)) for run in runs),
        weights=tuple(_hash(team.settings.located(v.checkpoint_path) / "model.safetensors") for v in versions),
        epochs=tuple(tuple(epochs(team, job)) for job in jobs),
        attempts=_attempts(team),
        facts=facts,
    )


def _attempts(team: Team) -> dict[str, int]:
    """Works per kind; each row has exactly one, and it succeeded."""
    client = DBOSClient(system_database_url=team.settings.dbos_url, application_name=queueing.APPLICATION)
    rows = [row for row in client.list_workflows(load_input=False, load_output=False) if row.queue_name]
    client.destroy()
    assert {row.status for row in rows} == {"SUCCESS"}
    per_row = Counter(row.workflow_id.rpartition("-")[0] for row in rows)
    assert set(per_row.values()) == {1}, per_row
    return dict(Counter(row.queue_name for row in rows))


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _hash_of_curves(path: Path) -> str:
    """Of the numbers: an archive also holds the time of its making."""
    curves = load_curves(path)
    numbers = [curves.frames, *(curves.channels[name] for name in sorted(curves.channels))]
    return hashlib.sha256(b"".join(values.tobytes() for values in numbers)).hexdigest()
