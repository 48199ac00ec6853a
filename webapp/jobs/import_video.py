"""Import: read a registered video once, check its frames, keep its frame table, sound and thumbnail, then spot it.

Steps: read -> accompany (thumbnail, sound) -> finish -> spot. Every step writes files atomically under
media/<video id>/, so that a repetition overwrites itself.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dbos import DBOS

from spotcore.audio import extract_audio
from spotcore.decoding import REVIEW_FALSE_ALARMS
from spotcore.errors import UnreadableVideo
from spotcore.frame_table import FrameTable
from spotcore.thumbnails import thumbnail
from spotcore.video import open_video, probe
from webapp import queueing
from webapp.jobs.context import MOST_RECOVERIES, Progress, current, outcome, step
from webapp.services import blindness, library, registry, spotting
from webapp.services.errors import NotFound
from webapp.values.library import ImportedVideo, VideoDetails

log = logging.getLogger(__name__)

TAKEN_BACK = "The import was taken back."


@DBOS.workflow(name="import_video", max_recovery_attempts=MOST_RECOVERIES)
def import_video(video_id: int) -> None:
    """Take a video from registered to ready, and have the champion look at it, unless it is to be coded blind."""
    with outcome(
        f"import of video {video_id}", lambda message: fail(video_id, message), lambda: taken_back(video_id)
    ):
        facts = read(video_id)
        facts = accompany(video_id, facts)
        finish(video_id, facts)
        if not is_coded_blind(video_id):
            spot_with_champion(video_id)


@step(name="import_video.read")
def read(video_id: int) -> dict[str, Any]:
    """Decode everything once; returns what the row will hold."""
    context = current()
    video = library.get_video(context.database, video_id)
    progress = Progress(lambda share: library.set_import_progress(context.database, video_id, share), 0.0, 0.95)
    info = probe(context.settings.located(video.path), video.rate, verify=True, progress=progress)
    table = _folder(video_id) / "frames.npz"
    info.table.save(table)
    return asdict(
        ImportedVideo(
            sha256=info.sha256,
            size_bytes=info.size_bytes,
            frame_count=info.table.frame_count,
            fps=info.table.fps,
            duration=info.table.duration,
            variable_rate=info.table.variable_rate,
            width=info.width,
            height=info.height,
            frames_path=context.settings.stored(table),
            rotation=info.rotation,
            pixel_aspect=info.pixel_aspect,
            codec=info.codec,
            bit_depth=info.bit_depth,
            has_audio=info.has_audio,
            missing_frames=int((~info.table.present).sum()),
            message="; ".join(info.notes),
        )
    )


@step(name="import_video.accompany")
def accompany(video_id: int, facts: dict[str, Any]) -> dict[str, Any]:
    """Write thumbnail and sound track beside the frame table; a video without them is a video nevertheless."""
    context = current()
    video = library.get_video(context.database, video_id)
    folder = _folder(video_id)
    added: dict[str, Any] = {}
    if _draw(video, folder / "thumbnail.jpg"):
        added["thumbnail_path"] = context.settings.stored(folder / "thumbnail.jpg")
    if facts["has_audio"]:
        sound = folder / "audio.m4a"
        if extract_audio(context.settings.located(video.path), sound):
            added["audio_path"] = context.settings.stored(sound)
        else:
            added["has_audio"] = False
    return facts | added


@step(name="import_video.finish")
def finish(video_id: int, facts: dict[str, Any]) -> None:
    """The video is ready."""
    library.finish_import(current().database, video_id, ImportedVideo(**facts))


@step(name="import_video.spot_with_champion")
def spot_with_champion(video_id: int) -> int:
    """Begin the first spotting run of the video; returns the run's id."""
    context = current()
    latest = spotting.latest_run(context.database, video_id, state="")
    if latest is not None and latest.state != "queued":
        return latest.id  # an import that was tried again after its video had been spotted
    version = registry.champion(context.database)
    run_id = spotting.start_run(context.database, video_id, version.id, REVIEW_FALSE_ALARMS, {})
    queueing.enqueue_spotting(run_id, context.settings)
    return run_id


@step(name="import_video.is_coded_blind")
def is_coded_blind(video_id: int) -> bool:
    """Whether it is a clip of a ladder, of which people shall see no proposal."""
    return blindness.is_blind(library.get_video(current().database, video_id).path)


@step(name="import_video.fail")
def fail(video_id: int, message: str) -> None:
    """Keep the sentence where the list of videos shows it."""
    database = current().database
    stored = Path(library.get_video(database, video_id).path).name  # "source.mp4" of an upload: the row has its title
    library.fail_import(database, video_id, message.removeprefix(f"{stored}: "))


def taken_back(video_id: int) -> None:
    """Say that nothing is being read any more; mostly the video itself was deleted, and nobody is left to tell."""
    with suppress(NotFound):
        library.fail_import(current().database, video_id, TAKEN_BACK)


def _draw(video: VideoDetails, out: Path) -> bool:
    """A small picture for the lists; False where no frame could be drawn."""
    settings = current().settings
    table = FrameTable.load(settings.located(f"media/{video.id}/frames.npz"))
    try:
        with open_video(settings.located(video.path), video.rate, table=table) as opened:
            jpeg = thumbnail(opened)
    except UnreadableVideo as error:
        log.warning("video %d has no thumbnail: %s", video.id, error)
        return False
    part = out.with_suffix(".part")
    part.write_bytes(jpeg)
    part.replace(out)
    return True


def _folder(video_id: int) -> Path:
    folder = current().settings.data_dir / "media" / str(video_id)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
