"""What other annotators decided on a video: shown to an annotator only once they have reviewed all of it themselves.

Coding is blind: seeing somebody else's intervals before one's own stand would make two codings one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from db.models import Video
from db.queries import library, people
from db.queries import reviewing as queries
from db.session import Database
from webapp import mapping
from webapp.services import spans
from webapp.services.errors import NotFound
from webapp.values.reviewing import Annotation, Span

AT_ONCE = 500  # videos read together


@dataclass(frozen=True)
class Coder:
    """One other annotator with the intervals that stand, in order of onset."""

    annotator_id: int
    name: str
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True)
class OtherCoders:
    """`hidden`: the asking annotator has not reviewed the whole video, so `coders` is empty whoever else coded it."""

    hidden: bool
    coders: tuple[Coder, ...]


def unfinished_videos(database: Database, video_ids: Sequence[int], annotator_id: int) -> frozenset[int]:
    """Those of the videos that this annotator has not reviewed to the last frame: others' work there is hidden."""
    done: set[int] = set()
    with database.read() as session:
        for begin in range(0, len(video_ids), AT_ONCE):
            some = video_ids[begin : begin + AT_ONCE]
            looked: dict[int, list[Span]] = defaultdict(list)
            for span in queries.spans_of(session, some, annotator_id):
                looked[span.video_id].append((span.first, span.last))
            done |= {
                video.id for video in library.videos_with(session, list(looked))
                if video.frame_count and spans.covers(spans.tidy(looked[video.id]), (0, video.frame_count - 1))
            }  # fmt: skip
    return frozenset(video_ids) - done


def other_coders(database: Database, video_id: int, annotator_id: int) -> OtherCoders:
    """Decisions of everybody else, by name; NotFound for no such video."""
    with database.read() as session:
        video = session.get(Video, video_id)
        if video is None:
            raise NotFound(f"There is no video {video_id} (any more).")
        reviewed = [(s.first, s.last) for s in queries.spans_of(session, [video_id], annotator_id)]
        if not video.frame_count or not spans.covers(reviewed, (0, video.frame_count - 1)):
            return OtherCoders(True, ())
        names = people.annotator_names(session)
        rows = [row for row in queries.annotations_of(session, [video_id]) if row.annotator_id != annotator_id]
        coders = tuple(
            Coder(other, names[other], tuple(mapping.annotation(row) for row in rows if row.annotator_id == other))
            for other in sorted({row.annotator_id for row in rows}, key=lambda other: names[other])
        )
        return OtherCoders(False, coders)
