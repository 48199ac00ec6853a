"""Clips and triptychs of chosen expressions, with a table for their captions, as one .zip to download."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spotcore.clips import write_clip, write_triptych
from spotcore.errors import SpotcoreError
from spotcore.video import Video
from webapp.exchange.csv_labels import harmless
from webapp.exchange.formats import EXPRESSIONS
from webapp.jobs.context import current, step
from webapp.jobs.job_folder import keep
from webapp.jobs.job_steps import job_of, note, progress_of
from webapp.jobs.spot_video import opened
from webapp.services import jobs, library, outside_labels
from webapp.services.errors import Refused
from webapp.services.outside_labels import OutsideLabel

ZIP = "clips.zip"
COLUMNS = (
    "name", "clip", "triptych", "video", "subject", "annotator", "type", "onset", "apex", "offset", "clip_first",
    "clip_last", "fps", "onset_seconds", "duration_ms", "action_units", "emotion", "note",
)  # fmt: skip


def clips(job_id: int) -> None:
    """The work of a job "clips"."""
    finish(job_id, cut(job_id))


@step(name="clips.cut")
def cut(job_id: int) -> dict[str, Any]:
    """Cut what is asked for; what an interrupted run has cut is kept."""
    context, job = current(), job_of(job_id)
    targets = {target.title: target for target in outside_labels.targets(context.database, job.study_id)[0]}
    chosen = [one for one in wanted(context.database, job.study_id, job.params) if one.video in targets]
    if not chosen:
        raise Refused("There is no expression of this choice.")
    jobs.look_at(context.database, job_id, {targets[one.video].id for one in chosen})
    folder = jobs.folder(context.settings.data_dir, job_id) / "clips"
    folder.mkdir(parents=True, exist_ok=True)
    heard, rows, left_out = progress_of(job_id, 0.0, 1.0, f"cutting {len(chosen)} expressions"), [], []
    for title in sorted({one.video for one in chosen}):
        own = [one for one in chosen if one.video == title]
        heard(len(rows) + len(left_out), len(chosen))
        try:
            with opened(library.get_video(context.database, targets[title].id)) as video:
                for label in own:
                    heard(len(rows) + len(left_out), len(chosen))
                    rows.append(_one(folder, video, label, targets[title].subject, len(rows) + 1, job.params))
        except (SpotcoreError, OSError) as error:
            missing = len(own) - sum(row["video"] == title for row in rows)
            left_out.append({"video_id": targets[title].id, "labels": missing, "why": str(error)[:300]})
            note(job_id, f"{title}: {missing} expressions are left out: {error}")
    if not rows:
        raise Refused(f"Not one expression could be cut. The first video said: {left_out[0]['why']}")
    _pack(folder, rows)
    return {"file": ZIP, "cut": len(rows), "left_out": left_out}


def wanted(database: Any, study_id: int, params: Mapping[str, Any]) -> list[OutsideLabel]:
    """The expressions that the job asks for: by annotator, type and subject, "" for all."""
    subjects = {target.title: target.subject for target in outside_labels.targets(database, study_id)[0]}
    return [
        label
        for label in outside_labels.all_labels(database, study_id, params.get("annotator", ""))
        if label.verdict in EXPRESSIONS
        and params.get("type", "") in ("", label.type)
        and params.get("subject", "") in ("", subjects.get(label.video))
    ]


def _one(
    folder: Path, video: Video, label: OutsideLabel, subject: str, number: int, params: Mapping[str, Any]
) -> dict[str, Any]:
    """Cut one expression; returns its line of the table."""
    table, around = video.info.table, int(params.get("context", 0))
    first, last = max(0, label.onset - around), min(table.frame_count - 1, label.offset + around)
    name = f"{number:04d} {_safe(label.video)} {label.type} {label.onset}-{label.offset}"
    clip, triptych = folder / f"{name}.mp4", folder / f"{name}.png"
    if not clip.exists():
        write_clip(video, first, last, clip)
    if not triptych.exists():
        shown = [label.onset, label.apex, label.offset]
        write_triptych(video, [frame for frame in shown if frame is not None], triptych)
    stamps = table.timestamps
    end = stamps[label.offset + 1] if label.offset + 1 < len(stamps) else stamps[label.offset] + 1 / table.fps
    return {
        "name": name, "clip": clip.name, "triptych": triptych.name, "video": label.video, "subject": subject,
        "annotator": label.annotator, "type": label.type, "onset": label.onset, "apex": label.apex,
        "offset": label.offset, "clip_first": first, "clip_last": last, "fps": round(table.fps, 6),
        "onset_seconds": round(float(stamps[label.onset]), 6),
        "duration_ms": round(float(end - stamps[label.onset]) * 1000, 3),
        "action_units": "+".join(label.action_units), "emotion": label.emotion, "note": label.note,
    }  # fmt: skip


def _pack(folder: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """The table and one archive of everything; pictures and films are not packed twice."""
    with (folder / "captions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in map(row.get, COLUMNS)])
    part = folder.parent / f"{ZIP}.part"
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for name in ("captions.csv", *(row[kind] for row in rows for kind in ("clip", "triptych"))):
            archive.write(folder / name, name)
    part.replace(folder.parent / ZIP)


def _safe(title: str) -> str:
    return re.sub(r"[^\w.-]+", "_", title)[-80:]


@step(name="clips.finish")
def finish(job_id: int, made: dict[str, Any]) -> None:
    """The archive is there."""
    jobs.finish(current().database, job_id, made)
    note(job_id, f"{made['cut']} expressions cut")
    keep(jobs.folder(current().settings.data_dir, job_id))
