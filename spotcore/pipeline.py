"""From a video to proposals: traces (kept in files), curves of a model, decoding, boundaries at the full rate.

The one entry for the command line and the worker. Knows models by name or folder; networks are imported only when a
checkpoint is asked for, so the training-free baseline runs without torch.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spotcore.decoding import REVIEW_FALSE_ALARMS, propose
from spotcore.errors import InvalidFile, InvalidSettings
from spotcore.feature_files import Traces, load_traces, save_traces
from spotcore.features import DEFAULT_SETTINGS, ExtractorSettings, Progress, decoder_threads, extract
from spotcore.intervals import Interval
from spotcore.person import PersonChoice
from spotcore.probabilities import Curves
from spotcore.refinement import refine
from spotcore.regions import FEATURE_KIND, WATCHED_SIGNALS
from spotcore.shipped_model import SHIPPED_FOLDER, STATEMENT
from spotcore.video import Video, VideoInfo, open_video

logger = logging.getLogger(__name__)

BASELINE_VERSION = "1"


@dataclass(frozen=True)
class SpottingModel:
    """A model ready to spot.

    Attributes:
        name: as asked for.
        version: what it is, for people and for the record.
        curves: traces of one video -> curves; raises IncompatibleFeatures for a model over pictures.
        video_curves: for a model over pictures: (video, folder of clip files or None, person, progress) -> curves.
    """

    name: str
    version: str
    curves: Callable[[Traces], Curves]
    video_curves: Callable[[Video, Path | None, PersonChoice | None, Progress | None], Curves] | None = None

    def curves_for(
        self,
        video: Video,
        traces: Traces,
        cache_dir: Path | None = None,
        person: PersonChoice | None = None,
        progress: Progress | None = None,
    ) -> Curves:
        """Curves of a video from whatever this model looks at, its traces or its pictures."""
        if self.video_curves is None:
            return self.curves(traces)
        return self.video_curves(video, cache_dir, person, progress)


@dataclass(frozen=True)
class SpotResult:
    """What spotting one video gave.

    Attributes:
        info, traces, curves: of the video.
        proposals: in original frame numbers, by onset.
        notes: sentences a person should read, such as "no face found".
    """

    info: VideoInfo
    traces: Traces
    curves: Curves
    proposals: list[Interval]
    notes: tuple[str, ...] = ()


def load_model(name_or_path: str | Path, device: str = "auto") -> SpottingModel:
    """The model of that name.

    Args:
        name_or_path: "baseline", "default" or the folder of a checkpoint.
        device: "auto", "cpu" or "cuda"; the baseline needs none.

    Raises:
        InvalidSettings: an unknown name, or a device that is not there.
        InvalidFile: a folder that holds no usable checkpoint.
    """
    name = str(name_or_path)
    if name == "baseline":
        return _baseline(name, f"training-free baseline {BASELINE_VERSION}")
    if name == "default":
        return _network(name, SHIPPED_FOLDER, device)
    folder = Path(name_or_path)
    if not folder.is_dir():
        raise InvalidSettings(f"expected the model baseline, default or the folder of a checkpoint, got {name!r}")
    return _network(name, folder, device)


def _baseline(name: str, version: str) -> SpottingModel:
    from spotcore.baseline import baseline_curves

    return SpottingModel(name, version, baseline_curves)


def _network(name: str, folder: Path, device: str) -> SpottingModel:
    from spotcore.device import choose_device
    from spotcore.inference import network_curves
    from spotcore.training import checkpoint
    from spotcore.with_baseline import DECODER as WITH_BASELINE
    from spotcore.with_baseline import add_baseline

    loaded = checkpoint.load(folder, choose_device(device))
    version = f"{loaded.info.architecture} from {folder.name}"
    if folder.resolve() == SHIPPED_FOLDER.resolve():
        version = f"default model {loaded.info.sha256[:8]} ({STATEMENT})"
    if loaded.info.decoder == WITH_BASELINE:
        return SpottingModel(
            name, f"{version}, with the training-free baseline {BASELINE_VERSION}",
            lambda traces: add_baseline(network_curves(loaded, traces, device), traces),
        )  # fmt: skip
    over_traces = partial(network_curves, loaded, device=device)
    if loaded.network.input == "face clips":
        from spotcore.clip_inference import video_curves

        return SpottingModel(name, version, over_traces, partial(video_curves, loaded))
    return SpottingModel(name, version, over_traces)


def trace_key(sha256: str, settings: ExtractorSettings, person: PersonChoice | None, rate: float | None) -> str:
    """File name stem of the traces of a content under these settings; `rate` counts for picture folders only."""
    named = {
        "video": sha256,
        "extractor": FEATURE_KIND.extractor,
        "settings": settings.to_json(),
        "person": None if person is None else person.to_json(),
        "rate": rate,
    }
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()[:32]


def features_for(
    video: Video,
    cache_dir: Path | None,
    settings: ExtractorSettings = DEFAULT_SETTINGS,
    person: PersonChoice | None = None,
    progress: Progress | None = None,
    device: str = "cpu",
    watched: bool = False,
    blocks_in: Path | None = None,
) -> Traces:
    """Traces of a video, from its file in `cache_dir` where one is there (nothing is kept where it is None).

    `device` is where flow is computed; the traces are the same. Files written before cheeks, chin and lids were
    measured serve every model as well as new ones; with `watched`, for people to look at, such a file is replaced.
    What is measured of a long video lies in `blocks_in` (by default in `cache_dir`) until all of it is.
    """
    if cache_dir is None:
        return extract(video, settings, person, progress, device=device)
    path = trace_path(video.info, Path(cache_dir), settings, person)
    if path.exists():
        try:
            known = load_traces(path)
            if not watched or all(name in known.signals for name in WATCHED_SIGNALS):
                return known
            logger.info("%s lacks cheeks, chin and lids; measuring again", path)
        except InvalidFile as error:
            logger.warning("%s; measuring again", error)
    blocks = blocks_folder(path, blocks_in)
    traces = extract(video, settings, person, progress, device=device, blocks=blocks)
    save_traces(traces, path)
    shutil.rmtree(blocks, ignore_errors=True)
    return traces


def blocks_folder(trace: Path, blocks_in: Path | None = None) -> Path:
    """Where finished blocks of a measurement lie until its trace file is whole."""
    return (trace.parent if blocks_in is None else blocks_in) / f"{trace.stem}.blocks"


def trace_path(info: VideoInfo, cache_dir: Path, settings: ExtractorSettings, person: PersonChoice | None) -> Path:
    """Where `features_for` keeps the traces of a video."""
    rate = info.table.fps if info.kind == "images" else None
    return cache_dir / f"{trace_key(info.sha256, settings, person, rate)}.npz"


def spot(
    path: Path | str,
    model: SpottingModel,
    *,
    false_alarms: float | None = REVIEW_FALSE_ALARMS,
    rate: float | None = None,
    cache_dir: Path | None = None,
    person: PersonChoice | None = None,
    settings: ExtractorSettings = DEFAULT_SETTINGS,
    progress: Progress | None = None,
    device: str = "cpu",
) -> SpotResult:
    """Find expressions in one video.

    Args:
        path: file or folder of numbered pictures.
        model: from `load_model`.
        false_alarms: expected false proposals a minute; None for everything the decoder finds.
        rate: frames per second, needed for a folder.
        cache_dir: folder of trace files.
        person: whom to follow.
        settings: of the extractor.
        progress: called with (frames done, frames in all); may raise Cancelled.
        device: where flow is computed, "cpu", "cuda" or "auto".

    Raises:
        UnreadableVideo, InvalidSettings: the video cannot be read; Cancelled: `progress` asked to stop.
    """
    with open_video(path, rate, threads=decoder_threads()) as video:
        traces = features_for(video, cache_dir, settings, person, progress, device)
        curves = model.curves_for(video, traces, cache_dir, person, progress)
        proposals = propose(curves, false_alarms)
        proposals = refine(video, traces, proposals, person)
        return SpotResult(video.info, traces, curves, proposals, (*video.notes(), *notes(traces)))


def notes(traces: Traces) -> tuple[str, ...]:
    """What a person should know about the traces of a video, as sentences without a full stop."""
    if not traces.found.any():
        return ("no face found",)
    found = []
    if traces.found.mean() < 0.95:
        found.append(f"the face is seen in {100 * traces.found.mean():.0f} % of the frames")
    if traces.source.get("several_faces"):
        largest = traces.source.get("person") is None
        followed = "largest was followed, choose a person to change that" if largest else "chosen person was followed"
        found.append(f"several faces seen; the {followed}")
    return tuple(found)
