"""The next videos to code: chosen by doubt, difference and chance (`spotcore.selection`), and kept with the reason.

Choosing reads trace files, so of a large library only a random part is looked at. That leaves the random share what it
is: a random part of a random part is a random part.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from statistics import median

import numpy as np

from db.models import CodingPick, SpottingRun
from db.queries import library, spotting
from db.queries import picks as queries
from db.session import Database
from spotcore.decoding import STRICT_FALSE_ALARMS, score_floor
from spotcore.errors import SpotcoreError
from spotcore.feature_files import load_traces
from spotcore.intervals import EXPRESSION_TYPES, Interval
from spotcore.probabilities import load_curves
from spotcore.selection import Candidate, Pick, SelectionSettings, choose, description, doubt
from webapp import mapping
from webapp.services import audit
from webapp.services.blindness import is_blind
from webapp.services.errors import Refused
from webapp.values.library import Located
from webapp.values.picks import NextVideo

log = logging.getLogger(__name__)

MOST_WAITING, MOST_CODED = 150, 100  # videos whose traces are looked at
MOST_CHOSEN = 50

Line = tuple[int, str, str]


def chosen(database: Database, study_id: int) -> tuple[NextVideo, ...]:
    """What was chosen and nobody has begun to review, oldest batch first."""
    with database.read() as session:
        return tuple(
            mapping.from_row(NextVideo, row, title=title, subject=subject)
            for row, title, subject in queries.open_picks(session, study_id)
        )


def next_for(database: Database, study_id: int, annotator_id: int, after: int) -> int | None:
    """The video that this person should review after `after`: given to them, chosen, or any that is left; else None."""
    with database.read() as session:
        return queries.next_for(session, study_id, annotator_id, after)


def choose_next(
    database: Database,
    located: Located,
    study_id: int,
    count: int,
    by: int,
    settings: SelectionSettings | None = None,
) -> tuple[NextVideo, ...]:
    """Choose `count` more videos, keep them with the reason and the seed of the random ones, and give all open ones.

    Raises:
        Refused: nothing is left to choose from, or not a sensible number.
    """
    if not 1 <= count <= MOST_CHOSEN:
        raise Refused(f"Choose between 1 and {MOST_CHOSEN} videos at a time, not {count}.")
    with database.read() as session:
        batch = queries.newest_batch(session, study_id) + 1
        open_ids = {row.video_id for row, _, _ in queries.open_picks(session, study_id)}
        uncoded = [line for line in queries.ready_videos(session, study_id, coded=False) if not is_blind(line[1])]
        coded = [line for line in queries.ready_videos(session, study_id, coded=True) if not is_blind(line[1])]
        waiting = [line for line in uncoded if line[0] not in open_ids]
        if not waiting:
            raise Refused("Every imported video is coded or chosen already.")
        # Kept with the picks, so that anybody can draw the same videos again.
        seed = study_id * 1000 + batch
        looked_at = _some(waiting, max(MOST_WAITING, count), seed)
        known = [*_some(coded, MOST_CODED, seed), *(line for line in uncoded if line[0] in open_ids)]
        runs = {run.video_id: run for run in _newest_runs(session, [line[0] for line in [*looked_at, *known]])}
        proposals = _proposals(session, [run.id for video, run in runs.items() if video in {w[0] for w in looked_at}])
        minutes = _minutes(session, [line[0] for line in looked_at])
        facts = {video: (run.model_version_id, run.curves_path, run.features_path) for video, run in runs.items()}
    thresholds = _thresholds(located, facts, proposals)
    picks = choose(
        [_candidate(line, located, facts, proposals, thresholds, minutes) for line in looked_at],
        [_candidate(line, located, facts, {}, thresholds, {}) for line in known],
        count, settings, seed,
    )  # fmt: skip
    with database.begin() as session:
        for place, pick in enumerate(picks):
            session.add(_row(pick, study_id, batch, place, len(waiting), seed, facts, by))
        audit.note(session, by, study_id, "choose videos", {"batch": batch, "videos": len(picks), "seed": seed})
    return chosen(database, study_id)


def _some(lines: Sequence[Line], most: int, seed: int) -> list[Line]:
    if len(lines) <= most:
        return list(lines)
    places = np.random.default_rng([seed, 97]).permutation(len(lines))[:most]
    return [lines[place] for place in sorted(places.tolist())]


def _newest_runs(session, video_ids: Sequence[int]) -> Sequence[SpottingRun]:
    newest = spotting.newest_run_ids(session, video_ids, "done")
    return [run for run in spotting.runs_of(session, video_ids, "done") if newest.get(run.video_id) == run.id]


def _proposals(session, run_ids: Sequence[int]) -> dict[int, list[Interval]]:
    found: dict[int, list[Interval]] = {}
    sets = spotting.newest_set_ids(session, run_ids)
    for video_id in sets:
        found[video_id] = []
    for row in spotting.proposals_in(session, list(sets.values())):
        found[row.video_id].append(mapping.proposal_interval(row))
    return found


def _minutes(session, video_ids: Sequence[int]) -> dict[int, float]:
    return {v.id: v.frame_count / v.fps / 60 for v in library.videos_with(session, video_ids)}


def _thresholds(
    located: Located, facts: Mapping[int, tuple], proposals: Mapping[int, Sequence[Interval]]
) -> dict[int, dict[str, float]]:
    """Model version -> score per type that is worth one false alarm a minute, by its own calibration.

    Where a version has no calibration, the median of the scores at hand stands in: doubt is then about rank only.
    """
    found: dict[int, dict[str, float]] = {}
    for video_id, (version_id, curves_path, _) in facts.items():
        if version_id in found or video_id not in proposals:
            continue
        floors = dict.fromkeys(EXPRESSION_TYPES, float("-inf"))
        try:
            curves = load_curves(located(curves_path))
            floors = {kind: score_floor(curves, kind, STRICT_FALSE_ALARMS) for kind in EXPRESSION_TYPES}
        except (SpotcoreError, OSError):
            log.warning("the curves of video %s cannot be read; doubt goes by rank", video_id)
        scores = {
            kind: [p.score for v, line in proposals.items() if facts[v][0] == version_id for p in line
                   if p.type == kind and p.score is not None]
            for kind in EXPRESSION_TYPES
        }  # fmt: skip
        found[version_id] = {
            kind: floor if floor > 0 else (median(scores[kind]) if scores[kind] else 0.0)
            for kind, floor in floors.items()
        }
    return found


def _candidate(
    line: Line,
    located: Located,
    facts: Mapping[int, tuple],
    proposals: Mapping[int, Sequence[Interval]],
    thresholds: Mapping[int, Mapping[str, float]],
    minutes: Mapping[int, float],
) -> Candidate:
    video_id, _, subject = line
    version_id, _, features_path = facts.get(video_id, (None, None, None))
    doubtful = None
    if video_id in proposals:
        doubtful = doubt(proposals[video_id], thresholds[version_id], minutes[video_id])
    return Candidate(f"{video_id:012d}", subject, doubtful, features_path and _described(located(features_path)))


@lru_cache(maxsize=4096)
def _described(path: Path) -> np.ndarray | None:
    """Trace files never change, so what one says is read once."""
    try:
        return description(load_traces(path))
    except (SpotcoreError, OSError):
        log.warning("the traces %s cannot be read; the video is chosen without them", path)
        return None


def _row(
    pick: Pick, study_id: int, batch: int, place: int, waiting: int, seed: int, facts: Mapping[int, tuple], by: int
) -> CodingPick:
    return CodingPick(
        study_id=study_id,
        video_id=int(pick.id),
        batch=batch,
        place=place,
        kind=pick.kind,
        doubt=pick.doubt,
        difference=pick.difference,
        new_subject=pick.new_subject,
        waiting=waiting,
        seed=seed,
        model_version_id=facts.get(int(pick.id), (None,))[0],
        created_by=by,
    )
