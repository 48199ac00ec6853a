"""What an annotator sees of one video: proposals with their decisions, annotations, reviewed footage, the log."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from db.models import Proposal, ProposalSet, SpottingRun, Study, Video
from db.queries import people
from db.queries import reviewing as queries
from db.queries import spotting as runs
from db.session import Database
from webapp import mapping
from webapp.services import blindness, spans
from webapp.services.errors import NotFound
from webapp.services.matching import Decided, interval_id
from webapp.services.matching import decisions as matched
from webapp.values.reviewing import LoggedOperation, ReviewProposal, ReviewState
from webapp.values.spotting import ProposalSetInfo


def list_operations(database: Database, video_id: int, annotator_id: int | None = None) -> tuple[LoggedOperation, ...]:
    """The log of a video, in the order of application."""
    with database.read() as session:
        return tuple(mapping.logged_operation(row) for row in queries.operations_of(session, video_id, annotator_id))


def review_state(
    database: Database,
    video_id: int,
    annotator_id: int,
    run_id: int | None = None,
    proposal_set_id: int | None = None,
) -> ReviewState:
    """What one annotator sees of one video; neither run nor proposals while they code it blind.

    Args:
        run_id: a finished run; the newest one when left out.
        proposal_set_id: a set of that run (or of any run, when `run_id` is left out); the newest when left out.

    Raises:
        NotFound: no such video, annotator, run or set, or they do not belong together.
    """
    with database.read() as session:
        video, annotator = session.get(Video, video_id), people.annotator(session, annotator_id)
        if video is None or annotator is None:
            raise NotFound(f"There is no {'video' if video is None else 'annotator'} with this number (any more).")
        blind = blindness.codes_blind(session, video, annotator_id)
        run, chosen, sets = (None, None, ()) if blind else _chosen(session, video_id, run_id, proposal_set_id)
        proposals = [] if chosen is None else runs.proposals_in(session, [chosen])
        annotations = queries.annotations_of(session, [video_id], annotator_id)
        reviewed = tuple((s.first, s.last) for s in queries.spans_of(session, [video_id], annotator_id))
        decided = matched(
            {row.id: mapping.proposal_interval(row) for row in proposals},
            [Decided(row.id, row.proposal_id, row.verdict, mapping.proposal_interval(row)) for row in annotations],
        )
        counts = runs.counts_in(session, [s.id for s in sets])
        return ReviewState(
            video_id=video_id,
            annotator_id=annotator_id,
            annotator_name=annotator.name,
            run=run and mapping.run_details(run, runs.model_names(session)[run.model_version_id]),
            proposal_set_id=chosen,
            sets=tuple(mapping.from_row(ProposalSetInfo, s, proposals=counts.get(s.id, 0)) for s in sets),
            proposals=tuple(_review_proposal(row, annotator_id, decided.get(row.id)) for row in proposals),
            annotations=tuple(mapping.annotation(row) for row in annotations),
            reviewed=reviewed,
            reviewed_share=spans.frames(reviewed) / video.frame_count if video.frame_count else 0.0,
            scheme=mapping.scheme(session.get_one(Study, video.study_id)),
            blind=blind,
        )


def _chosen(
    session: Session, video_id: int, run_id: int | None, set_id: int | None
) -> tuple[SpottingRun | None, int | None, Sequence[ProposalSet]]:
    if run_id is None and set_id is not None:
        chosen = runs.proposal_set(session, set_id)
        run_id = chosen and chosen.run_id
    if run_id is None and set_id is None:
        finished = runs.newest_run_ids(session, [video_id], "done")
        run_id = finished.get(video_id)
        if run_id is None:
            return None, None, ()
    run = run_id and runs.run(session, run_id)
    if not run or run.video_id != video_id:
        raise NotFound("There is no such spotting run of this video")
    sets = runs.sets_of(session, run.id)
    if set_id is not None and set_id not in {s.id for s in sets}:
        raise NotFound("There is no such set of proposals of this run")
    return run, set_id if set_id is not None else (sets[0].id if sets else None), sets


def _review_proposal(row: Proposal, annotator_id: int, decision: Decided | None) -> ReviewProposal:
    return mapping.from_row(
        ReviewProposal,
        row,
        interval_id=interval_id(annotator_id, row.id),
        decided_by=decision and decision.annotation_id,
        decided_verdict=decision and decision.verdict,
        decided_elsewhere=decision is not None and decision.proposal_id != row.id,
    )
