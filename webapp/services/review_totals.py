"""What is reviewed of each video, counted when something changed there and kept; the page of label sets adds it up.

A kept total is true as long as the video's `revision` is the one it was counted at. Revision and decisions are read in
one snapshot, and triggers of the database count revisions up, so a total can be old but is never believed wrongly.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.models import Video
from db.queries import library
from db.queries import totals as queries
from db.session import Database
from webapp.services import label_content, label_findings, reviewed_footage
from webapp.values.label_sets import Finding, LabelledVideo

log = logging.getLogger(__name__)

_NOTHING = dict.fromkeys(("reviewed_seconds", "empty_seconds", "macro", "micro", "rejected", "unsure"), 0)
AT_ONCE = 200  # videos between two commits: a writer never waits for a whole library


def refresh(database: Database, study_id: int) -> int:
    """Count anew what is out of date; returns how many videos were.

    Takes as long as what changed since the last time: nothing mostly, seconds after a library was brought in.
    """
    with database.read() as session:
        waiting = [video_id for video_id, _ in queries.outdated(session, study_id)]
    for begin in range(0, len(waiting), AT_ONCE):
        with database.read() as session:
            rows = _count(session, library.videos_with(session, waiting[begin : begin + AT_ONCE]))
        try:
            with database.begin() as session:
                queries.keep(session, rows)
        except IntegrityError:
            log.info("somebody else counted the same videos, or one was deleted: the next one to ask looks again")
    return len(waiting)


def _count(session: Session, videos: Sequence[Video]) -> list[dict[str, Any]]:
    collected, findings = reviewed_footage.collect_from(session, videos)
    labelled = {video.video_id: video for video in collected}
    said: dict[int, list[Finding]] = {video.id: [] for video in videos}
    for finding in findings:
        said[finding.video_id].append(finding)
    return [_row(video, labelled.get(video.id), said[video.id]) for video in videos]


def _row(video: Video, labelled: LabelledVideo | None, findings: Sequence[Finding]) -> dict[str, Any]:
    row: dict[str, Any] = {"video_id": video.id, "revision": video.revision, "annotator_id": None}
    if labelled is not None:
        row |= {"annotator_id": labelled.annotator_id, **label_content.totals(labelled)}
        findings = [*findings, *label_findings.overlaps(labelled), *label_findings.long_micros(labelled),
                    *label_findings.too_short(labelled)]  # fmt: skip
    warnings = [finding.message for finding in findings]
    return {**_NOTHING, **row, "warnings": warnings, "warning_count": len(warnings)}
