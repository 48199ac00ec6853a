"""Questions about runs, sets of proposals and proposals."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Select, func, intersect, select
from sqlalchemy.orm import Session

from db.models import Annotation, ModelVersion, Proposal, ProposalSet, SpottingRun, Video


def run(session: Session, run_id: int) -> SpottingRun | None:
    return session.get(SpottingRun, run_id)


def features_of_others(session: Session, paths: Collection[str], video_id: int) -> set[str]:
    """Those of the stored traces that runs of other videos name too: the same footage in another study."""
    named = SpottingRun.features_path.in_(paths)
    return set(session.scalars(select(SpottingRun.features_path).where(named, SpottingRun.video_id != video_id)))


def runs_of(session: Session, video_ids: Collection[int], state: str | None = None) -> Sequence[SpottingRun]:
    """Newest first."""
    question = select(SpottingRun).where(SpottingRun.video_id.in_(video_ids)).order_by(SpottingRun.id.desc())
    if state is not None:
        question = question.where(SpottingRun.state == state)
    return session.scalars(question).all()


def newest_run_ids(session: Session, video_ids: Collection[int], state: str | None = None) -> dict[int, int]:
    """Video id -> id of its newest run (in that state)."""
    question = (
        select(SpottingRun.video_id, func.max(SpottingRun.id))
        .where(SpottingRun.video_id.in_(video_ids))
        .group_by(SpottingRun.video_id)
    )
    if state is not None:
        question = question.where(SpottingRun.state == state)
    return dict(session.execute(question).all())


def newest_finished(session: Session) -> SpottingRun | None:
    question = select(SpottingRun).where(SpottingRun.state == "done").order_by(SpottingRun.id.desc())
    return session.scalar(question.limit(1))


def newest_runs(session: Session, video_ids: Collection[int]) -> Sequence[SpottingRun]:
    """The newest run of each video, whatever its state."""
    ids = select(func.max(SpottingRun.id)).where(SpottingRun.video_id.in_(video_ids)).group_by(SpottingRun.video_id)
    return session.scalars(select(SpottingRun).where(SpottingRun.id.in_(ids))).all()


def newest_runs_of_version(session: Session, version_id: int) -> dict[int, int]:
    """Video id -> id of the newest finished run of a model version."""
    question = (
        select(SpottingRun.video_id, func.max(SpottingRun.id))
        .where(SpottingRun.model_version_id == version_id, SpottingRun.state == "done")
        .group_by(SpottingRun.video_id)
    )
    return dict(session.execute(question).all())


def shared_sets(
    session: Session, study_id: int, first_version: int, second_version: int, begin: int, count: int
) -> tuple[int, Sequence[tuple[int, int, int]]]:
    """Videos of a study that two versions both spotted: how many, and of some of them (video id, newest set of each).

    Beyond the last one nothing is known, not even how many. Sets are looked up for those asked for only.
    """
    # Not a join: SQLite would go through all videos of the one for every video of the other.
    of_study = select(Video.id).where(Video.study_id == study_id)
    both = intersect(_spotted_by(first_version), _spotted_by(second_version), of_study).subquery()
    question = select(both.c.video_id, func.count().over()).order_by(both.c.video_id)
    lines = session.execute(question.offset(begin).limit(count)).all()
    ids = [video_id for video_id, _ in lines]
    sets = [_newest_sets(session, version_id, ids) for version_id in (first_version, second_version)]
    return (lines[0][1] if lines else 0), [(i, sets[0][i], sets[1][i]) for i in ids if i in sets[0] and i in sets[1]]


def _spotted_by(version_id: int) -> Select:
    return select(SpottingRun.video_id).where(SpottingRun.model_version_id == version_id, SpottingRun.state == "done")


def _newest_sets(session: Session, version_id: int, video_ids: Collection[int]) -> dict[int, int]:
    """Video id -> newest set of the newest finished run of a version."""
    question = (
        select(func.max(SpottingRun.id))
        .where(SpottingRun.video_id.in_(video_ids), SpottingRun.state == "done")
        .where(SpottingRun.model_version_id == version_id)
        .group_by(SpottingRun.video_id)
    )
    return newest_set_ids(session, session.scalars(question).all())


def versions_of_decided(session: Session, video_ids: Collection[int]) -> dict[int, int]:
    """Proposal id -> model version that made it, for the proposals of these videos that somebody decided."""
    question = (
        select(Annotation.proposal_id, SpottingRun.model_version_id)
        .join(Proposal, Proposal.id == Annotation.proposal_id)
        .join(ProposalSet, ProposalSet.id == Proposal.proposal_set_id)
        .join(SpottingRun, SpottingRun.id == ProposalSet.run_id)
        .where(Annotation.video_id.in_(video_ids))
    )
    return dict(session.execute(question).all())


def sets_at(session: Session, run_ids: Collection[int], false_alarms: float) -> dict[int, int]:
    """Run id -> id of its proposal set at this sensitivity."""
    question = select(ProposalSet.run_id, ProposalSet.id).where(
        ProposalSet.run_id.in_(run_ids), ProposalSet.false_alarms == false_alarms
    )
    return dict(session.execute(question).all())


def rates_of(session: Session, run_ids: Collection[int]) -> dict[float, int]:
    """Sensitivity (false alarms a minute) -> number of these runs that have proposals at it."""
    question = (
        select(ProposalSet.false_alarms, func.count())
        .where(ProposalSet.run_id.in_(run_ids))
        .group_by(ProposalSet.false_alarms)
    )
    return dict(session.execute(question).all())


def waiting_run(session: Session, video_id: int, model_version_id: int) -> SpottingRun | None:
    return session.scalar(
        select(SpottingRun).where(
            SpottingRun.video_id == video_id,
            SpottingRun.model_version_id == model_version_id,
            SpottingRun.state.in_(("queued", "running")),
        )
    )


def model_names(session: Session) -> dict[int, str]:
    return dict(session.execute(select(ModelVersion.id, ModelVersion.name)).all())


def sets_of(session: Session, run_id: int) -> Sequence[ProposalSet]:
    """Newest first."""
    return session.scalars(
        select(ProposalSet).where(ProposalSet.run_id == run_id).order_by(ProposalSet.id.desc())
    ).all()


def newest_set_ids(session: Session, run_ids: Collection[int]) -> dict[int, int]:
    """Video id -> id of the newest proposal set of these runs."""
    question = (
        select(ProposalSet.video_id, func.max(ProposalSet.id))
        .where(ProposalSet.run_id.in_(run_ids))
        .group_by(ProposalSet.video_id)
    )
    return dict(session.execute(question).all())


def proposal_set(session: Session, set_id: int) -> ProposalSet | None:
    return session.get(ProposalSet, set_id)


def proposal(session: Session, proposal_id: int) -> Proposal | None:
    return session.get(Proposal, proposal_id)


def set_at(session: Session, run_id: int, false_alarms: float) -> ProposalSet | None:
    return session.scalar(
        select(ProposalSet).where(ProposalSet.run_id == run_id, ProposalSet.false_alarms == false_alarms)
    )


def proposals_in(session: Session, set_ids: Collection[int]) -> Sequence[Proposal]:
    """In order of onset, then type."""
    return session.scalars(
        select(Proposal)
        .where(Proposal.proposal_set_id.in_(set_ids))
        .order_by(Proposal.onset, Proposal.type, Proposal.id)
    ).all()


def intervals_in(session: Session, set_ids: Collection[int]) -> Sequence[tuple]:
    """(video id, proposal id, onset, offset, type, apex, score) of many sets; columns, which cost a third of rows."""
    question = select(
        Proposal.video_id, Proposal.id, Proposal.onset, Proposal.offset, Proposal.type, Proposal.apex, Proposal.score
    ).where(Proposal.proposal_set_id.in_(set_ids))
    return session.execute(question).all()


def counts_in(session: Session, set_ids: Collection[int]) -> dict[int, int]:
    """Proposal set id -> number of proposals."""
    question = (
        select(Proposal.proposal_set_id, func.count())
        .where(Proposal.proposal_set_id.in_(set_ids))
        .group_by(Proposal.proposal_set_id)
    )
    return dict(session.execute(question).all())


def scores_of(session: Session, proposal_ids: Collection[int]) -> dict[int, float | None]:
    """Proposal id -> score."""
    question = select(Proposal.id, Proposal.score).where(Proposal.id.in_(proposal_ids))
    return dict(session.execute(question).all())
