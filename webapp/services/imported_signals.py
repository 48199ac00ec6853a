"""Signals imported beside a video: which there are, adding one whose numbers are on disk, taking one away."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.models import ImportedSignal, Video
from db.queries import people
from db.queries import signals as queries
from db.session import Database
from webapp import mapping
from webapp.services.errors import NotFound, Refused
from webapp.services.schemes import EDITORS
from webapp.values.signals import SignalInfo


def list_signals(database: Database, video_id: int) -> tuple[SignalInfo, ...]:
    """All of a video; they are measurements, so every annotator sees them."""
    with database.read() as session:
        return tuple(mapping.imported_signal(row) for row in queries.of_video(session, video_id))


def get_signal(database: Database, video_id: int, signal_id: int) -> SignalInfo:
    """One of a video; NotFound also for one of another video."""
    with database.read() as session:
        return mapping.imported_signal(_signal(session, video_id, signal_id))


def require_free(database: Database, video_id: int, title: str) -> None:
    """Refused when a signal of that name is there: two tables of one name could not be told apart."""
    with database.read() as session:
        _require_free(session, video_id, title)


def add_signal(
    database: Database,
    video_id: int,
    annotator_id: int,
    title: str,
    path: str,
    columns: tuple[tuple[str, str], ...],
    samples: int,
    note: str = "",
) -> int:
    """Make a table known whose numbers lie in the folder `path` already; returns its id.

    Raises:
        NotFound: there is no such video.
        Refused: the video has a signal of that name.
    """
    with database.begin() as session:
        if session.get(Video, video_id) is None:
            raise NotFound(f"There is no video {video_id} (any more).")
        _require_free(session, video_id, title)
        row = ImportedSignal(
            video_id=video_id, annotator_id=annotator_id, title=title, path=path, columns=[list(c) for c in columns],
            samples=samples, note=note,
        )  # fmt: skip
        session.add(row)
        try:
            session.flush()
        except IntegrityError as error:
            raise Refused(f"“{title}” is being imported in another window too.") from error
        return row.id


def delete_signal(database: Database, video_id: int, signal_id: int, by: int) -> str:
    """Forget an imported table; returns the folder of its numbers, to be removed.

    Raises:
        NotFound: the video has no such signal.
        Refused: somebody else imported it and `by` is neither lead nor admin.
    """
    with database.begin() as session:
        row = _signal(session, video_id, signal_id)
        assignment = people.assignment(session, session.get_one(Video, video_id).study_id, by)
        if row.annotator_id != by and (assignment is None or assignment.role not in EDITORS):
            raise Refused(f"“{row.title}” was imported by somebody else; only they, leads and admins delete it.")
        path = row.path
        session.delete(row)
        return path


def _signal(session: Session, video_id: int, signal_id: int) -> ImportedSignal:
    row = session.get(ImportedSignal, signal_id)
    if row is None or row.video_id != video_id:
        raise NotFound("There is no such imported signal of this video (any more).")
    return row


def _require_free(session: Session, video_id: int, title: str) -> None:
    if queries.titled(session, video_id, title) is not None:
        raise Refused(f"“{title}” is imported already. Delete it first, or give the file another name.")
