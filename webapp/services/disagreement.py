"""Where two model versions disagree on one video: a second run's proposals beside those under review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from db.session import Database
from spotcore.intervals import Interval
from webapp.services import blindness, spotting
from webapp.services.comparison import partners
from webapp.services.errors import Refused
from webapp.services.review_states import review_state
from webapp.values.reviewing import ReviewProposal, ReviewState
from webapp.values.spotting import ProposalSetInfo


@dataclass(frozen=True)
class Disagreement:
    """A second run against the one under review.

    Attributes:
        run_id, model: the second run.
        agreements: proposal under review -> IoU with its partner in the second run, 0 without one.
        alone: proposals of the second run without a partner, in front of the same annotator.
    """

    run_id: int
    model: str
    agreements: Mapping[int, float]
    alone: tuple[ReviewProposal, ...]


def disagreement(database: Database, state: ReviewState, other_run_id: int) -> Disagreement:
    """Match what is under review with a second run at the same sensitivity (its newest where it has no such set).

    Proposals of the second run that this annotator has decided on already, through whichever run, say so.

    Raises:
        NotFound: the video has no such run.
        Refused: the run is the one under review, or has no proposals yet, or this annotator codes the video blind.
    """
    if state.blind:
        raise Refused(blindness.WITHHELD)
    if state.run is not None and other_run_id == state.run.id:
        raise Refused("A run does not disagree with itself; choose another one.")
    rate = next((s.false_alarms for s in state.sets if s.id == state.proposal_set_id), None)
    chosen = _set_at(spotting.list_sets(database, other_run_id), rate)
    other = review_state(database, state.video_id, state.annotator_id, other_run_id, chosen)
    if other.run is None or other.proposal_set_id is None:
        raise Refused(f"Run {other_run_id} has no proposals yet.")
    matched = partners(_intervals(state.proposals), _intervals(other.proposals))
    met = {second for second, _ in matched.values()}
    return Disagreement(
        run_id=other.run.id,
        model=other.run.model,
        agreements={p.id: round(matched[i][1], 4) if i in matched else 0.0 for i, p in enumerate(state.proposals)},
        alone=tuple(p for i, p in enumerate(other.proposals) if i not in met),
    )


def _set_at(sets: Sequence[ProposalSetInfo], rate: float | None) -> int | None:
    return next((s.id for s in sets if s.false_alarms == rate), None)


def _intervals(proposals: Sequence[ReviewProposal]) -> list[Interval]:
    return [Interval(p.onset, p.offset, p.type, p.apex, p.score) for p in proposals]
