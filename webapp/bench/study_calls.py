"""What the pages of a study as a whole ask of the database: comparison, agreement, report, people, jobs, audit.

Beside `database_calls`, which holds what the library and the review page ask; the same rules for new ones.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from db.base import now
from webapp.bench.database_calls import Call, Question, Scene
from webapp.exchange.previews import preview
from webapp.services import (
    agreement,
    assignments,
    audit,
    blind_checks,
    blindness,
    comparison,
    effort,
    jobs,
    label_difference,
    label_sets,
    library,
    next_videos,
    queue_state,
    studies,
    study_report,
    work_of_study,
    workers,
)
from webapp.services.night_outlook import night_outlook
from webapp.settings import Settings
from webapp.values.work import Work

IMPORTED = 500  # labels of the file whose import is looked at before


def _of_study(service: Callable[..., Any], **given: Any) -> Callable[[Scene], Question]:
    return lambda s: partial(service, s.database, s.study_id, **given)


def _pair(s: Scene) -> Question:
    names = [person.annotator_id for person in studies.people_in(s.database, s.study_id)]
    return partial(agreement.agreement, s.database, s.study_id, *sorted(names)[:2])


def _work(s: Scene) -> list[Work]:
    runs = [s.run() for _ in range(20)]
    one = {"state": "waiting", "worker": "", "priority": 10, "asked_at": now(), "began_at": None}
    return [Work(kind="spotting", row_id=run, name=f"spotting-{run}", **one) for run in runs for _ in range(25)]


def _rows_of_study(s: Scene) -> Question:
    return partial(work_of_study.of_study, s.database, s.study_id, [(one.kind, one.row_id) for one in _work(s)])


def _differ(s: Scene) -> Question:
    newest, before = label_sets.list_label_sets(s.database, s.study_id)[:2]
    return partial(label_difference.differ, s.database, before.id, newest.id)


def _preview(s: Scene) -> Question:
    """A table that names videos by their title, as somebody brings it from another program."""
    titles = list(library.ready_videos(s.database, s.study_id).values())[:50]
    lines = ["video,type,onset,apex,offset"]
    lines += [f"{titles[n % len(titles)]},micro,{n // 5},{n // 5 + 3},{n // 5 + 8}" for n in range(IMPORTED)]
    data = "\n".join(lines).encode()
    settings = Settings(Path("nowhere"), s.database.url)
    me = next(p.name for p in studies.people_in(s.database, s.study_id) if p.annotator_id == s.annotator_id)
    return partial(preview, s.database, settings, s.study_id, "csv", "labels.csv", data, me)


def _people(s: Scene) -> list[int]:
    return [person.annotator_id for person in studies.people_in(s.database, s.study_id)]


READING = (
    Call("learning_curves", "Compare", _of_study(effort.learning_curves)),
    Call("chosen", "Videos, next to code", _of_study(next_videos.chosen)),
    Call("withheld_videos", "Videos, Compare, Models",
         lambda s: partial(blindness.withheld_videos, s.database, s.coded[:50], s.annotator_id)),
    Call("people_in", "People, Audit", _of_study(studies.people_in)),
    Call("progress", "People", _of_study(assignments.progress)),
    Call("double_coded", "People", _of_study(assignments.double_coded)),
    Call("assigned_videos", "Videos", lambda s: partial(
        assignments.assigned_videos, s.database, s.study_id, s.annotator_id)),
    Call("list_jobs, first page", "Jobs", _of_study(jobs.list_jobs, per_page=8)),
    Call("list_jobs, last page", "Jobs", _of_study(jobs.list_jobs, per_page=8, page=10_000)),
    Call("list_jobs, waiting of a kind", "Jobs, Videos",
         _of_study(jobs.list_jobs, states=jobs.WAITING, kind="spot_library")),
    Call("night_outlook", "Jobs", _of_study(night_outlook)),
    Call("list_workers", "Jobs", lambda s: partial(workers.list_workers, s.database)),
    Call("queue_state", "Jobs", lambda s: partial(queue_state.queue_state, s.database, _work(s))),
    Call("of_study", "Jobs", _rows_of_study),
    Call("audit, newest", "Audit", lambda s: partial(audit.entries, s.database, [s.study_id])),
    Call("audit, last page", "Audit", lambda s: partial(audit.entries, s.database, [s.study_id], page=10_000)),
    Call("audit, words", "Audit", lambda s: partial(audit.entries, s.database, [s.study_id], text="round 13")),
    Call("audit, words that nothing has", "Audit",
         lambda s: partial(audit.entries, s.database, [s.study_id], text="nowhere")),
    Call("audit, the whole installation", "Audit", lambda s: partial(audit.entries, s.database, None)),
    Call("audit, actions", "Audit", lambda s: partial(audit.actions, s.database, [s.study_id])),
    Call("preview of a file of labels", "Exchange", _preview),
)  # fmt: skip

LINEAR = (
    Call("effort_curve", "Compare, Report", _of_study(effort.effort_curve), "it weighs 20,000 operations"),
    Call("twice_coded", "Agreement, Report", _of_study(agreement.twice_coded), "it reads all reviewed footage"),
    Call("agreement", "Agreement", _pair, "it compares everything that two people coded"),
    Call("blind_checks", "Blind checks", lambda s: partial(
        blind_checks.blind_checks, s.database, s.study_id, _people(s)), "it compares every blind coding"),
    Call("sway", "Blind checks", lambda s: partial(
        blind_checks.sway, s.database, s.study_id, _people(s)), "it compares every coding"),
    Call("study_report", "Report", _of_study(study_report.study_report), "it tells of every decision"),
    Call("version_comparison", "Compare", lambda s: partial(
        comparison.version_comparison, s.database, s.study_id, 11, 10), "it scores everything that is reviewed"),
    Call("differ", "Label sets", _differ, "it compares two whole sets"),
)  # fmt: skip
