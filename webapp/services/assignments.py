"""Who codes which video: shared out evenly, some videos to two people, the same way every time it is asked."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, case, delete, func, select

from db.models import Annotation, Assignment, ReviewedSpan, Video, VideoAssignment
from db.session import Database
from webapp.services import audit
from webapp.services.errors import Refused


@dataclass(frozen=True)
class Progress:
    """How far somebody is with what is theirs to code. `seconds` of footage assigned, and of it reviewed."""

    videos: int
    finished: int
    seconds: float
    reviewed_seconds: float
    intervals: int


def share_out(
    study_id: int, video_ids: Sequence[int], coders: Sequence[int], double_share: float,
    standing: Mapping[int, Sequence[int]] | None = None,
) -> dict[int, tuple[int, ...]]:  # fmt: skip
    """Video -> its coders. Who has a video keeps it; the rest goes to whoever has least.

    Which videos two people code is chosen by a hash of their numbers: nobody picks the easy ones, and asking again, or
    after videos were added, changes nothing that was chosen before.

    >>> share_out(1, [1, 2, 3], [7, 8], 0.0)
    {1: (7,), 2: (8,), 3: (7,)}
    """
    coders = sorted(set(coders))
    if not coders:
        return {}
    standing = standing or {}
    load = {coder: sum(coder in held for held in standing.values()) for coder in coders}
    chosen: dict[int, tuple[int, ...]] = {}
    for video_id in sorted(video_ids):
        wanted = min(2 if _fraction(study_id, video_id) < double_share else 1, len(coders))
        held = [*standing.get(video_id, ())]
        while len(held) < wanted:
            free = [coder for coder in coders if coder not in held]
            if not free:
                break
            least = min(free, key=lambda coder: (load[coder], coder))
            load[least] += 1
            held.append(least)
        chosen[video_id] = tuple(held)
    return chosen


def assign(database: Database, study_id: int, coders: Sequence[int], double_share: float, by: int) -> int:
    """Give every video of the study its coders; returns how many assignments were made.

    Raises:
        Refused: nobody to code, a share outside 0 to 1, or somebody who is not in the study or only looks.
    """
    if not coders:
        raise Refused("Choose who codes.")
    if not (math.isfinite(double_share) and 0 <= double_share <= 1):
        raise Refused("The share of videos that two people code lies between 0 and 100 %.")
    with database.begin() as session:
        able = select(Assignment.annotator_id).where(Assignment.study_id == study_id, Assignment.role != "viewer")
        if not set(coders) <= set(session.scalars(able)):
            raise Refused("Only people of the study who may code can be given videos.")
        videos = session.scalars(select(Video.id).where(Video.study_id == study_id)).all()
        standing: dict[int, list[int]] = {}
        for row in session.scalars(select(VideoAssignment).where(VideoAssignment.video_id.in_(videos))):
            standing.setdefault(row.video_id, []).append(row.annotator_id)
        added = [
            VideoAssignment(video_id=video_id, annotator_id=coder)
            for video_id, held in share_out(study_id, videos, coders, double_share, standing).items()
            for coder in held
            if coder not in standing.get(video_id, ())
        ]
        session.add_all(added)
        audit.note(session, by, study_id, "assign videos", {"assignments": len(added), "double_share": double_share})
        return len(added)


def release(database: Database, study_id: int, annotator_id: int, by: int) -> int:
    """Take back the videos of somebody that they have not begun; returns how many."""
    with database.begin() as session:
        begun = select(ReviewedSpan.video_id).where(ReviewedSpan.annotator_id == annotator_id)
        coded = select(Annotation.video_id).where(Annotation.annotator_id == annotator_id)
        of_study = select(Video.id).where(Video.study_id == study_id)
        gone = session.execute(
            delete(VideoAssignment).where(
                VideoAssignment.annotator_id == annotator_id, VideoAssignment.video_id.in_(of_study),
                VideoAssignment.video_id.not_in(begun), VideoAssignment.video_id.not_in(coded),
            ),
            execution_options={"synchronize_session": False},
        ).rowcount  # fmt: skip
        audit.note(session, by, study_id, "release videos", {"annotator_id": annotator_id, "videos": gone})
        return gone


def assigned_videos(database: Database, study_id: int, annotator_id: int) -> frozenset[int]:
    """Ids of the videos of the study that are somebody's to code."""
    with database.read() as session:
        asked = select(VideoAssignment.video_id).join(Video, Video.id == VideoAssignment.video_id)
        return frozenset(
            session.scalars(asked.where(Video.study_id == study_id, VideoAssignment.annotator_id == annotator_id))
        )


def double_coded(database: Database, study_id: int) -> int:
    """How many videos of the study two or more people are to code."""
    with database.read() as session:
        per_video = (
            select(VideoAssignment.video_id)
            .join(Video, Video.id == VideoAssignment.video_id)
            .where(Video.study_id == study_id)
            .group_by(VideoAssignment.video_id)
            .having(func.count() > 1)
        )
        return session.scalar(select(func.count()).select_from(per_video.subquery()))


def progress(database: Database, study_id: int) -> dict[int, Progress]:
    """Annotator -> how far they are, in a fixed number of queries; who has no videos and did nothing is left out."""
    seen = (
        select(ReviewedSpan.annotator_id, ReviewedSpan.video_id,
               func.sum(ReviewedSpan.last - ReviewedSpan.first + 1).label("frames"))
        .join(Video, Video.id == ReviewedSpan.video_id)
        .where(Video.study_id == study_id)
        .group_by(ReviewedSpan.annotator_id, ReviewedSpan.video_id)
        .subquery()
    )  # fmt: skip
    whole = and_(Video.frame_count > 0, seen.c.frames >= Video.frame_count)
    both = and_(seen.c.video_id == VideoAssignment.video_id, seen.c.annotator_id == VideoAssignment.annotator_id)
    mine = (
        select(VideoAssignment.annotator_id, func.count(), func.sum(case((whole, 1), else_=0)),
               func.sum(func.coalesce(Video.duration, 0.0)))
        .join(Video, Video.id == VideoAssignment.video_id)
        .outerjoin(seen, both)
        .where(Video.study_id == study_id)
        .group_by(VideoAssignment.annotator_id)
    )  # fmt: skip
    reviewed = (
        select(seen.c.annotator_id, func.sum(seen.c.frames / Video.fps))
        .join(Video, Video.id == seen.c.video_id)
        .where(Video.fps > 0)
        .group_by(seen.c.annotator_id)
    )
    counted = (
        select(Annotation.annotator_id, func.count())
        .join(Video, Video.id == Annotation.video_id)
        .where(Video.study_id == study_id, Annotation.deleted.is_(False), Annotation.verdict != "rejected")
        .group_by(Annotation.annotator_id)
    )
    with database.read() as session:
        theirs = {annotator_id: tuple(sums) for annotator_id, *sums in session.execute(mine)}
        seconds = dict(session.execute(reviewed).all())
        intervals = dict(session.execute(counted).all())
    found = {}
    for annotator_id in {*theirs, *seconds, *intervals}:
        videos, finished, footage = theirs.get(annotator_id, (0, 0, 0.0))
        found[annotator_id] = Progress(
            videos=videos,
            finished=int(finished),
            seconds=float(footage),
            reviewed_seconds=float(seconds.get(annotator_id, 0.0)),
            intervals=intervals.get(annotator_id, 0),
        )
    return found


def _fraction(study_id: int, video_id: int) -> float:
    """A number in [0, 1) that belongs to a video for ever."""
    digest = hashlib.sha256(f"double {study_id} {video_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
