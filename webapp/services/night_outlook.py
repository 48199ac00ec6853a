"""What a night would do, said before it begins: what is curated, what would be spotted, how long it may take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from db.models import Video
from db.session import Database
from webapp.services import label_sets, registry
from webapp.services.queue_state import SOURCES, pace


@dataclass(frozen=True)
class NightOutlook:
    """What a night would begin with.

    Attributes:
        blocking: sentences that keep it from beginning.
        to_spot: imported videos of the study.
        remaining: None where nothing like it was ever timed here.
    """

    subjects: int
    videos: int
    macro: int
    micro: int
    testing: int
    champion: str
    to_spot: int
    blocking: tuple[str, ...]
    remaining: timedelta | None


def night_outlook(database: Database, study_id: int) -> NightOutlook:
    """Ask the outlook on freezing and this installation's own history of work."""
    preview = label_sets.outlook(database, study_id)
    with database.read() as session:
        ready = select(func.count(), func.sum(Video.duration)).where(Video.study_id == study_id, Video.state == "ready")
        to_spot, seconds = session.execute(ready).one()
        took = {kind: pace(SOURCES[kind].history(session)).get("") for kind in ("training", "spotting")}
    known = None not in took.values()
    blocking = tuple(finding.message for finding in preview.findings if finding.blocking)
    if not preview.subjects:
        blocking = ("Nothing is reviewed yet. Review a video and mark it, or a part of it, as reviewed.",)
    return NightOutlook(
        subjects=len(preview.subjects),
        videos=sum(subject.videos for subject in preview.subjects),
        macro=sum(subject.macro for subject in preview.subjects),
        micro=sum(subject.micro for subject in preview.subjects),
        testing=sum(subject.role == "test" for subject in preview.subjects),
        champion=registry.champion(database).name,
        to_spot=to_spot,
        blocking=blocking,
        remaining=timedelta(seconds=took["training"] + took["spotting"] * (seconds or 0) / 60) if known else None,
    )
