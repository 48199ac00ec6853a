"""What each coder says of each video: the footage they judged and the expressions they saw. Compared by `agreement`.

The consensus of a study is told apart here: it is no coder, and nobody agrees with it by chance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from db.models import Annotation, Video
from db.queries import reviewing as queries
from spotcore import agreement as measures
from spotcore.agreement import Pair
from spotcore.intervals import Interval
from webapp import mapping
from webapp.services import spans
from webapp.values.reviewing import Span

AT_ONCE = 500  # videos read together: no statement names more than a database takes
EXPRESSIONS = ("accepted", "adjusted", "added")


@dataclass(frozen=True)
class Coding:
    """One coder's work on one video.

    Attributes:
        judged: reviewed footage without the frames left unsure.
        events: expressions in order of onset; `ids` names the annotation of each.
    """

    judged: tuple[Span, ...]
    events: tuple[Interval, ...]
    ids: Mapping[Interval, str]


PerCoder = Mapping[int, Coding]


def codings(session: Session, videos: Sequence[Video], events: bool = True) -> Mapping[int, dict[int, Coding]]:
    """Video -> annotator -> coding, of everybody who reviewed anything, the consensus included.

    Args:
        events: False reads the footage only, which is all it takes to say who judged the same.
    """
    found: dict[int, dict[int, Coding]] = defaultdict(dict)
    for begin in range(0, len(videos), AT_ONCE):
        found |= _codings_of(session, [video.id for video in videos[begin : begin + AT_ONCE]], events)
    return found


def _codings_of(session: Session, ids: Sequence[int], events: bool) -> Mapping[int, dict[int, Coding]]:
    judged: dict[tuple[int, int], list[Span]] = defaultdict(list)
    for row in queries.spans_of(session, ids):
        judged[row.video_id, row.annotator_id].append((row.first, row.last))
    rows: dict[tuple[int, int], list[Annotation]] = defaultdict(list)
    for row in queries.annotations_of(session, ids, verdict=None if events else "unsure"):
        rows[row.video_id, row.annotator_id].append(row)
    found: dict[int, dict[int, Coding]] = defaultdict(dict)
    for (video_id, coder), reviewed in judged.items():
        found[video_id][coder] = _coding(reviewed, rows[video_id, coder])
    return found


def _coding(reviewed: Sequence[Span], rows: Sequence[Annotation]) -> Coding:
    judged = spans.tidy(reviewed)
    for row in rows:
        if row.verdict == "unsure":
            judged = spans.remove(judged, (row.onset, row.offset))
    kept = {mapping.proposal_interval(row): row.id for row in rows if row.verdict in EXPRESSIONS}
    return Coding(judged, tuple(kept), kept)


def shared(per_coder: PerCoder, first: int, second: int) -> tuple[Span, ...]:
    """Footage that both judged."""
    if first not in per_coder or second not in per_coder:
        return ()
    return measures.both(per_coder[first].judged, per_coder[second].judged)


def difference(pair: Pair) -> str | None:
    """What two who saw the same event say differently: "type", "boundaries", or None.

    An apex that only one of them gave is no difference.
    """
    a, b = pair.first, pair.second
    if a.type != b.type:
        return "type"
    same = (a.onset, a.offset) == (b.onset, b.offset) and (a.apex == b.apex or None in (a.apex, b.apex))
    return None if same else "boundaries"
