"""Where somebody stopped, kept with the person and not with the browser."""

from __future__ import annotations

from collections import OrderedDict

from sqlalchemy.exc import IntegrityError

from db.base import now
from db.models import Place as PlaceRow
from db.models import Video
from db.queries import places as queries
from db.session import Database
from webapp.services.errors import NotFound, Refused
from webapp.values.sittings import Place

VISITS_KEPT = 1000
# Visit of a page -> number of its newest word. Only pages that are open now matter, so the process remembers enough.
_newest: OrderedDict[str, int] = OrderedDict()


def remember(
    database: Database,
    annotator_id: int,
    video_id: int,
    frame: int,
    interval_id: str | None,
    word: tuple[str, int] | None = None,
) -> None:
    """Keep the place in this video; the newest word counts.

    Args:
        word: the visit that says so, and the number of this word in it: one that was overtaken on its way is dropped.

    Raises:
        NotFound: no such video.
        Refused: the video has no such frame.
    """
    try:
        _remember(database, annotator_id, video_id, frame, interval_id, word)
    except IntegrityError:
        # Two tabs left their first word on this video at the same moment; the row is there now.
        _remember(database, annotator_id, video_id, frame, interval_id, word)


def _remember(
    database: Database,
    annotator_id: int,
    video_id: int,
    frame: int,
    interval_id: str | None,
    word: tuple[str, int] | None,
) -> None:
    with database.begin() as session:
        video = session.get(Video, video_id)
        if video is None:
            raise NotFound(f"There is no video {video_id} (any more).")
        if not 0 <= frame < (video.frame_count or 0):
            raise Refused(f"Video {video_id} has no frame {frame}.")
        row = queries.place_to_change(session, annotator_id, video_id)
        if word is not None and _overtaken(*word):
            return
        if row is None:
            row = PlaceRow(annotator_id=annotator_id, video_id=video_id)
            session.add(row)
        row.frame, row.interval_id, row.changed_at = frame, interval_id, now()


def _overtaken(visit: str, number: int) -> bool:
    """Whether a later word of this visit was kept; asked while the row is held, so that two cannot both be first."""
    if _newest.get(visit, 0) > number:
        return True
    _newest[visit] = number
    _newest.move_to_end(visit)
    while len(_newest) > VISITS_KEPT:
        _newest.popitem(last=False)
    return False


def place_in(database: Database, annotator_id: int, video_id: int) -> Place | None:
    """Where this person stopped in this video, None where they never were."""
    with database.read() as session:
        row, video = queries.place_in(session, annotator_id, video_id), session.get(Video, video_id)
        return None if row is None or video is None else _place(row, video.title)


def last_place(database: Database, annotator_id: int, study_id: int) -> Place | None:
    """Where this person stopped last in a study, among the videos that can be reviewed."""
    with database.read() as session:
        found = queries.newest_place(session, annotator_id, study_id)
        return None if found is None else _place(*found)


def _place(row: PlaceRow, title: str) -> Place:
    return Place(row.video_id, title, row.interval_id, row.frame, row.changed_at)
