"""What a team leaves beside its decisions: assignments, codings, chosen videos, jobs, workers, retries and the audit.

Part of the filled database of `database_fill`; these tables grow for years and are read by pages of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from db import models
from db.base import now

AUDIT_PER_VIDEO = 10
JOBS = 2000
RETRIES = 5000
WORKERS = 400
PICKS = 200
FOUND = {"type": "micro", "onset": 30, "apex": 33, "offset": 40, "verdict": "added"}
ACTIONS = ("export labels", "start job", "promote version", "assign videos", "change role", "freeze label set")

Table = tuple[type, Iterable[Mapping[str, Any]]]


def team_tables(study: int, annotators: Sequence[int], videos: Sequence[int], start: datetime) -> Iterator[Table]:
    """(table, rows), after videos, versions and sets are there.

    Args:
        videos: ids of imported videos of the study, those that were coded first.
    """
    yield models.VideoAssignment, (
        {"video_id": video, "annotator_id": coder, "created_at": start}
        for video in videos for coder in coders(annotators, video)
    )  # fmt: skip
    yield models.VideoCoding, _codings(annotators, videos[: len(videos) // 2], start)
    yield models.CodingPick, (
        {"study_id": study, "video_id": video, "batch": 1 + place // 50, "place": place % 50, "kind": "random",
         "new_subject": False, "waiting": len(videos), "seed": 1, "created_at": start}
        for place, video in enumerate(videos[-PICKS:])
    )  # fmt: skip
    yield models.Job, (
        {"study_id": study, "kind": models.jobs.JOB_KINDS[n % 5], "params": {}, "state": "done", "progress": 1.0,
         "result": {}, "created_by": annotators[0], "created_at": start + timedelta(hours=n),
         "started_at": start + timedelta(hours=n), "finished_at": start + timedelta(hours=n, minutes=9)}
        for n in range(JOBS)
    )  # fmt: skip
    yield models.Retry, (
        {"kind": ("spotting", "training", "job")[n % 3], "row_id": 1 + n % 1000, "reason": "Silent.", "at": start}
        for n in range(RETRIES)
    )  # fmt: skip
    yield models.Worker, _workers(start)
    yield models.AuditEntry, (
        {"at": start + timedelta(minutes=n), "annotator_id": annotators[n % len(annotators)], "study_id": study,
         "action": ACTIONS[n % 6], "about": {"job_id": n, "name": f"round {n % 97}"},
         "words": f"{ACTIONS[n % 6]} job_id {n} name round {n % 97}"}
        for n in range(AUDIT_PER_VIDEO * len(videos))
    )  # fmt: skip


def coders(annotators: Sequence[int], video: int) -> list[int]:
    """Whose a video is to code: every fourth is two people's."""
    first = annotators[video % len(annotators)]
    return [first] if video % 4 else [first, annotators[(video + 1) % len(annotators)]]


def _codings(annotators: Sequence[int], videos: Sequence[int], start: datetime) -> Iterator[Mapping[str, Any]]:
    for video in videos:
        for coder in coders(annotators, video):
            blind = video % 10 == 0
            yield {
                "annotator_id": coder, "video_id": video, "blind": blind, "begun_at": start,
                "ended_at": start + timedelta(days=1) if blind else None,
                "coded": [FOUND] if blind else None,
                "proposal_set_id": 3 * video if blind else None,
            }  # fmt: skip


def _workers(start: datetime) -> Iterator[Mapping[str, Any]]:
    for n in range(WORKERS):
        working = n % 100 == 0
        yield {
            "name": f"cluster-{n}", "incarnation": hashlib.sha256(str(n).encode()).hexdigest()[:32],
            "state": "working" if working else "ended", "beats": n, "host": f"node{n}", "pid": 100 + n,
            "kinds": ["import", "spotting", "training", "job"], "device": "cpu", "cores": 2, "version": "1",
            "store": "a", "started_at": start, "seen_at": now() if working else start,
        }  # fmt: skip
