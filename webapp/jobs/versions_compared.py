"""Two model versions on the same labelled footage: the paired gain with its interval, and the intervals that flipped.

Both are asked for proposals anew from the same traces, so neither needs a spotting run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spotcore.decoding import REVIEW_FALSE_ALARMS
from spotcore.errors import NothingToTrain
from spotcore.intervals import Interval
from spotcore.manifest import ManifestVideo
from spotcore.paired import Flip, flips, paired_difference
from spotcore.pipeline import SpottingModel
from webapp.jobs.context import Progress, current, step
from webapp.jobs.job_folder import keep, take
from webapp.jobs.job_steps import Stopwatch, job_of, note, progress_of
from webapp.jobs.label_set_files import MANIFEST, read_manifest, write_manifest
from webapp.jobs.scoring import held_out, proposals_of
from webapp.jobs.spot_video import model_of
from webapp.services import jobs, label_sets, registry


def compare(job_id: int) -> None:
    """The work of a job "compare"."""
    params = wish(job_id)
    gather(job_id, params["label_set_id"], 0.0, 0.5)
    finish(job_id, measure(job_id, params["first_id"], params["second_id"], params["videos"], 0.5, 1.0))


@step(name="compare.wish")
def wish(job_id: int) -> dict[str, Any]:
    """What the job asks for."""
    params = job_of(job_id).params
    wanted = {name: params[name] for name in ("first_id", "second_id", "label_set_id")}
    return wanted | {"videos": params.get("videos")}


@step(name="compare.gather")
def gather(job_id: int, label_set_id: int, first: float, last: float) -> None:
    """The manifest of the label set with all traces."""
    database = current().database
    details = label_sets.get_label_set(database, label_set_id)
    jobs.look_at(database, job_id, [video.video_id for video in details.videos])
    folder = take(jobs.folder(current().settings.data_dir, job_id))
    write_manifest(label_set_id, folder / MANIFEST, progress_of(job_id, first, last, "collecting measurements"))
    keep(folder)


@step(name="compare.measure")
def measure(
    job_id: int, first_id: int, second_id: int, chosen: Sequence[int] | None, first: float, last: float
) -> dict[str, Any]:
    """Compare on the test subjects (validation subjects where nobody tests), or on the chosen videos of the set.

    Raises:
        NothingToTrain: no video is left to compare on.
    """
    context = current()
    versions = [registry.get_version(context.database, number) for number in (first_id, second_id)]
    watch = Stopwatch(job_id, "compare")
    manifest = read_manifest(f"{jobs.folder_name(job_id)}/{MANIFEST}")
    role, videos = held_out(manifest)
    if chosen is not None:
        role, videos = "chosen", tuple(video for video in manifest.videos if int(video.id) in set(chosen))
    if not videos:
        raise NothingToTrain("There is no footage to compare on: nobody in the label set tests or validates.")
    note(job_id, f"comparing {versions[0].name} with {versions[1].name} on {len(videos)} videos ({role})")
    progress = progress_of(job_id, first, last, "comparing")
    sides = [
        _proposals(model_of(version), videos, progress, side * len(videos), 2 * len(videos))
        for side, version in enumerate(versions)
    ]
    truth = {video.id: list(video.intervals) for video in videos}
    paired = paired_difference(truth, *sides, {video.id: video.subject for video in videos})
    found = {
        "first_id": first_id, "second_id": second_id, "first": versions[0].name, "second": versions[1].name,
        "role": role, "false_alarms": REVIEW_FALSE_ALARMS, "videos": [int(video.id) for video in videos],
        "paired": paired.as_dict(), "flips": [_flip(flip) for flip in flips(truth, *sides)],
    }  # fmt: skip
    gain = paired.overall.gain
    note(job_id, f"F1 {paired.overall.a.f1:.3f} and {paired.overall.b.f1:.3f}: {gain.verdict}")
    watch.stop(**found)
    return found


@step(name="compare.finish")
def finish(job_id: int, found: dict[str, Any]) -> None:
    """The job is done; its result is the part "compare"."""
    jobs.finish(current().database, job_id, {"verdict": found["paired"]["overall"]["gain"]["verdict"]})
    note(job_id, "done")
    keep(jobs.folder(current().settings.data_dir, job_id))


def _proposals(
    model: SpottingModel, videos: Sequence[ManifestVideo], progress: Progress, before: int, total: int
) -> dict[str, list[Interval]]:
    """Video -> proposals that count, at the rate of reviewing."""
    found: dict[str, list[Interval]] = {}
    for number, video in enumerate(videos):
        progress(before + number, total)
        found |= proposals_of(model, [video], REVIEW_FALSE_ALARMS)
    return found


def _flip(flip: Flip) -> dict[str, Any]:
    at = flip.interval
    return {
        "video_id": int(flip.video), "kind": flip.kind, "type": at.type, "onset": int(at.onset),
        "apex": None if at.apex is None else int(at.apex), "offset": int(at.offset),
    }  # fmt: skip
