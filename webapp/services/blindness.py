"""Who codes what blind: nothing is shown of what a model would say before the person has judged the footage alone.

Clips of a ladder are blind for everybody, because no model may look at them here. Of all other videos each person codes
a share blind that the study sets. Whole videos, not stretches: whoever codes stretches in turn carries what the model
showed a minute ago into the next one, and a stretch without proposals beside one with them tells by its borders.

Which way a person codes a video is settled when they open it for the first time, so that a new share never takes
proposals away that somebody has seen. A blind coding ends, for good, when they have reviewed every frame.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import PurePosixPath

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.base import now
from db.models import Study, Video, VideoCoding
from db.queries import codings, library, people, reviewing
from db.queries import spotting as runs
from db.session import Database
from webapp.services import spans
from webapp.services.errors import NotFound, Refused
from webapp.services.schemes import EDITORS
from webapp.values.reviewing import Span

AT_ONCE = 500  # videos asked about together
LADDERS = "ladders"  # folder below the data folder, written by `python -m spotcore seeded-recall`
WITHHELD = (
    "You code this video blind: proposals, curves and measurements are shown once you have marked the whole video "
    "reviewed."
)


def is_blind(stored_path: str) -> bool:
    """Whether the video at this stored path is a clip of a ladder.

    >>> is_blind("ladders/monday/pass-01-spiked.mp4"), is_blind("uploads/ladders/a.mp4")
    (True, False)
    """
    return PurePosixPath(stored_path).parts[:1] == (LADDERS,)


def drawn_blind(study_id: int, annotator_id: int, video_id: int, share: float) -> bool:
    """Whether the lot makes this video a blind one for this person; a larger share adds videos and takes none away.

    >>> [drawn_blind(1, 1, video, 0.5) for video in range(1, 5)] == [drawn_blind(1, 1, v, 0.5) for v in range(1, 5)]
    True
    >>> drawn_blind(1, 1, 1, 0.0), drawn_blind(1, 1, 1, 1.0)
    (False, True)
    """
    lot = hashlib.sha256(f"glint blind share/{study_id}/{annotator_id}/{video_id}".encode()).digest()
    return int.from_bytes(lot[:8]) / 2**64 < share


def codes_blind(session: Session, video: Video, annotator_id: int) -> bool:
    """Whether proposals of this video are to be withheld from this person now."""
    coding = codings.coding(session, annotator_id, video.id)
    if coding is not None:
        return coding.blind and coding.ended_at is None
    return _first_sight(session, video, annotator_id)


def withheld(database: Database, video_id: int, annotator_id: int) -> bool:
    """As `codes_blind`; NotFound for no such video."""
    with database.read() as session:
        return codes_blind(session, _video(session, video_id), annotator_id)


def require_sight(database: Database, video_id: int, annotator_id: int) -> None:
    """Raises Refused while this person codes this video blind."""
    if withheld(database, video_id, annotator_id):
        raise Refused(WITHHELD)


def withheld_videos(database: Database, video_ids: Sequence[int], annotator_id: int) -> frozenset[int]:
    """Those of the videos that this person codes blind, or will when they open them."""
    found: set[int] = set()
    with database.read() as session:
        for begin in range(0, len(video_ids), AT_ONCE):
            found |= _withheld_of(session, video_ids[begin : begin + AT_ONCE], annotator_id)
    return frozenset(found)


def _withheld_of(session: Session, video_ids: Sequence[int], annotator_id: int) -> set[int]:
    """As `codes_blind` of each, in a fixed number of questions."""
    known = codings.codings_of(session, annotator_id, video_ids)
    blind = {row.video_id for row in known if row.blind and row.ended_at is None}
    settled = {row.video_id for row in known}
    videos = [v for v in library.videos_with(session, [i for i in video_ids if i not in settled])
              if not is_blind(v.path)]  # fmt: skip
    shares = {study: _share_of(session, study, annotator_id) for study in {video.study_id for video in videos}}
    drawn = [v for v in videos if drawn_blind(v.study_id, annotator_id, v.id, shares[v.study_id])]
    worked = codings.worked_in(session, annotator_id, [video.id for video in drawn])
    return blind | {video.id for video in drawn if video.id not in worked}


def open_video(database: Database, video_id: int, annotator_id: int) -> bool:
    """Settle how this person codes this video where it is not settled yet; whether it is blind now.

    Raises:
        NotFound: no such video or annotator.
    """
    with database.read() as session:
        if codings.coding(session, annotator_id, video_id) is not None:
            return codes_blind(session, _video(session, video_id), annotator_id)
        if people.annotator(session, annotator_id) is None:
            raise NotFound("There is no annotator with this number (any more).")
    try:
        with database.begin() as session:
            video = _video(session, video_id)
            blind = codes_blind(session, video, annotator_id)
            if codings.coding(session, annotator_id, video_id) is None:
                session.add(VideoCoding(annotator_id=annotator_id, video_id=video_id, blind=blind))
            return blind
    except IntegrityError:  # another tab opened it at the same moment
        return withheld(database, video_id, annotator_id)


def end_when_reviewed(session: Session, video: Video, annotator_id: int, reviewed: Sequence[Span]) -> None:
    """End a blind coding whose last frame has just been reviewed, and keep what this person had found by then.

    Args:
        session: the transaction of the operation that reviewed it.
        reviewed: this person's spans as they stand now.
    """
    if not video.frame_count or not spans.covers(spans.tidy(reviewed), (0, video.frame_count - 1)):
        return
    if not codes_blind(session, video, annotator_id):
        return
    coding = codings.coding(session, annotator_id, video.id)
    if coding is None:
        coding = VideoCoding(annotator_id=annotator_id, video_id=video.id, blind=True)
        session.add(coding)
    coding.ended_at = now()
    coding.coded = [
        {"type": a.type, "onset": a.onset, "apex": a.apex, "offset": a.offset, "verdict": a.verdict}
        for a in reviewing.annotations_of(session, [video.id], annotator_id)
    ]
    coding.proposal_set_id = proposals_shown(session, video.id)


def proposals_shown(session: Session, video_id: int) -> int | None:
    """The set of proposals that a person is shown who opens the video and chooses nothing."""
    run_id = runs.newest_run_ids(session, [video_id], "done").get(video_id)
    sets = runs.sets_of(session, run_id) if run_id is not None else ()
    return sets[0].id if sets else None


def blind_share(database: Database, study_id: int) -> float:
    """Share of each person's videos that is coded blind, 0..1; NotFound for no such study."""
    with database.read() as session:
        return _study(session, study_id).blind_share


def set_blind_share(database: Database, study_id: int, share: float, by: int) -> None:
    """Use another share for all videos that a person opens from now on.

    Raises:
        NotFound: no such study.
        Refused: not by this person, or no share from 0 to 1.
    """
    if not 0 <= share <= 1:
        raise Refused(f"The blind share is a number from 0 to 1, not {share:g}.")
    with database.begin() as session:
        study = _study(session, study_id)
        assignment = people.assignment(session, study_id, by)
        if assignment is None or assignment.role not in EDITORS:
            raise Refused("Only leads and admins of the study change its blind share.")
        study.blind_share = share


def _first_sight(session: Session, video: Video, annotator_id: int) -> bool:
    """Blind by lot, unless this person knows the video from before codings were kept."""
    if is_blind(video.path):
        return False  # nothing can be withheld of what was never spotted; a ladder is counted by itself
    share = _share_of(session, video.study_id, annotator_id)
    drawn = drawn_blind(video.study_id, annotator_id, video.id, share)
    return drawn and not codings.worked_in(session, annotator_id, [video.id])


def _share_of(session: Session, study_id: int, annotator_id: int) -> float:
    """The study's share for who codes; 0 for who never does, and so could never end the blindness."""
    share = session.get_one(Study, study_id).blind_share
    assignment = people.assignment(session, study_id, annotator_id) if share > 0 else None
    return share if assignment is not None and assignment.role != "viewer" else 0.0


def _video(session: Session, video_id: int) -> Video:
    video = session.get(Video, video_id)
    if video is None:
        raise NotFound("There is no video with this number (any more).")
    return video


def _study(session: Session, study_id: int) -> Study:
    study = session.get(Study, study_id)
    if study is None:
        raise NotFound("There is no such study.")
    return study
