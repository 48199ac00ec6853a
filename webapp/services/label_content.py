"""What a label set holds, as canonical JSON with its hash, and as a manifest for training. Pure functions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from webapp.services import spans
from webapp.values.label_sets import LabelledInterval, LabelledVideo, LabelSetSubject

CONTENT_FORMAT = "glint-label-set/1"


def content(videos: Iterable[LabelledVideo]) -> dict[str, Any]:
    """Everything that the hash covers: no ids of a database, no name, no date, so that equal content is equal."""
    listed = [
        {
            "title": video.title,
            "sha256": video.sha256,
            "subject": video.subject,
            "role": video.role,
            "frame_count": video.frame_count,
            "fps": round(video.fps, 6),
            "reviewed": [list(span) for span in video.reviewed],
            "intervals": sorted((_plain(i) for i in video.intervals), key=_order),
        }
        for video in videos
    ]
    return {"format": CONTENT_FORMAT, "videos": sorted(listed, key=lambda v: (v["sha256"], v["title"]))}


def content_hash(videos: Iterable[LabelledVideo]) -> str:
    """SHA-256 (hexadecimal) of the canonical JSON: sorted keys, no spaces, UTF-8."""
    return json_hash(content(videos))


def json_hash(plain: Any) -> str:
    """SHA-256 of plain values in canonical JSON."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(interval: LabelledInterval) -> dict[str, Any]:
    # Where a label comes from is no part of what it says: sets of before the origin was kept have the same hash.
    plain = {**asdict(interval), "action_units": list(interval.action_units)}
    del plain["origin"]
    return plain


def _order(entry: Mapping[str, Any]) -> tuple:
    return entry["onset"], entry["offset"], json.dumps(entry, sort_keys=True)


def subject_summaries(videos: Sequence[LabelledVideo], kept: Iterable[str] = ()) -> tuple[LabelSetSubject, ...]:
    """Counts per subject, by code; `kept` names the subjects whose role came from an earlier set."""
    codes = sorted({video.subject for video in videos})
    return tuple(_summary([v for v in videos if v.subject == code], code in set(kept)) for code in codes)


def _summary(videos: Sequence[LabelledVideo], kept: bool) -> LabelSetSubject:
    intervals = [i for video in videos for i in video.intervals]
    truth = [i for video in videos for i in video.truth]
    return LabelSetSubject(
        code=videos[0].subject,
        role=videos[0].role,
        role_is_kept=kept,
        videos=len(videos),
        reviewed_seconds=sum(video.reviewed_seconds for video in videos),
        macro=sum(i.type == "macro" for i in truth),
        micro=sum(i.type == "micro" for i in truth),
        rejected=sum(i.verdict == "rejected" for i in intervals),
        unsure=sum(i.verdict == "unsure" for i in intervals),
        empty_seconds=sum(video.empty_seconds for video in videos),
    )


def totals(video: LabelledVideo) -> dict[str, float]:
    """What is counted once per video, so that nothing counts its intervals again: columns of the same names."""
    kinds = [i.type for i in video.truth]
    verdicts = [i.verdict for i in video.intervals]
    return {
        "reviewed_seconds": video.reviewed_seconds, "empty_seconds": video.empty_seconds,
        "macro": kinds.count("macro"), "micro": kinds.count("micro"),
        "rejected": verdicts.count("rejected"), "unsure": verdicts.count("unsure"),
    }  # fmt: skip


def manifest_video(video: LabelledVideo, features: str) -> dict[str, Any]:
    """One entry of a "glint-manifest/1" document."""
    unsure = [i for i in video.intervals if i.verdict == "unsure"]
    rejected = [i for i in video.intervals if i.verdict == "rejected"]
    return {
        "id": str(video.video_id),
        "title": video.title,
        "subject": video.subject,
        "role": video.role,
        "features": features,
        "frame_count": video.frame_count,
        "fps": video.fps,
        "reviewed": [list(span) for span in video.reviewed],
        "unsure": [list(span) for span in spans.tidy((i.onset, i.offset) for i in unsure)],
        "intervals": [_manifest_interval(i) for i in video.truth],
        "rejected": [_manifest_interval(i) | {"reason": i.reason} for i in rejected],
    }


def _manifest_interval(interval: LabelledInterval) -> dict[str, Any]:
    return {"type": interval.type, "onset": interval.onset, "apex": interval.apex, "offset": interval.offset}
