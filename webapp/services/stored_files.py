"""Where the files of a video lie: everything that goes when the video goes."""

from __future__ import annotations

from pathlib import PurePosixPath

from sqlalchemy.orm import Session

from db.models import Video
from db.queries import jobs, library, spotting


def of_video(session: Session, video: Video) -> list[str]:
    """Stored paths (files or folders, relative to the data folder) of what belongs to a video.

    A source that was registered from outside of the data folder is not among them: it was never ours. Pictures and
    traces are kept by content: those of footage that another study holds too stay with it.
    """
    runs = spotting.runs_of(session, [video.id])
    paths: list[str | None] = [_source(video.path), video.frames_path, video.audio_path, video.thumbnail_path]
    paths += [run.curves_path for run in runs]
    measured = {run.features_path for run in runs if run.features_path}
    paths += sorted(measured - spotting.features_of_others(session, measured, video.id))
    paths += [f"runs/{run.id}" for run in runs] + [f"media/{video.id}", f"signals/{video.id}"]
    if video.sha256 and library.studies_with(session, video.sha256, ()) == {video.study_id}:
        paths.append(f"packs/{video.sha256[:2]}/{video.sha256[:32]}")  # its pictures in webapp.frame_store
    # Reports, logs and working files of jobs that looked at it, and a ladder that such a job made of it.
    about = jobs.jobs_about(session, video.id)
    paths += [f"{part}/job-{job_id}" for job_id in about for part in ("jobs", "ladders")]
    return list(dict.fromkeys(path for path in paths if path and not PurePosixPath(path).is_absolute()))


def _source(path: str) -> str:
    """An upload's folder, because beside the footage lies a file with its name and its subject; else the path."""
    parts = PurePosixPath(path).parts
    return "/".join(parts[:2]) if len(parts) == 3 and parts[0] == "uploads" else path
