"""Two model versions side by side: settings, scores, and their proposals interval by interval.

`compare` sets what both propose against each other, `version_comparison` both against what people decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from db.queries import label_sets, library, spotting
from db.queries import registry as queries
from db.session import Database
from spotcore import paired
from spotcore.counted import counted, counting_frames
from spotcore.decoding import REVIEW_FALSE_ALARMS
from spotcore.intervals import Interval, iou
from webapp import mapping
from webapp.services import reviewed_footage
from webapp.services.errors import NotFound, Refused
from webapp.services.label_sets import videos_of_sets
from webapp.services.matching import DECIDED_IOU
from webapp.values.comparison import FlippedInterval, LackingVideo, VersionComparison
from webapp.values.label_sets import LabelledVideo
from webapp.values.registry import ModelComparison, ModelVersion, ProposalDifference, ScoreDifference

VIDEOS_PER_PAGE = 50  # proposals of each are paired while somebody waits


def compare(
    database: Database, study_id: int, first_id: int, second_id: int, page: int = 1, per_page: int = VIDEOS_PER_PAGE
) -> ModelComparison:
    """Differences of two versions; videos are those of the study that both spotted, with the newest set of each.

    Args:
        page: 1-based, of the videos, in the order in which they were added; beyond the last one the last is given.

    Raises:
        NotFound: one of them does not exist.
    """
    with database.read() as session:
        first, second = _versions(session, first_id, second_id)
        both = (study_id, first_id, second_id)
        total, shared = spotting.shared_sets(session, *both, (max(page, 1) - 1) * per_page, per_page)
        if not shared and page > 1:
            total, _ = spotting.shared_sets(session, *both, 0, 1)
            last = max(0, total - 1) // per_page * per_page
            _, shared = spotting.shared_sets(session, *both, last, per_page)
        videos = _differences(session, shared)
    numbers, others = _flat(first.scores), _flat(second.scores)
    return ModelComparison(
        first=first,
        second=second,
        settings=_different(first.settings, second.settings),
        scores=tuple(ScoreDifference(n, numbers.get(n), others.get(n)) for n in sorted({*numbers, *others})),
        videos=videos,
        video_count=total,
        pages=max(1, -(-total // per_page)),
    )


def _versions(session: Session, first_id: int, second_id: int) -> tuple[ModelVersion, ModelVersion]:
    found = {row.id: (row, name, job_id) for row, name, job_id in queries.versions(session)}
    missing = {first_id, second_id} - set(found)
    if missing:
        raise NotFound(f"There is no model version {missing.pop()}.")
    names = queries.aliases(session)
    first, second = (mapping.model_version(*found[i], names.get(i, ())) for i in (first_id, second_id))
    return first, second


def version_comparison(
    database: Database,
    study_id: int,
    first_id: int,
    second_id: int,
    *,
    label_set_id: int | None = None,
    everybody: bool = False,
    false_alarms: float | None = None,
) -> VersionComparison:
    """Both versions against what people decided, on the same videos at the same sensitivity.

    Args:
        label_set_id: judge by this frozen set; None: by what is reviewed now.
        everybody: also people that one of the versions learned from, which flatters it.
        false_alarms: expected false alarms a minute at which both propose; None: where most runs have proposals.

    Raises:
        NotFound: no such version or label set.
        Refused: a version compared with itself.
    """
    if first_id == second_id:
        raise Refused("Choose two different versions to compare.")
    with database.read() as session:
        versions = _versions(session, first_id, second_id)
        videos = _labelled(session, study_id, label_set_id)
        taught = queries.taught_subjects(session, study_id, [first_id, second_id])
        left_out = () if everybody else tuple(sorted({v.subject for v in videos} & taught))
        videos = [video for video in videos if video.subject not in left_out]
        runs = [_runs(session, version.id, videos) for version in versions]
        rates = spotting.rates_of(session, [run for side in runs for run in side.values()])
        rate = false_alarms or max(rates, key=lambda r: (rates[r], r == REVIEW_FALSE_ALARMS, r), default=None)
        rate = rate or REVIEW_FALSE_ALARMS
        sets = [spotting.sets_at(session, side.values(), rate) for side in runs]  # run -> set
        lacking = [_lacking(video, versions, runs, sets) for video in videos]
        ready = [video for video, lack in zip(videos, lacking, strict=True) if lack is None]
        chosen = [{v.video_id: sets[i][runs[i][v.video_id]] for v in ready} for i in range(2)]
        proposals = [_proposals(session, side, ready) for side in chosen]
    places = [{v.video_id: (runs[i][v.video_id], chosen[i][v.video_id]) for v in ready} for i in range(2)]
    truth = {str(v.video_id): [_interval(i) for i in v.truth] for v in ready}
    subjects = {str(video.video_id): video.subject for video in ready}
    by_id = {video.video_id: video for video in ready}
    return VersionComparison(
        first=versions[0],
        second=versions[1],
        false_alarms=rate,
        rates=tuple(sorted(rates)),
        result=paired.paired_difference(truth, *proposals, subjects) if ready else None,
        minutes=sum(_counting(video).sum() / video.fps for video in ready) / 60,
        flips=tuple(_flipped(flip, by_id, places) for flip in paired.flips(truth, *proposals)),
        lacking=tuple(lack for lack in lacking if lack is not None),
        taught=left_out,
    )


def _labelled(session: Session, study_id: int, label_set_id: int | None) -> list[LabelledVideo]:
    if label_set_id is None:
        return sorted(reviewed_footage.collect(session, study_id)[0], key=lambda v: v.title)
    found = label_sets.label_set(session, label_set_id)
    if found is None or found.study_id != study_id:
        raise NotFound(f"There is no label set {label_set_id} in this study.")
    return sorted(videos_of_sets(session, [label_set_id]).get(label_set_id, ()), key=lambda v: v.title)


def _runs(session: Session, version_id: int, videos: Sequence[LabelledVideo]) -> dict[int, int]:
    newest = spotting.newest_runs_of_version(session, version_id)
    return {video.video_id: newest[video.video_id] for video in videos if video.video_id in newest}


def _lacking(
    video: LabelledVideo,
    versions: Sequence[ModelVersion],
    runs: Sequence[Mapping[int, int]],
    sets: Sequence[Mapping[int, int]],
) -> LackingVideo | None:
    unspotted = tuple(v.id for v, side in zip(versions, runs, strict=True) if video.video_id not in side)
    undecoded = tuple(
        side[video.video_id]
        for side, made in zip(runs, sets, strict=True)
        if video.video_id in side and side[video.video_id] not in made
    )
    return LackingVideo(video.video_id, video.title, unspotted, undecoded) if unspotted or undecoded else None


def _proposals(session: Session, sets: Mapping[int, int], videos: Sequence[LabelledVideo]) -> dict[str, list[Interval]]:
    """Video id -> the proposals that count."""
    found: dict[int, list[Interval]] = {video.video_id: [] for video in videos}
    for row in spotting.proposals_in(session, list(sets.values())):
        found[row.video_id].append(mapping.proposal_interval(row))
    return {str(v.video_id): counted(found[v.video_id], _counting(v)) for v in videos}


def _counting(video: LabelledVideo) -> Any:
    unsure = [(i.onset, i.offset) for i in video.intervals if i.verdict == "unsure"]
    return counting_frames(video.frame_count, video.reviewed, unsure)


def _interval(label: Any) -> Interval:
    return Interval(label.onset, label.offset, label.type, label.apex)


def _flipped(
    flip: paired.Flip, videos: Mapping[int, LabelledVideo], places: Sequence[Mapping[int, tuple[int, int]]]
) -> FlippedInterval:
    video = videos[int(flip.video)]
    by_first = flip.kind in ("missed now", "false alarm gone")
    run_id, set_id = places[0 if by_first else 1][video.video_id]
    label = next((i for i in video.truth if _interval(i) == flip.interval and i.origin), None)
    return FlippedInterval(
        video_id=video.video_id,
        title=video.title,
        subject=video.subject,
        kind=flip.kind,
        type=flip.interval.type,
        onset=flip.interval.onset,
        offset=flip.interval.offset,
        seconds=flip.interval.onset / video.fps,
        score=flip.interval.score,
        interval_id=label.origin.annotation_id if label and "false" not in flip.kind else None,
        run_id=run_id,
        set_id=set_id,
    )


def _differences(session: Session, shared: Sequence[tuple[int, int, int]]) -> tuple[ProposalDifference, ...]:
    """Args: shared: (video id, set of the first version, set of the second)."""
    intervals: dict[int, list[Interval]] = {set_id: [] for _, *sets in shared for set_id in sets}
    for row in spotting.proposals_in(session, list(intervals)):
        intervals[row.proposal_set_id].append(mapping.proposal_interval(row))
    titles = {video.id: video.title for video in library.videos_with(session, [video_id for video_id, *_ in shared])}
    found = []
    for video_id, *sets in shared:
        first, second = (intervals[set_id] for set_id in sets)
        both = pair(first, second)
        found.append(ProposalDifference(video_id, titles[video_id], both, len(first) - both, len(second) - both))
    return tuple(found)


def pair(first: Sequence[Interval], second: Sequence[Interval]) -> int:
    """How many intervals of the two lists pair up; see `partners`."""
    return len(partners(first, second))


def partners(first: Sequence[Interval], second: Sequence[Interval]) -> dict[int, tuple[int, float]]:
    """Place in the first list -> (place in the second, IoU): one to one, same type, IoU at least 0.5, best first."""
    overlaps = (
        (iou(a, b), i, j) for i, a in enumerate(first) for j, b in enumerate(second)
        if a.type == b.type and a.onset <= b.offset and b.onset <= a.offset
    )  # fmt: skip
    found: dict[int, tuple[int, float]] = {}
    used: set[int] = set()
    for overlap, i, j in sorted(overlaps, key=lambda o: (-o[0], o[1], o[2])):
        if overlap >= DECIDED_IOU and i not in found and j not in used:
            found[i] = (j, overlap)
            used.add(j)
    return found


def _different(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = sorted({*first, *second})
    return {n: (first.get(n), second.get(n)) for n in names if first.get(n) != second.get(n)}


def _flat(scores: Mapping[str, Any], before: str = "") -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in scores.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{before}{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[f"{before}{name}"] = float(value)
    return found
