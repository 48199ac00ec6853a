"""Spotting: one model version on one video. Steps: measure traces -> curves -> proposals -> cut packs for the viewer.

Traces are kept by content and settings, so another model on the same video starts at the curves.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from dbos import DBOS

from spotcore.decoding import propose
from spotcore.errors import InvalidFile
from spotcore.feature_files import load_traces
from spotcore.features import ExtractorSettings, decoder_threads
from spotcore.frame_table import FrameTable
from spotcore.intervals import Interval
from spotcore.packs import packs_around
from spotcore.person import PersonChoice
from spotcore.pipeline import SpottingModel, blocks_folder, features_for, load_model, notes, trace_path
from spotcore.probabilities import load_curves, save_curves
from spotcore.refinement import refine
from spotcore.shipped_model import shipped_model
from spotcore.video import Video, open_video
from webapp.jobs.context import MOST_RECOVERIES, Progress, current, outcome, step
from webapp.jobs.job_folder import Keeping, take
from webapp.services import library, registry, spotting
from webapp.values.library import VideoDetails
from webapp.values.registry import SHIPPED_PATH, ModelVersion

log = logging.getLogger(__name__)


@DBOS.workflow(name="spot_video", max_recovery_attempts=MOST_RECOVERIES)
def spot_video(run_id: int) -> None:
    """Carry out a spotting run."""
    with outcome(
        f"spotting run {run_id}",
        lambda message: fail(run_id, message),
        lambda: spotting.cancel_run(current().database, run_id),
    ):
        traces = measure(run_id)
        curves = compute_curves(run_id, traces)
        decode(run_id, traces, curves)
        cut_packs(run_id)


@step(name="spot_video.measure")
def measure(run_id: int) -> str:
    """Traces of the run's video, measured unless they are known; returns their stored path."""
    context = current()
    run = spotting.get_run(context.database, run_id)
    video = library.get_video(context.database, run.video_id)
    progress = Progress(lambda share: spotting.set_run_progress(context.database, run_id, share), 0.0, 0.9)
    progress(0, 1)
    return context.settings.stored(traces_of(video, progress, watched=True))


@step(name="spot_video.compute_curves")
def compute_curves(run_id: int, traces_path: str) -> str:
    """The model's curves over those traces; returns their stored path."""
    context = current()
    run = spotting.get_run(context.database, run_id)
    version = registry.get_version(context.database, run.model_version_id)
    video = library.get_video(context.database, run.video_id)
    traces = load_traces(context.settings.located(traces_path))
    progress = Progress(lambda share: spotting.set_run_progress(context.database, run_id, share), 0.9, 0.98)
    with opened(video) as decoder:
        curves = model_of(version).curves_for(
            decoder, traces, context.settings.data_dir / "features", person_of(video), progress
        )
    path = context.settings.data_dir / "runs" / str(run_id) / "curves.npz"
    context.confirm()
    save_curves(curves, path)
    return context.settings.stored(path)


@step(name="spot_video.decode")
def decode(run_id: int, traces_path: str, curves_path: str) -> None:
    """Store the proposals of those curves at the rate the run asks for."""
    context = current()
    run = spotting.get_run(context.database, run_id)
    if run.state == "done":
        return  # interrupted after the proposals were stored: they are immutable
    video = library.get_video(context.database, run.video_id)
    traces = load_traces(context.settings.located(traces_path))
    proposals = propose(load_curves(context.settings.located(curves_path)), run.false_alarms)
    if proposals:
        with opened(video) as decoder:
            proposals = refine(decoder, traces, proposals, person_of(video))
    spotting.finish_run(
        context.database, run_id, curves_path, traces_path, proposals, message="; ".join(notes(traces))
    )


@step(name="spot_video.cut_packs")
def cut_packs(run_id: int) -> int:
    """Cut the frames around every proposal for the viewer, so that reviewing never waits; returns how many packs."""
    from webapp.frame_store import FrameStore

    context = current()
    run = spotting.get_run(context.database, run_id)
    video = library.get_video(context.database, run.video_id)
    table = FrameTable.load(context.settings.located(video.frames_path))
    sets = spotting.list_sets(context.database, run_id)
    wanted = pack_numbers(spotting.proposals_of_set(context.database, sets[-1].id), table)
    store = FrameStore(context.settings)
    heard = Progress(lambda share: None)
    with opened(video) as decoder:
        for done, number in enumerate(wanted):
            heard(done, len(wanted))
            store.cut(video, decoder, number)
    return len(wanted)


@step(name="spot_video.fail")
def fail(run_id: int, message: str) -> None:
    """Keep the sentence where the list of videos shows it."""
    database = current().database
    stored = Path(library.get_video(database, spotting.get_run(database, run_id).video_id).path).name
    spotting.fail_run(database, run_id, message.removeprefix(f"{stored}: "))


def traces_of(video: VideoDetails, progress: Progress | None = None, watched: bool = False) -> Path:
    """Trace file of a video, measured where it is not there yet; `watched` as in `features_for`.

    A measurement that broke off goes on at its last whole block, wherever that was: blocks lie with what belongs to
    the video, so that they go when it goes.
    """
    chosen, person, here = ExtractorSettings(), person_of(video), current().settings
    folder, own = here.data_dir / "features", here.data_dir / "media" / str(video.id)
    with opened(video) as decoder:
        trace = trace_path(decoder.info, folder, chosen, person)
        here.located(str(trace.relative_to(here.data_dir)))  # another worker's, if any
        blocks = blocks_folder(trace, own)
        keep_now_and_then = Keeping(take(blocks))

        def heard(done: int, total: int) -> None:
            if progress is not None:
                progress(done, total)
            keep_now_and_then()

        features_for(decoder, folder, chosen, person, heard, here.device, watched, own)
        here.stored(trace)  # for everybody who needs it
        if here.store is not None:
            here.store.remove(str(blocks.relative_to(here.data_dir)))
        return trace


def person_of(video: VideoDetails) -> PersonChoice | None:
    """Whom to follow where several are seen; None for the largest face."""
    return PersonChoice.from_json(video.person) if video.person else None


def opened(video: VideoDetails) -> Video:
    """The video with the frame table of its import, which spares reading the whole file."""
    settings = current().settings
    table = FrameTable.load(settings.located(video.frames_path)) if video.frames_path else None
    return open_video(settings.located(video.path), video.rate, table=table, threads=decoder_threads())


def model_of(version: ModelVersion) -> SpottingModel:
    """The model of a registered version, on the device that the installation names."""
    settings = current().settings
    if version.checkpoint_path is None:
        if version.architecture != "baseline":
            raise InvalidFile(f"{version.name} came with the archive of a study; its checkpoint is not here")
        return load_model("baseline", settings.device)
    if version.checkpoint_path == SHIPPED_PATH:
        require_shipped(version)
        return load_model("default", settings.device)
    return load_model(settings.located(version.checkpoint_path), settings.device)


def require_shipped(version: ModelVersion) -> None:
    """InvalidFile where a version that came with Glint is not the one that this Glint has."""
    shipped = shipped_model()
    if shipped is None or shipped.sha256 != version.checkpoint_sha256:
        raise InvalidFile(f"{version.name} came with another Glint: promote a version that this one has")


def pack_numbers(proposals: Sequence[Interval], table: FrameTable) -> list[int]:
    """Numbers of the packs that hold the proposals with half a second around them, best proposals first."""
    ordered = sorted(proposals, key=lambda interval: -(interval.score or 0.0))
    return list(dict.fromkeys(number for one in ordered for number in packs_around(one.onset, one.offset, table)))
