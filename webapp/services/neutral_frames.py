"""The neutral frame that an annotator pinned for a subject: kept with the person, used in every video of the subject.

A video without a subject has a neutral frame of its own. Stored among the annotator's preferences.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from db.models import Annotator, Video
from db.queries import library, people
from db.session import Database
from webapp.services.errors import NotFound, Refused


@dataclass(frozen=True)
class NeutralFrame:
    """Which frame of which video shows the face at rest."""

    video_id: int
    title: str
    frame: int


def neutral_frame(database: Database, annotator_id: int, video_id: int) -> NeutralFrame | None:
    """What this annotator pinned for the subject of a video; None for nothing.

    A pin into a video that was deleted, or belongs to another subject by now, counts as none.
    """
    with database.read() as session:
        annotator, video = _both(session, annotator_id, video_id)
        pin = (annotator.preferences or {}).get("neutral", {}).get(_key(video))
        found = None if pin is None else library.video(session, pin["video"])
        if found is None or _key(found) != _key(video) or pin["frame"] >= found.frame_count:
            return None
        return NeutralFrame(found.id, found.title, pin["frame"])


def pin(database: Database, annotator_id: int, video_id: int, frame: int | None) -> None:
    """Pin a frame for the subject of its video, or let go of what was pinned (None).

    Raises:
        NotFound: no such annotator or video; Refused: the video has no such frame.
    """
    with database.begin() as session:
        annotator, video = _both(session, annotator_id, video_id)
        if frame is not None and not 0 <= frame < (video.frame_count or 0):
            raise Refused(f"{video.title} has the frames 0 to {(video.frame_count or 1) - 1}, not {frame}.")
        pins = dict((annotator.preferences or {}).get("neutral", {}))
        pins.pop(_key(video), None)
        if frame is not None:
            pins[_key(video)] = {"video": video.id, "frame": frame}
        # A new object: SQLAlchemy does not see changes inside a JSON value.
        annotator.preferences = {**(annotator.preferences or {}), "neutral": pins}


def _both(session: Session, annotator_id: int, video_id: int) -> tuple[Annotator, Video]:
    annotator, video = people.annotator(session, annotator_id), library.video(session, video_id)
    if annotator is None or video is None:
        raise NotFound("There is no such annotator." if annotator is None else f"There is no video {video_id}.")
    return annotator, video


def _key(video: Video) -> str:
    return f"subject {video.subject_id}" if video.subject_id is not None else f"video {video.id}"
