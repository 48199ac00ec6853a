"""Spotting runs: starting, progress, results, and decoding stored probabilities again at another sensitivity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.base import now
from db.models import ProposalSet, SpottingRun
from db.queries import library, registry
from db.queries import spotting as queries
from db.session import Database
from spotcore import decoding
from spotcore.intervals import Interval
from spotcore.probabilities import load_curves
from webapp import mapping
from webapp.services.blindness import is_blind
from webapp.services.errors import NotFound, Refused
from webapp.values.library import Located
from webapp.values.spotting import ProposalSetInfo, RunDetails

__all__ = [
    "ProposalSetInfo",
    "RunDetails",
    "cancel_run",
    "decode_again",
    "fail_run",
    "finish_run",
    "get_run",
    "latest_run",
    "list_runs",
    "list_sets",
    "proposals_of",
    "proposals_of_set",
    "set_run_progress",
    "start_run",
]

OVER = ("done", "failed", "cancelled")


def start_run(
    database: Database, video_id: int, model_version_id: int, false_alarms: float, settings: Mapping[str, Any]
) -> int:
    """A queued run; the one of the same model that still waits or runs on this video is given again.

    Raises:
        NotFound: no such video or model version.
        Refused: the video is not imported, or the rate of false alarms is not above 0.
    """
    rate = _rate(false_alarms)
    with database.begin() as session:
        video = library.video(session, video_id)
        if video is None or registry.version(session, model_version_id) is None:
            raise NotFound(f"There is no video {video_id} or no model version {model_version_id}.")
        if video.state != "ready":
            raise Refused(f"“{video.title}” is not imported yet, so it cannot be spotted.")
        if is_blind(video.path):
            raise Refused(f"“{video.title}” is coded blind: it is never spotted, so that nobody sees a proposal.")
        waiting = queries.waiting_run(session, video_id, model_version_id)
        if waiting is not None:
            return waiting.id
        run = SpottingRun(
            video_id=video_id, model_version_id=model_version_id, false_alarms=rate, settings=dict(settings)
        )
        session.add(run)
        session.flush()
        return run.id


def set_run_progress(database: Database, run_id: int, progress: float, message: str = "") -> bool:
    """0..1; returns False when the run was cancelled (or is over), so that the worker stops."""
    with database.begin() as session:
        run = _run(session, run_id)
        if run.state in OVER:
            return False
        run.state, run.progress, run.message = "running", min(max(progress, 0.0), 1.0), message
        run.started_at = run.started_at or now()
        return True


def finish_run(
    database: Database, run_id: int, curves_path: str, features_path: str | None, proposals: Sequence[Interval],
    message: str = "",
) -> int:  # fmt: skip
    """Store the result with its first set of proposals, once: a step that a resumed worker repeats changes nothing.

    `message` is what a person should know about the result, such as "no face found".

    Returns:
        Id of the proposal set.

    Raises:
        NotFound: the run was deleted with its video.
        Refused: the run was cancelled.
    """
    with database.begin() as session:
        run = _run(session, run_id)
        if run.state == "cancelled":
            raise Refused(f"Run {run_id} was cancelled.")
        run.state, run.progress, run.message = "done", 1.0, message
        run.curves_path, run.features_path = curves_path, features_path
        run.started_at, run.finished_at = run.started_at or now(), run.finished_at or now()
        session.flush()
        return _store(session, run, run.false_alarms, proposals)


def fail_run(database: Database, run_id: int, message: str) -> None:
    _end(database, run_id, "failed", message)


def cancel_run(database: Database, run_id: int) -> None:
    """Stop caring for a run that is not over; the worker hears of it at its next progress."""
    _end(database, run_id, "cancelled", "")


def _end(database: Database, run_id: int, state: str, message: str) -> None:
    with database.begin() as session:
        run = _run(session, run_id)
        if run.state not in OVER:
            run.state, run.message, run.finished_at = state, message, now()


def get_run(database: Database, run_id: int) -> RunDetails:
    """Raises NotFound where there is none."""
    with database.read() as session:
        run = _run(session, run_id)
        return mapping.run_details(run, queries.model_names(session)[run.model_version_id])


def latest_run(database: Database, video_id: int, state: str = "done") -> RunDetails | None:
    """The newest run of a video in a state ("" for any), None where there is none."""
    runs = list_runs(database, video_id)
    return next((run for run in runs if not state or run.state == state), None)


def newest_finished(database: Database) -> RunDetails | None:
    """The run that ended last of all videos, None where none has."""
    with database.read() as session:
        run = queries.newest_finished(session)
        return None if run is None else mapping.run_details(run, queries.model_names(session)[run.model_version_id])


def list_runs(database: Database, video_id: int) -> tuple[RunDetails, ...]:
    """All runs of a video, newest first."""
    with database.read() as session:
        names = queries.model_names(session)
        runs = queries.runs_of(session, [video_id])
        return tuple(mapping.run_details(run, names[run.model_version_id]) for run in runs)


def list_sets(database: Database, run_id: int) -> tuple[ProposalSetInfo, ...]:
    """The sets of proposals of a run, newest first."""
    with database.read() as session:
        sets = queries.sets_of(session, run_id)
        counts = queries.counts_in(session, [s.id for s in sets])
        return tuple(mapping.from_row(ProposalSetInfo, s, proposals=counts.get(s.id, 0)) for s in sets)


def proposals_of_set(database: Database, proposal_set_id: int) -> tuple[Interval, ...]:
    """By onset, then type."""
    with database.read() as session:
        return tuple(mapping.proposal_interval(row) for row in queries.proposals_in(session, [proposal_set_id]))


def proposals_of(database: Database, run_id: int) -> tuple[Interval, ...]:
    """The proposals of the newest set of a run, by onset, then type; none before it is finished."""
    with database.read() as session:
        sets = queries.sets_of(session, run_id)
        rows = queries.proposals_in(session, [sets[0].id]) if sets else ()
        return tuple(mapping.proposal_interval(row) for row in rows)


def decode_again(database: Database, located: Located, run_id: int, false_alarms: float) -> int:
    """The set of a run's proposals at another rate of expected false alarms a minute, made when it is not there yet.

    The stored probabilities are decoded outside of any transaction.

    Args:
        located: the file behind a stored path (`Settings.located`).

    Returns:
        Id of the proposal set; the same rate gives the same set.

    Raises:
        NotFound: no such run.
        Refused: the run has no probabilities, or the rate is not above 0.
        InvalidFile: the stored probabilities cannot be read.
    """
    rate = _rate(false_alarms)
    with database.read() as session:
        run = _run(session, run_id)
        there = queries.set_at(session, run_id, rate)
        if there is not None:
            return there.id
        if run.state != "done" or run.curves_path is None:
            raise Refused("This run has no probabilities to decode; spot the video first.")
        curves_path = run.curves_path
    proposals = decoding.propose(load_curves(located(curves_path)), rate)
    try:
        with database.begin() as session:
            return _store(session, _run(session, run_id), rate, proposals)
    except IntegrityError:
        # The same slider in two tabs: the other one's set is as good.
        with database.read() as session:
            return queries.set_at(session, run_id, rate).id


def _store(session: Session, run: SpottingRun, rate: float, proposals: Sequence[Interval]) -> int:
    there = queries.set_at(session, run.id, rate)
    if there is not None:
        return there.id
    made = ProposalSet(run_id=run.id, video_id=run.video_id, false_alarms=rate, settings={})
    session.add(made)
    session.flush()
    ordered = sorted(proposals, key=lambda p: (p.onset, p.type))
    session.add_all(mapping.proposal_row(p, made.id, run.video_id) for p in ordered)
    return made.id


def _rate(false_alarms: float) -> float:
    # Rounded, so that the same position of a slider is the same set.
    rate = round(float(false_alarms), 3)
    if not 0 < rate < float("inf"):
        raise Refused(f"The rate of expected false alarms a minute must be above 0, not {false_alarms}.")
    return rate


def _run(session: Session, run_id: int) -> SpottingRun:
    run = queries.run(session, run_id)
    if run is None:
        raise NotFound(f"There is no spotting run {run_id} (any more).")
    return run
