"""How long things are kept: the wishes of each study, and removing the rows whose time has come.

Files and the queue are the business of `webapp.retention`, which runs this once a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db.base import now
from db.models import AuditCut, AuditEntry, Job, LabelSet, SignInSession, SignInTry, Study, TrainingJob, Video
from db.queries import people
from db.session import Database
from webapp.access import at_least
from webapp.services import audit
from webapp.services.errors import NotFound, Refused
from webapp.values.retention import LONGEST, NAMES, SHARED, Retention


def retention_of(database: Database, study_id: int) -> Retention:
    """What the study wishes; NotFound for no such study."""
    with database.read() as session:
        return Retention.from_json(_study(session, study_id).retention)


def change_retention(database: Database, study_id: int, wished: Retention, by: int) -> None:
    """Keep things for other times from now on.

    Raises:
        NotFound: no such study; Refused: not by this person, or a number of days that is none.
    """
    for name, days in wished.to_json().items():
        if days is not None and not 1 <= days <= LONGEST:
            raise Refused(f"{NAMES[name]}: expected 1 to {LONGEST} days, got {days}.")
    with database.begin() as session:
        place = people.assignment(session, study_id, by)
        if place is None or not at_least(place.role, "admin"):
            raise Refused("Only an admin of the study changes how long things are kept.")
        _study(session, study_id).retention = wished.to_json()
        audit.note(session, by, study_id, "change retention", wished.to_json())


def _study(session: Session, study_id: int) -> Study:
    study = session.get(Study, study_id)
    if study is None:
        raise NotFound("There is no such study.")
    return study


def by_study(database: Database) -> dict[int, Retention]:
    """The wishes of all studies."""
    with database.read() as session:
        return {study.id: Retention.from_json(study.retention) for study in session.scalars(select(Study))}


def shared(wishes: Mapping[int, Retention]) -> Mapping[str, int | None]:
    """Days for what belongs to no study: the shortest that anybody wishes, None where nobody wishes any."""
    asked = {name: [getattr(wish, name) for wish in wishes.values()] for name in SHARED}
    return {name: min((d for d in days if d is not None), default=None) for name, days in asked.items()}


def before(days: int | None, at: datetime | None = None) -> datetime | None:
    """The moment so many days ago; None for ever."""
    return None if days is None else (at or now()) - timedelta(days=days)


def remove_rows(database: Database, at: datetime | None = None) -> dict[str, int]:
    """Sessions that have ended, tries to sign in, and audit entries whose time has come; returns how many of each."""
    wishes = by_study(database)
    days = shared(wishes)
    gone = {"sessions": 0, "tries": 0, "audit": 0}
    with database.begin() as session:
        if (limit := before(days["sessions"], at)) is not None:
            over = delete(SignInSession).where(func.coalesce(SignInSession.ended_at, SignInSession.seen_at) < limit)
            gone["sessions"] = session.execute(over).rowcount
        if (limit := before(days["tries"], at)) is not None:
            gone["tries"] = session.execute(delete(SignInTry).where(SignInTry.at < limit)).rowcount
        for study_id, wish in wishes.items():
            if (limit := before(wish.audit, at)) is not None:
                gone["audit"] += _cut_audit(session, study_id, limit)
    return gone


def _cut_audit(session: Session, study_id: int, limit: datetime) -> int:
    old = (AuditEntry.study_id == study_id, AuditEntry.at < limit)
    number = session.scalar(select(func.count()).select_from(AuditEntry).where(*old)) or 0
    if number:
        cut = AuditCut(before=limit, removed=number)
        session.add(cut)
        session.flush()
        session.execute(delete(AuditEntry).where(*old))
        cut.open = False
        audit.note(session, None, study_id, "remove old audit", {"before": limit.isoformat(), "entries": number})
    return number


def old_job_folders(database: Database, at: datetime | None = None) -> tuple[str, ...]:
    """Stored folders of jobs and trainings that are over for longer than their study keeps them."""
    found: list[str] = []
    with database.read() as session:
        for study_id, wish in ((study.id, Retention.from_json(study.retention)) for study in
                               session.scalars(select(Study)).all()):  # fmt: skip
            limit = before(wish.jobs, at)
            if limit is None:
                continue
            jobs = session.scalars(select(Job.id).where(Job.study_id == study_id, Job.finished_at < limit))
            trainings = session.scalars(
                select(TrainingJob.id)
                .join(LabelSet, LabelSet.id == TrainingJob.label_set_id)
                .where(LabelSet.study_id == study_id, TrainingJob.finished_at < limit)
            )
            found += [*(f"jobs/job-{n}" for n in jobs), *(f"jobs/{n}" for n in trainings)]
    return tuple(found)


def known_videos(database: Database) -> frozenset[int]:
    """Numbers of all videos there are."""
    with database.read() as session:
        return frozenset(session.scalars(select(Video.id)))
