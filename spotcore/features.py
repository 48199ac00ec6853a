"""Extraction: one video in, its traces out, by the fast anchor scheme of METHODS section 2.

Decoding and mesh work next to the flow, which keeps two cores busy. What is measured in a frame stands in `anchors`,
which frames are measured in `sampling`, how they are read in `readings`.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d, percentile_filter, uniform_filter1d

from spotcore.anchors import AnchorMeasurer, Stitched, stitch
from spotcore.errors import InvalidSettings, UnreadableVideo
from spotcore.feature_files import Traces
from spotcore.flow import FlowSettings, RegionFlow
from spotcore.measuring_blocks import Blocks, Measured
from spotcore.person import PersonChoice
from spotcore.reading_process import AVAILABLE, in_process, portable
from spotcore.readings import Order, Reading, in_threads
from spotcore.regions import FEATURE_KIND, PICTURE_POINTS, REGIONS, WATCHED
from spotcore.sampling import ANALYSIS_RATE, Sampling, interpolate, nearest, resample_times, sampling_of

if TYPE_CHECKING:
    from spotcore.batched_flow import BatchedRegionFlow
    from spotcore.video import Video

Progress = Callable[[int, int], None]
PROGRESS_EVERY = 16
# Measured frames from which on a process for decoding and mesh pays its start, about a second.
PROCESS_FROM = 1500
# Of footage that are kept together. Measuring them takes one to three minutes, beginning anew after them half a second.
BLOCK_SECONDS = 300.0
# Samples that interpolation may put between two frames on average; damaged clocks spread a clip over years.
MOST_FILLED = 60


@dataclass(frozen=True)
class ExtractorSettings:
    """Settings of the anchor scheme; part of the key of a trace file.

    Attributes:
        anchor_seconds: time between anchors.
        mesh_seconds: time between meshes; between them flow shapes the mesh's own measurements.
        finest_scale, refinements: of the DIS flow.
        yaw_limit: degrees beyond which a frame is not analysable.
        residual_limit: per cent of the eye distance that flow there and back may leave.
    """

    anchor_seconds: float = 0.5
    mesh_seconds: float = 1 / 6
    finest_scale: int = 1
    refinements: int = 1
    yaw_limit: float = 35.0
    residual_limit: float = 3.0

    def __post_init__(self) -> None:
        wrong = [
            f"{f.name} {getattr(self, f.name)}"
            for f in dataclasses.fields(self)
            if f.name not in ("finest_scale", "refinements") and not getattr(self, f.name) > 0
        ]
        if self.finest_scale not in (0, 1, 2) or self.refinements < 0:
            wrong.append(f"finest_scale {self.finest_scale}, refinements {self.refinements}")
        if wrong:
            raise InvalidSettings("extractor settings out of range: " + ", ".join(wrong))

    def to_json(self) -> dict[str, float | int]:
        return dataclasses.asdict(self)


DEFAULT_SETTINGS = ExtractorSettings()


@dataclass
class StageTimes:
    """Seconds spent per stage of one extraction; filled while it runs."""

    decode: float = 0.0
    landmarks: float = 0.0
    flow: float = 0.0
    assemble: float = 0.0
    start: float = 0.0
    frames: int = 0


def available_cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def decoder_threads() -> int:
    """Threads that FFmpeg should use in an extraction: the cores that mesh and flow leave over, at least one."""
    return max(1, available_cores() - 2)


def _readings(video: Video, order: Order, frames: int) -> AbstractContextManager[Iterator[Reading]]:
    """Readings made next to this thread: in a process where that pays, in threads otherwise."""
    if frames == order.first:
        return nullcontext(iter(()))
    pays = frames - order.first >= PROCESS_FROM and available_cores() > 1
    elsewhere = portable(video) if AVAILABLE and pays else None
    if elsewhere is None:
        return in_threads(video, order)
    info = video.info
    return in_process(elsewhere, (info.height, info.width), info.path.name, order)


def flow_on(device: str, settings: FlowSettings) -> RegionFlow | BatchedRegionFlow:
    """OpenCV's flow, frame by frame, on the CPU; the same for hundreds of frames at once on CUDA.

    Raises:
        InvalidSettings: an unknown device, or CUDA where there is none.
    """
    if device == "cpu":  # torch takes a second to load
        return RegionFlow(settings)
    from spotcore.batched_flow import BatchedRegionFlow
    from spotcore.device import choose_device

    chosen = choose_device(device)
    return RegionFlow(settings) if chosen.type == "cpu" else BatchedRegionFlow(settings, chosen)


def extract(
    video: Video,
    settings: ExtractorSettings = DEFAULT_SETTINGS,
    person: PersonChoice | None = None,
    progress: Progress | None = None,
    times: StageTimes | None = None,
    device: str = "cpu",
    blocks: Path | None = None,
) -> Traces:
    """Measure the traces of one video.

    Args:
        video: an opened video or image folder.
        person: whom to follow when several are seen; the largest face otherwise.
        progress: called with (frames done, frames in all); may raise Cancelled.
        times: filled with the seconds spent per stage.
        device: where flow is computed, "cpu", "cuda" or "auto"; the traces are the same within 0.01 %.
        blocks: folder, named after the traces, that keeps finished blocks of a long video until the end: measuring
            that broke off goes on there, and gives the same traces.

    Returns:
        Traces at the analysis rate. A video without a face gives traces whose `found` is False throughout.

    Raises:
        UnreadableVideo: a frame cannot be decoded, or the timestamps leave holes that nothing can fill.
    """
    times = StageTimes() if times is None else times
    table = video.info.table
    sampling = sampling_of(table.fps, table.variable_rate)
    if sampling.resampled and table.timestamps[-1] * ANALYSIS_RATE > MOST_FILLED * table.frame_count + 10_000:
        raise UnreadableVideo(
            f"{video.info.path.name}: its timestamps spread {table.frame_count} frames over "
            f"{table.timestamps[-1]:.0f} s; between so few frames no movement can be measured"
        )
    numbers = np.arange(0, table.frame_count, sampling.step)
    mesh_every = max(1, round(settings.mesh_seconds * sampling.rate))
    measurer = AnchorMeasurer(
        anchor_samples=max(1, round(settings.anchor_seconds * sampling.rate)),
        flow=flow_on(device, FlowSettings(settings.finest_scale, settings.refinements)),
    )
    length = mesh_every * max(1, round(BLOCK_SECONDS * sampling.rate / mesh_every))
    kept = None if blocks is None else Blocks(blocks, length)
    tried: list[int] = []
    order, several = Order(sampling.step, mesh_every, person, length), False
    if kept is not None and (known := kept.load()) is not None:
        measurer.go_on(known.pause, known.segments, known.meshes)
        tried, several = known.tried, known.followed.several
        order = dataclasses.replace(order, first=known.end, known=known.followed)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # a 128-pixel flow is too small to share between threads
    try:
        began = time.perf_counter()
        with _readings(video, order, len(numbers)) as readings:
            times.start += time.perf_counter() - began
            for reading in readings:
                began = time.perf_counter()
                if reading.tried:
                    tried.append(reading.sample)
                measurer.add(reading.sample, reading.luma, reading.points, reading.tried)
                several = reading.several
                times.flow += time.perf_counter() - began
                times.decode += reading.decode_seconds
                times.landmarks += reading.mesh_seconds
                times.frames += 1
                if reading.known is not None:
                    pause = measurer.pause()
                    if kept is not None:
                        end = reading.sample + 1
                        kept.save(Measured(end, measurer.segments, measurer.meshes, tried, pause, reading.known))
                if progress is not None and reading.sample % PROGRESS_EVERY == 0:
                    progress(reading.sample * sampling.step, table.frame_count)
    finally:
        cv2.setNumThreads(threads)
    measurer.finish()
    began = time.perf_counter()
    stitched = stitch(len(numbers), measurer.segments, measurer.meshes, np.array(tried, int))
    source = {
        "sha256": video.info.sha256,
        "settings": settings.to_json(),
        "person": None if person is None else person.to_json(),
        "opencv": cv2.__version__,
        "step": sampling.step,
        "resampled": sampling.resampled,
        "several_faces": several,
    }
    traces = assemble(stitched, numbers, table.timestamps[numbers], sampling, settings, source)
    times.assemble += time.perf_counter() - began
    if progress is not None:
        progress(table.frame_count, table.frame_count)
    return traces


def assemble(
    measured: Stitched,
    numbers: np.ndarray,
    timestamps: np.ndarray,
    sampling: Sampling,
    settings: ExtractorSettings,
    source: dict[str, object],
) -> Traces:
    """Traces at the analysis rate from what was measured in the frames `numbers` (T,), shown at `timestamps` (T,)."""
    yaw = measured.head_motion[:, 4]
    analysable = measured.found & (np.abs(yaw) <= settings.yaw_limit) & (measured.residual <= settings.residual_limit)
    values = {
        "displacement": measured.displacement,
        "head_motion": measured.head_motion,
        "eye_openness": measured.eye_openness,
        "fit_residual": measured.fit_residual,
        "residual": measured.residual,
        "mesh": measured.mesh,
        "places": measured.places,
        "watched": measured.watched,
    }
    flags = {"found": measured.found, "analysable": analysable, "anchor": measured.anchor}
    if sampling.resampled and len(timestamps) > 1:
        times = resample_times(timestamps)
        rows = nearest(timestamps, times)
        values = {name: interpolate(timestamps, v, times) for name, v in values.items()}
        flags = {name: v[rows] for name, v in flags.items()}
        numbers, timestamps = numbers[rows], times
        rate = 30.0
    else:
        rate = sampling.rate
    displacement = values["displacement"].astype(np.float32)
    signals = {
        f"mesh/{region}/{axis}": values["mesh"][:, index, column].astype(np.float32)
        for index, region in enumerate(REGIONS)
        for column, axis in enumerate("xy")
    }
    signals |= {name: values[name].astype(np.float32) for name in ("fit_residual", "residual")}
    signals |= {
        f"picture/{name}/{axis}": values["places"][:, index, column].astype(np.float32)
        for index, name in enumerate(PICTURE_POINTS)
        for column, axis in enumerate("xy")
    }
    signals |= {
        f"motion/{name}/{axis}": values["watched"][:, index, column].astype(np.float32)
        for index, name in enumerate(WATCHED)
        for column, axis in enumerate("xy")
    }
    return Traces(
        frames=numbers.astype(np.int64),
        timestamps=np.asarray(timestamps, np.float64),
        displacement=displacement,
        head_motion=values["head_motion"].astype(np.float32),
        eye_openness=values["eye_openness"].astype(np.float32),
        mouth_activity=mouth_activity(displacement, rate),
        noise_floor=noise_floor(displacement, values["residual"], rate),
        kind=FEATURE_KIND,
        source=source,
        signals=signals,
        **flags,
    )


def mouth_activity(displacement: np.ndarray, rate: float) -> np.ndarray:
    """Smoothed speed of lips and mouth corners, (T,) float32 per cent per frame at 30 frames a second."""
    speed = np.linalg.norm(np.diff(displacement[:, 6:], axis=0, prepend=displacement[:1, 6:]), axis=2).mean(axis=1)
    return gaussian_filter1d(speed * (rate / 30.0), 0.15 * rate, mode="nearest").astype(np.float32)


def noise_floor(displacement: np.ndarray, residual: np.ndarray, rate: float) -> np.ndarray:
    """Local repeatability of a displacement, (T,) float32 per cent.

    The quiet part (lower quartile in one second) of the second differences, which movement hardly touches, plus what
    flow there and back leaves. Never below 0.1 %: re-encoding alone moves that much.
    """
    if len(displacement) < 3:
        return np.full(len(displacement), 0.3, np.float32)
    second = np.diff(displacement, n=2, axis=0)  # (T - 2, R, 2)
    jitter = np.median(np.abs(second).reshape(len(second), -1), axis=1) * 1.4826 / np.sqrt(6)
    jitter = np.concatenate([jitter[:1], jitter, jitter[-1:]])
    quiet = percentile_filter(jitter, 25, size=max(3, round(rate)), mode="nearest")
    smooth = uniform_filter1d(np.hypot(quiet, 0.3 * residual), max(1, round(rate / 2)), mode="nearest")
    return np.maximum(smooth, 0.1).astype(np.float32)
