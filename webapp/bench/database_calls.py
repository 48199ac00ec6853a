"""What pages, routes and the worker ask of the database, one call each, with arguments drawn anew for every turn.

A new page or route adds its questions here; `database` measures them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np

from db.session import Database
from webapp.exchange import csv_labels
from webapp.services import (
    comparison,
    disagreement,
    histories,
    imported_signals,
    label_sets,
    library,
    other_coders,
    outside_labels,
    pace,
    places,
    preferences,
    registry,
    reviewing,
    schemes,
    spotting,
    training,
    unfinished,
)
from webapp.services.defaults import ensure_defaults
from webapp.services.reviewing import OperationRequest

Question = Callable[[], Any]


@dataclass(frozen=True)
class Scene:
    """A filled database, and where in it to look.

    Attributes:
        coded: ids of videos with a place where somebody stopped; fresh: of ready videos that nobody looked at.
        pages: of the list of videos.
    """

    database: Database
    study_id: int
    annotator_id: int
    baseline_id: int
    coded: tuple[int, ...]
    fresh: tuple[int, ...]
    pages: int
    rng: np.random.Generator

    def video(self) -> int:
        """A video with decisions, every time another one."""
        return int(self.rng.choice(self.coded))

    def unseen(self) -> int:
        """A ready video that nobody has decided on."""
        return int(self.rng.choice(self.fresh))

    def run(self) -> int:
        """The newest finished run of such a video."""
        return spotting.latest_run(self.database, self.video()).id

    def key(self) -> str:
        """A new UUID."""
        return str(uuid.UUID(bytes=self.rng.bytes(16), version=4))


@dataclass(frozen=True)
class Call:
    """One question.

    Attributes:
        name: of the service, with what tells it from its neighbours.
        asked_by: page, route or process.
        draw: chooses arguments; what it returns asks, and is what is timed.
        linear: why its time grows with what it hands out, for the few that cannot do otherwise; all others ("") are
            held to the bar.
    """

    name: str
    asked_by: str
    draw: Callable[[Scene], Question]
    linear: str = ""


def scene(database: Database, seed: int = 0) -> Scene:
    """Look around in a filled database."""
    ids = ensure_defaults(database)
    titles = library.ready_videos(database, ids.study_id)
    details = label_sets.list_label_sets(database, ids.study_id)
    held = label_sets.get_label_set(database, details[0].id).videos if details else ()
    coded = {video.video_id for video in held} & set(titles)
    # Videos are coded from the first on: the last third is untouched.
    fresh = sorted(titles)[-len(titles) // 3 :]
    pages = library.list_videos(database, ids.study_id, per_page=12).pages
    return Scene(database, ids.study_id, ids.annotator_id, ids.baseline_version_id, tuple(sorted(coded)),
                 tuple(fresh), pages, np.random.default_rng(seed))  # fmt: skip


def _listed(**given: Any) -> Callable[[Scene], Question]:
    return lambda s: partial(library.list_videos, s.database, s.study_id, per_page=12, **given)


def _of_study(service: Callable[..., Any], **given: Any) -> Callable[[Scene], Question]:
    return lambda s: partial(service, s.database, s.study_id, **given)


def _of_video(service: Callable[..., Any], **given: Any) -> Callable[[Scene], Question]:
    return lambda s: partial(service, s.database, s.video(), **given)


def _mine(service: Callable[..., Any]) -> Callable[[Scene], Question]:
    return lambda s: partial(service, s.database, s.annotator_id, s.study_id)


def _on_video(service: Callable[..., Any]) -> Callable[[Scene], Question]:
    return lambda s: partial(service, s.database, s.video(), s.annotator_id)


def _whole(service: Callable[..., Any], *given: Any) -> Callable[[Scene], Question]:
    return lambda s: partial(service, s.database, *given)


def _history(s: Scene) -> Question:
    video = s.video()
    intervals = [line.interval_id for line in reviewing.list_operations(s.database, video) if line.interval_id]
    return partial(histories.interval_history, s.database, video, str(s.rng.choice(intervals)))


def _second_run(s: Scene) -> Question:
    video = s.video()
    state = reviewing.review_state(s.database, video, s.annotator_id)
    other = next(run.id for run in spotting.list_runs(s.database, video) if run.state == "done" and run != state.run)
    return partial(disagreement.disagreement, s.database, state, other)


def _decision(s: Scene) -> Question:
    video = s.unseen()
    state = reviewing.review_state(s.database, video, s.annotator_id)
    one = next(p for p in state.proposals if p.decided_by is None)
    return partial(reviewing.apply_operation, s.database, OperationRequest(
        id=s.key(), verb="accept", video_id=video, annotator_id=s.annotator_id, interval_id=one.interval_id,
        proposal_id=one.id,
    ))  # fmt: skip


def _span(s: Scene) -> Question:
    return partial(reviewing.apply_operation, s.database, OperationRequest(
        id=s.key(), verb="review_span", video_id=s.unseen(), annotator_id=s.annotator_id,
        after={"first": 0, "last": int(s.rng.integers(10, 800))},
    ))  # fmt: skip


def _run_asked_for(s: Scene) -> Question:
    return partial(spotting.start_run, s.database, s.unseen(), s.baseline_id, 6.0, {})


def _delete(s: Scene) -> Question:
    return partial(library.delete_video, s.database, s.unseen(), False, s.annotator_id)


def _whole_set(s: Scene) -> int:
    return label_sets.list_label_sets(s.database, s.study_id)[0].id


def _of_newest_set(service: Callable[..., Any], *given: Any) -> Callable[[Scene], Question]:
    return lambda s: partial(service, s.database, _whole_set(s), *given)


READING = (
    Call("list_videos, first page", "Videos", _listed()),
    Call("list_videos, any page", "Videos", lambda s: _listed(page=int(s.rng.integers(1, s.pages + 1)))(s)),
    Call("list_videos, last page", "Videos", lambda s: _listed(page=s.pages)(s)),
    Call("list_videos, search", "Videos", lambda s: _listed(search=f"clip {s.rng.integers(9999):04d}")(s)),
    Call("list_videos, search that finds nothing", "Videos", _listed(search="nowhere")),
    Call("list_videos, subject", "Videos", lambda s: _listed(subject=f"s{s.rng.integers(1, 200):04d}")(s)),
    Call("list_videos, unspotted", "Videos", _listed(state="unspotted")),
    Call("list_videos, to review", "Videos", _listed(state="open")),
    Call("list_videos, to review, page 100", "Videos", _listed(state="open", page=100)),
    Call("list_videos, reviewed", "Videos", _listed(state="reviewed")),
    Call("list_videos, failed", "Videos", _listed(state="failed")),
    Call("list_subjects", "Videos", _of_study(library.list_subjects)),
    Call("count_unspotted", "Videos", _of_study(library.count_unspotted)),
    Call("unspotted_videos", "Videos, its button", _of_study(library.unspotted_videos)),
    Call("list_titles", "Videos, subjects by pattern", _of_study(library.list_titles, without_subject=True)),
    Call("last_place", "Videos, Review", _mine(places.last_place)),
    Call("newest_ready", "Review", _of_study(library.newest_ready)),
    Call("get_video", "every route of a video", _of_video(library.get_video)),
    Call("review_state", "Review, /review", _on_video(reviewing.review_state)),
    Call("list_runs", "Review, /review", _of_video(spotting.list_runs)),
    Call("list_sets", "Review", lambda s: partial(spotting.list_sets, s.database, s.run())),
    Call("proposals_of", "jobs, magnified packs", lambda s: partial(spotting.proposals_of, s.database, s.run())),
    Call("place_in", "/review", lambda s: partial(places.place_in, s.database, s.annotator_id, s.video())),
    Call("disagreement", "/review?other=", _second_run),
    Call("other_coders", "/others", _on_video(other_coders.other_coders)),
    Call("interval_history", "/history", _history),
    Call("list_operations", "/history", _of_video(reviewing.list_operations)),
    Call("pace", "/pace", _mine(pace.pace)),
    Call("sitting", "/pace", _mine(pace.sitting)),
    Call("list_signals", "/imported", _of_video(imported_signals.list_signals)),
    Call("own_keys", "Review", lambda s: partial(preferences.own_keys, s.database, s.annotator_id)),
    Call("study_scheme", "Scheme", _of_study(schemes.study_scheme)),
    Call("list_label_sets", "Label sets, Training", _of_study(label_sets.list_label_sets)),
    Call("outlook", "Label sets", _of_study(label_sets.outlook)),
    Call("get_subjects", "Label sets", _of_newest_set(label_sets.get_subjects)),
    Call("list_jobs", "Training", _whole(training.list_jobs)),
    Call("list_versions", "Models, Training", _whole(registry.list_versions)),
    Call("champion", "Models, import", _whole(registry.champion)),
    Call("alias_history", "Models", _whole(registry.alias_history)),
    Call("compare, one page", "Models", _of_study(comparison.compare, first_id=11, second_id=10)),
    Call("list_unfinished", "worker, now and then", _whole(unfinished.list_unfinished, timedelta(seconds=10))),
)

WRITING = (
    Call("apply_operation, accept", "/operations", _decision),
    Call("apply_operation, review_span", "/operations", _span),
    Call("outlook after a decision", "Label sets", lambda s: _after_a_decision(s)),
    Call("start_run", "Videos, import", _run_asked_for),
    Call("remember", "/place", lambda s: partial(places.remember, s.database, s.annotator_id, s.unseen(), 5, None)),
    Call("delete_video", "Videos", _delete),
)

LINEAR = (
    Call("preview", "freezing", _of_study(label_sets.preview), "it hands out everything that is reviewed"),
    Call("get_label_set", "training, export", _of_newest_set(label_sets.get_label_set), "it hands out a whole set"),
    Call("all_labels", "export", _of_study(outside_labels.all_labels), "it hands out every label"),
    Call("export_csv", "export", _of_study(csv_labels.export_csv), "it hands out every label"),
)


def _after_a_decision(s: Scene) -> Question:
    _decision(s)()
    return partial(label_sets.outlook, s.database, s.study_id)
