"""`bench flow`: the anchor scheme against sixteen direct flows per frame, and the papers' slow recipe beside both.

All three start from the file and end with the probabilities of the same SpoT-GCN: decode, mesh, flow, head motion,
network. They share the readings (decoding and mesh next to the flow) and the network, and measure in one thread as an
extraction does; sixteen direct flows are also given every core, where only processor time tells the work apart. The
direct ways share the crops of a frame between its windows, so the ratio is no gift to ours.
"""

from __future__ import annotations

import argparse
import collections
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from spotcore.alignment import FaceCrop
from spotcore.anchors import POINTS, RIGID, R
from spotcore.commands.bench.looped_video import LoopedVideo, add_footage, footage
from spotcore.commands.bench.usage import Usage
from spotcore.errors import InvalidSettings
from spotcore.features import DEFAULT_SETTINGS, available_cores, decoder_threads, extract
from spotcore.flow import RADIUS_G, DenseFlow, FlowSettings, RegionReader
from spotcore.head_motion import fit_head_motion, head_displacement
from spotcore.readings import Order, in_threads
from spotcore.reference_flow import reference_displacement

WINDOW = 17
# (468, 3) landmarks, (n + 16) pictures -> (n, 17, R, 2): the windows that start at the first n pictures.
Measure = Callable[[np.ndarray, list[np.ndarray]], np.ndarray]
OURS_FRAMES, DIRECT_FRAMES, REFERENCE_FRAMES = 3000, 400, 60
MESH_EVERY = max(1, round(DEFAULT_SETTINGS.mesh_seconds * 30))  # frames of a 30 fps video
SHORTEST = MESH_EVERY + WINDOW - 1  # one group of windows


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = (
        "Frames a second from the file to the probabilities of one network, by three ways to measure flow: ours, one "
        "flow per frame; sixteen direct flows per frame with the same settings; the recipe of the papers."
    )
    add_footage(parser, OURS_FRAMES)
    parser.add_argument("--direct-frames", type=int, default=DIRECT_FRAMES,
                        help=f"frames for the sixteen direct flows ({DIRECT_FRAMES})")  # fmt: skip
    parser.add_argument("--reference-frames", type=int, default=REFERENCE_FRAMES,
                        help=f"frames for the recipe of the papers ({REFERENCE_FRAMES})")  # fmt: skip


def run(arguments: argparse.Namespace) -> dict[str, object]:
    """Figures of one run.

    Raises:
        InvalidSettings: no face in the clip, or fewer frames than one group of windows.
    """
    few = {arguments.frames, arguments.direct_frames, arguments.reference_frames}
    if min(few) < SHORTEST:
        raise InvalidSettings(f"expected at least {SHORTEST} frames for each way, got {min(few)}")
    with footage(arguments) as path:
        return measure(path, arguments.frames, arguments.direct_frames, arguments.reference_frames, arguments.rate)


def measure(path: Path, frames: int, direct: int, reference: int, rate: float | None) -> dict[str, object]:
    """See `run`; clocks start with the first reading, so that start-up is not counted."""
    import torch

    from spotcore.inference import run_network
    from spotcore.models import build_network

    torch.manual_seed(0)
    network = build_network("spot_gcn").eval()
    flow = FlowSettings(DEFAULT_SETTINGS.finest_scale, DEFAULT_SETTINGS.refinements)
    run_network(network, np.zeros((1, R, 2), np.float32))  # the first call pays for start-up
    ours = _ours(path, frames, rate, network)
    sixteen = _windows(path, direct, rate, network, DirectFlows(flow), 1)
    everywhere = _windows(path, direct, rate, network, DirectFlows(flow), available_cores())
    papers = _windows(path, reference, rate, network, reference_windows, 1)
    return {
        "video": str(path),
        "cores": available_cores(),
        "flow": {"finest_scale": flow.finest_scale, "refinements": flow.refinements, "pixels": 128},
        "network": "spot_gcn",
        "ours": ours,
        "sixteen_direct": sixteen,
        "sixteen_direct_on_all_cores": everywhere,
        "papers_recipe": papers,
        "times_sixteen_direct": _ratios(ours, sixteen),
        "times_sixteen_direct_on_all_cores": _ratios(ours, everywhere),
        "times_papers_recipe": _ratios(ours, papers),
    }


def _ratios(fast: dict[str, float], slow: dict[str, float]) -> dict[str, float]:
    return {
        "wall": round(fast["frames_per_second"] / slow["frames_per_second"], 2),
        "processor": round(slow["cpu_ms_per_frame"] / fast["cpu_ms_per_frame"], 2),
    }


def _figures(count: int, wall: float, cpu: float) -> dict[str, float]:
    return {
        "frames": count,
        "frames_per_second": round(count / wall, 1),
        "cpu_ms_per_frame": round(1000 * cpu / count, 3),
    }


def _ours(path: Path, frames: int, rate: float | None, network: object) -> dict[str, float]:
    from spotcore.inference import run_network

    used: list[tuple[float, float, float]] = []

    def progress(done: int, total: int) -> None:
        if done < total:
            used.append((time.perf_counter(), time.process_time(), Usage.now().children))

    traces = extract(LoopedVideo(path, frames, rate, decoder_threads()), progress=progress)
    run_network(network, traces.displacement[:, :R])
    _require_face(bool(traces.found.any()), path)
    # The reading process is gone by now; what it used is known from its last progress.
    (began, own, children), (_, _, children_last) = used[0], used[-1]
    wall, cpu = time.perf_counter() - began, time.process_time() - own + children_last - children
    return _figures(len(traces), wall, cpu)


def _windows(
    path: Path, frames: int, rate: float | None, network: object, windows_of: Measure, workers: int
) -> dict[str, float]:
    """The same with windows measured one by one by so many threads."""
    import torch

    from spotcore.inference import to_probabilities

    video = LoopedVideo(path, frames, rate, decoder_threads())
    count, threads = 0, cv2.getNumThreads()
    cv2.setNumThreads(1)  # as in an extraction: each thread has windows of its own
    try:
        with ThreadPoolExecutor(workers) as pool, torch.inference_mode():
            cpu = began = None
            running: collections.deque[Future[np.ndarray]] = collections.deque()
            for points, pictures in _groups(video, frames):
                if began is None:
                    cpu, began = time.process_time(), time.perf_counter()
                running.append(pool.submit(windows_of, points, pictures))
                if len(running) > 2 * workers:
                    count += _answer(network, running.popleft().result(), to_probabilities)
            count += sum(_answer(network, future.result(), to_probabilities) for future in running)
            _require_face(count > 0, path)
            return _figures(count, time.perf_counter() - began, time.process_time() - cpu)
    finally:
        cv2.setNumThreads(threads)


def _answer(network: object, windows: np.ndarray, to_probabilities: Callable) -> int:
    import torch

    to_probabilities(network(torch.from_numpy(windows.astype(np.float32))).logits)
    return len(windows)


def _groups(video: LoopedVideo, frames: int) -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
    """Landmarks of a mesh frame with the pictures of all windows that start between it and the next mesh."""
    waiting: list[np.ndarray] = []
    starts: collections.deque[tuple[int, np.ndarray | None]] = collections.deque()  # sample of each mesh, its points
    first = 0  # sample of waiting[0]
    with in_threads(video, Order(1, MESH_EVERY)) as readings:
        for reading in readings:
            if reading.sample >= frames:
                break
            waiting.append(reading.luma.copy())
            if reading.tried:
                starts.append((reading.sample, reading.points))
            end = starts[0][0] + MESH_EVERY + WINDOW - 1  # first sample after the last window of the oldest mesh
            if reading.sample + 1 == end:
                _, points = starts.popleft()
                if points is not None:
                    yield points, waiting[: end - first]
                del waiting[:MESH_EVERY]
                first += MESH_EVERY


class DirectFlows:
    """Sixteen flows for every window, from its first picture to each of the others, with the settings of ours."""

    def __init__(self, settings: FlowSettings) -> None:
        self._settings = settings
        self._own = threading.local()  # a flow object keeps its pyramids: one for each thread

    def __call__(self, points: np.ndarray, pictures: list[np.ndarray]) -> np.ndarray:
        """(468, 3) landmarks and n + 16 pictures -> (n, 17, R, 2) per cent, head motion removed."""
        if not hasattr(self._own, "flow"):
            self._own.flow = DenseFlow(self._settings)
        between = self._own.flow.between
        crop = FaceCrop.around(points)
        reader = RegionReader(crop.inside(points[POINTS]), max(RADIUS_G * crop.g, 1.5), crop.pixels)
        positions = crop.face_positions(points[POINTS])
        cut = [crop.cut(picture) for picture in pictures]
        starts = range(len(cut) - WINDOW + 1)
        still = np.zeros((len(POINTS), 2), np.float32)
        rows = [
            [still, *(reader.read(between(cut[s], cut[t])) for t in range(s + 1, s + WINDOW))] for s in starts
        ]
        moved = crop.face_axes(np.array(rows, np.float64)).reshape(-1, len(POINTS), 2)
        motion = fit_head_motion(positions[RIGID], moved[:, RIGID])
        return (moved - head_displacement(positions, motion))[:, :R].reshape(len(starts), WINDOW, R, 2)


def reference_windows(points: np.ndarray, pictures: list[np.ndarray]) -> np.ndarray:
    """The same by the recipe of the papers (Farneback at 256 pixels, shifted crops)."""
    still = np.zeros((R, 2))
    return np.array([
        [still, *(reference_displacement(pictures[s], pictures[t], points) for t in range(s + 1, s + WINDOW))]
        for s in range(len(pictures) - WINDOW + 1)
    ])  # fmt: skip


def _require_face(seen: bool, path: Path) -> None:
    if not seen:
        raise InvalidSettings(f"{path}: no face is seen, there is no flow to measure")
