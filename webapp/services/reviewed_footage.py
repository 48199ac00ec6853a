"""What is reviewed now and could be frozen: one annotator's decisions per video, with what speaks against them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from db.models import Annotation, Video
from db.queries import adjudication as adjudications
from db.queries import library, people, reviewing, spotting
from spotcore.intervals import Interval
from webapp import mapping
from webapp.services import consensus, label_findings, spans
from webapp.services.blindness import is_blind
from webapp.services.matching import Decided, decisions
from webapp.values.label_sets import Finding, LabelledVideo
from webapp.values.reviewing import Span

Spans = Mapping[int, Mapping[int, tuple[Span, ...]]]


AT_ONCE = 500  # videos read together: memory stays bounded, and no statement names more than a database takes


def collect(session: Session, study_id: int) -> tuple[list[LabelledVideo], list[Finding]]:
    """Every video of the study with reviewed footage (roles still empty), and findings about each; see `collect_from`.

    Reads everything that was ever decided in the study: seconds where that is a hundred thousand intervals.
    """
    videos = [video for video in library.videos_in(session, study_id) if video.state == "ready"]
    collected, findings = [], []
    for begin in range(0, len(videos), AT_ONCE):
        some, found = collect_from(session, videos[begin : begin + AT_ONCE])
        collected += [video for video in some if video.subject]
        findings += [*found, *(label_findings.nobody(v.title, v.video_id) for v in some if not v.subject)]
    return collected, findings


def collect_from(session: Session, videos: Sequence[Video]) -> tuple[list[LabelledVideo], list[Finding]]:
    """What is reviewed of these imported videos (roles still empty, as are unknown subjects), and findings about each.

    Where several annotators reviewed a video, the one who looked at most of it counts (ties: the earlier one), and a
    finding says so. A consensus counts over everybody where it covers footage, and the findings name the videos. Spans
    that count as reviewed are the reviewed ones together with the decided intervals: deciding on an interval is looking
    at it. Clips of a blind ladder are left out: what moves in them was rendered.
    """
    videos = [video for video in videos if not is_blind(video.path)]
    ids = [video.id for video in videos]
    footage: dict[int, dict[int, tuple[Span, ...]]] = defaultdict(lambda: defaultdict(tuple))
    for row in reviewing.spans_of(session, ids):
        footage[row.video_id][row.annotator_id] += ((row.first, row.last),)
    rows: dict[int, list[Annotation]] = defaultdict(list)
    for row in reviewing.annotations_of(session, ids):
        rows[row.video_id].append(row)
    open_proposals = _proposals(session, ids)
    names, agreed = people.annotator_names(session), adjudications.consensus_annotators(session)
    versions = spotting.versions_of_decided(session, ids)
    collected, findings = [], []
    for video in videos:
        if not footage[video.id]:
            findings += _unseen(video, rows[video.id])
            continue
        by, mine, seen = _counting(footage[video.id], rows[video.id], agreed)
        labelled = _labelled(video, by, mine, seen, versions)
        findings += _adjudicated(video) if by in agreed else _several(video, footage[video.id], names, by)
        findings += label_findings.unreviewed(video.title, video.id, labelled.intervals, seen)
        # What an adjudicated coder said of a proposal was decided on, whatever came of it.
        left = _undecided(open_proposals.get(video.id, {}), rows[video.id] if by in agreed else mine, seen)
        findings += label_findings.undecided(video.title, video.id, left)
        collected.append(labelled)
    return collected, findings


def _counting(
    footage: Mapping[int, tuple[Span, ...]], rows: Sequence[Annotation], agreed: frozenset[int]
) -> tuple[int, list[Annotation], tuple[Span, ...]]:
    """Who counts in a video, with which decisions and which footage: one coder, or the consensus and beside it one."""
    most = sorted(footage, key=lambda a: (a in agreed, -spans.frames(footage[a]), a))
    by, own = most[0], [row for row in rows if row.annotator_id == most[0]]
    if most[-1] not in agreed:
        return by, own, footage[by]
    held = [row for row in rows if row.annotator_id == most[-1]]
    if by == most[-1]:  # those it was made from have withdrawn their reviews
        return by, held, footage[by]
    covered = footage[most[-1]]
    mine = sorted([*held, *consensus.beside(own, held, covered)], key=lambda row: (row.onset, row.type, row.id))
    return most[-1], mine, spans.tidy([*covered, *footage[by]])


def _labelled(
    video: Video, by: int, rows: Sequence[Annotation], reviewed: Sequence[Span], versions: Mapping[int, int]
) -> LabelledVideo:
    intervals = tuple(mapping.labelled_interval(row, versions.get(row.proposal_id)) for row in rows)
    return LabelledVideo(
        video_id=video.id,
        title=video.title,
        sha256=video.sha256,
        subject=video.subject.code if video.subject else "",
        role="",
        annotator_id=by,
        frame_count=video.frame_count,
        fps=video.fps,
        reviewed=spans.tidy([*reviewed, *((i.onset, i.offset) for i in intervals)]),
        intervals=intervals,
    )


def _proposals(session: Session, ids: Sequence[int]) -> dict[int, dict]:
    runs = spotting.newest_run_ids(session, ids, "done")
    sets = spotting.newest_set_ids(session, runs.values())
    found: dict[int, dict] = defaultdict(dict)
    for video_id, proposal_id, *interval in spotting.intervals_in(session, list(sets.values())):
        found[video_id][proposal_id] = Interval(*interval)
    return found


def _undecided(proposals: Mapping, rows: Sequence[Annotation], reviewed: Sequence[Span]) -> int:
    decided = [Decided(row.id, row.proposal_id, row.verdict, mapping.proposal_interval(row)) for row in rows]
    done = decisions(proposals, decided)
    return sum(spans.covers(reviewed, (p.onset, p.offset)) for key, p in proposals.items() if key not in done)


def _unseen(video: Video, rows: Sequence[Annotation]) -> list[Finding]:
    if not rows:
        return []
    message = f"“{video.title}” has {len(rows)} decisions but no reviewed footage: mark it as reviewed to include it."
    return [Finding("warning", message, video.id)]


def _adjudicated(video: Video) -> list[Finding]:
    message = f"“{video.title}”: where two people were adjudicated, their consensus is taken."
    return [Finding("warning", message, video.id)]


def _several(video: Video, footage: Mapping[int, Sequence[Span]], names: Mapping[int, str], by: int) -> list[Finding]:
    if len(footage) == 1:
        return []
    message = f"“{video.title}” was reviewed by {len(footage)} people; the decisions of {names[by]} are taken."
    return [Finding("warning", message, video.id)]
