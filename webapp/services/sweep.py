"""The missed-event sweep: stretches that the model found suspicious but nobody was shown, the most suspicious first.

The stored curves are decoded at the loosest setting; what is shown as a proposal, decided or reviewed is taken away.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from db.session import Database
from spotcore.decoding import propose
from spotcore.intervals import Interval
from spotcore.probabilities import load_curves
from webapp.services import blindness, library, spans
from webapp.services.errors import Refused
from webapp.services.review_states import review_state
from webapp.values.library import Located
from webapp.values.reviewing import Span

MOST = 30  # stretches offered at once
KNOWN_SHARE = 0.5  # of a stretch that may lie in known intervals before it counts as one of them
AROUND_SECONDS = 0.5


@dataclass(frozen=True)
class Stretch:
    """Something suspicious.

    Attributes:
        type, onset, apex, offset, score: of the interval that the curves suggest.
        first, last: what a person looks at to judge it: the interval and half a second around it.
    """

    type: str
    onset: int
    apex: int | None
    offset: int
    score: float | None
    first: int
    last: int


def suspicious(
    database: Database,
    located: Located,
    video_id: int,
    annotator_id: int,
    run_id: int | None = None,
    proposal_set_id: int | None = None,
    most: int = MOST,
) -> tuple[Stretch, ...]:
    """What to look at beside the proposals, for one annotator.

    Args:
        located: the file behind a stored path (`Settings.located`).

    Raises:
        NotFound: no such video, run or set.
        Refused: the video is not spotted yet, or this annotator codes it blind.
        InvalidFile: the stored curves cannot be read.
    """
    state = review_state(database, video_id, annotator_id, run_id, proposal_set_id)
    if state.blind:
        raise Refused(blindness.WITHHELD)
    if state.run is None or state.run.curves_path is None:
        raise Refused("This video is not spotted yet, so there is nothing to be suspicious of.")
    video = library.get_video(database, video_id)
    found = propose(load_curves(located(state.run.curves_path)), None)
    open_ = [(p.onset, p.offset) for p in state.proposals if p.decided_by is None]
    decided = [(p.onset, p.offset) for p in state.proposals if p.decided_by is not None]
    known = [*decided, *((a.onset, a.offset) for a in state.annotations)]
    left = unknown(found, known, state.reviewed, most, open_)
    around = round(AROUND_SECONDS * (video.fps or 30.0))
    end = (video.frame_count or 1) - 1
    return tuple(
        Stretch(i.type, i.onset, i.apex, i.offset, i.score, max(0, i.onset - around), min(end, i.offset + around))
        for i in left
    )


def unknown(
    found: Sequence[Interval],
    known: Sequence[Span],
    reviewed: Sequence[Span],
    most: int = MOST,
    undecided: Sequence[Span] = (),
) -> list[Interval]:
    """Intervals that are news, the highest score first.

    Args:
        found: everything a decoder finds.
        known: intervals that are decided; where half of a found one lies in them, it is one of them.
        reviewed: footage somebody has looked at; what lies wholly inside has been judged.
        most: stop there.
        undecided: intervals that wait for a decision; what touches one is judged with it, never beside it.
    """
    taken = spans.tidy(known)
    looked, waiting = spans.tidy(reviewed), spans.tidy(undecided)
    news: list[Interval] = []
    for interval in sorted(found, key=lambda i: (-(i.score or 0.0), i.onset, i.type)):
        if len(news) == most:
            break
        span = (interval.onset, interval.offset)
        if spans.covers(looked, span) or _touches(waiting, span) or _share(taken, span) >= KNOWN_SHARE:
            continue
        news.append(interval)
        taken = spans.add(taken, span)  # the same movement under the other type is no second thing to look at
    return news


def _touches(taken: Sequence[Span], span: Span) -> bool:
    at = bisect_right(taken, span[1], key=lambda one: one[0])
    return at > 0 and taken[at - 1][1] >= span[0]


def _share(taken: Sequence[Span], span: Span) -> float:
    free = spans.frames(_outside(taken, span))
    return 1 - free / (span[1] - span[0] + 1)


def _outside(taken: Sequence[Span], span: Span) -> tuple[Span, ...]:
    rest: tuple[Span, ...] = (span,)
    for one in taken:
        if one[0] <= span[1] and span[0] <= one[1]:
            rest = spans.remove(rest, one)
    return rest
